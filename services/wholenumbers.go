package services

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// unmarshal is [json.Unmarshal], except that a whole number may be written as `64.0` or `6.4e1`, as clients do whose language
// has one kind of number. Only what would be refused is read a second time.
func unmarshal(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if err == nil {
		return nil
	}
	whole := wholeNumbers(data)
	if !json.Valid(data) || bytes.Equal(whole, data) {
		return err
	}
	return json.Unmarshal(whole, v)
}

// maxWhole is 2^53: each whole number up to it has a float64 of its own.
const maxWhole = 1 << 53

// wholeNumbers returns data, in which each number that is whole but not written so is. Strings stay as they are.
func wholeNumbers(data []byte) []byte {
	var out bytes.Buffer
	for i := 0; i < len(data); {
		end := i + 1
		switch c := data[i]; {
		case c == '"':
			for end < len(data) && data[end] != '"' {
				if data[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(data))
			out.Write(data[i:end])
		case c == '-' || c >= '0' && c <= '9':
			for end < len(data) && bytes.IndexByte([]byte("+-.eE0123456789"), data[end]) >= 0 {
				end++
			}
			out.Write(wholeNumber(data[i:end]))
		default:
			out.WriteByte(c)
		}
		i = end
	}
	return out.Bytes()
}

func wholeNumber(raw []byte) []byte {
	if bytes.IndexAny(raw, ".eE") < 0 {
		return raw
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > maxWhole {
		return raw
	}
	return strconv.AppendInt(nil, int64(f), 10)
}
