package sonar

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"amalfa/services"
)

// maxDepth bounds the nesting of JSON that sonar reads: far above any chat dialect, far below what hurts a decoder.
const maxDepth = 64

// decode reads one JSON value from a provider. Bytes that are not UTF-8 become U+FFFD; unknown fields are ignored.
func decode(data []byte, v any) error {
	if services.NestsPast(data, maxDepth) {
		return fmt.Errorf("JSON is nested deeper than %d", maxDepth)
	}
	return json.Unmarshal(data, v)
}

// capped returns a reader that fails with *http.MaxBytesError once more than limit bytes came; io.LimitReader would end as if
// all were well.
func capped(r io.Reader, limit int64) io.Reader {
	return http.MaxBytesReader(nil, io.NopCloser(r), limit)
}

// A text is the content of a chat message: a string, null, or a list of parts of which only the text ones count.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	if data[0] != '[' {
		var s *string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		if s != nil {
			*t = text(*s)
		}
		return nil
	}
	var parts []struct{ Type, Text string }
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	for _, p := range parts {
		if p.Type == "text" {
			*t += text(p.Text)
		}
	}
	return nil
}

// A replyError is the error member of a reply in any dialect met: a string, or an object with a message. It is empty for
// a reply without one.
type replyError string

func (r *replyError) UnmarshalJSON(data []byte) error {
	var o struct{ Message, Code, Type any }
	switch {
	case bytes.Equal(data, []byte("null")):
	case data[0] == '"':
		return json.Unmarshal(data, (*string)(r))
	case json.Unmarshal(data, &o) == nil:
		*r = replyError(cmp.Or(asString(o.Message), asString(o.Code), asString(o.Type), "the provider sent an error without a message"))
	default:
		*r = "the provider sent an error without a message"
	}
	return nil
}

func asString(v any) string {
	s, _ := v.(string)
	return s
}
