package notes

import (
	"bytes"
	"strings"
)

// ednSettings reads the keys of the outermost map of an EDN file whose value is a text or a keyword; all others are passed over.
// It never fails: of a file that is not EDN it gives what it can.
func ednSettings(data []byte) map[string]string {
	settings := make(map[string]string)
	depth, key := 0, ""
	for {
		var token string
		token, data = ednToken(data)
		switch {
		case token == "":
			return settings
		case strings.Contains("([{", token[len(token)-1:]) && token[0] != '"':
			depth++
			key = ""
		case strings.Contains(")]}", token):
			depth--
			key = ""
		case depth != 1:
		case key != "" && (token[0] == '"' || token[0] == ':'):
			settings[key] = strings.Trim(token, `"`)
			key = ""
		case key == "" && token[0] == ':':
			key = token
		default:
			key = ""
		}
	}
}

// ednToken cuts the next bracket, text or word off; "" at the end.
func ednToken(data []byte) (token string, rest []byte) {
	for len(data) > 0 && data[0] == ';' || len(data) > 0 && (data[0] <= ' ' || data[0] == ',') {
		if data[0] == ';' {
			_, data, _ = bytes.Cut(data, []byte("\n"))
			continue
		}
		data = data[1:]
	}
	if len(data) == 0 {
		return "", nil
	}
	n := 1
	switch {
	case data[0] == '"':
		n = textLength(data)
	case bytes.IndexByte([]byte("()[]{}"), data[0]) < 0:
		if n = bytes.IndexAny(data, "()[]{}\",; \t\r\n"); n < 0 {
			n = len(data)
		}
	}
	return string(data[:n]), data[n:]
}

// textLength is the length of the quoted text that data begins with.
func textLength(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}
