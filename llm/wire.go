package llm

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// decode reads one JSON value from a provider, nested 10,000 deep at most, which is encoding/json's own limit. Bytes that are not
// UTF-8 become U+FFFD; unknown fields are ignored.
func decode(data []byte, v any) error { return json.Unmarshal(data, v) }

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

// A replyError is the error member of a reply in any dialect met: a string, an object with a message, or a list of them. It is empty for
// a reply without one.
type replyError string

func (r *replyError) UnmarshalJSON(data []byte) error {
	var o struct{ Message, Code, Type any }
	var list []struct { // of FastAPI
		Loc []any
		Msg string
	}
	switch {
	case bytes.Equal(data, []byte("null")):
	case data[0] == '[' && json.Unmarshal(data, &list) == nil && len(list) > 0 && list[0].Msg != "":
		*r = replyError(fmt.Sprint(list[0].Loc, " ", list[0].Msg))
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

// readWhole returns the whole body of a reply that is not streamed, at most c.limit bytes of it.
func (p *Provider) readWhole(ctx context.Context, c Call) ([]byte, error) {
	data, _, err := p.readReply(ctx, c)
	return data, err
}

func (p *Provider) readReply(ctx context.Context, c Call) ([]byte, http.Header, error) {
	r, err := p.open(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	defer r.close()
	data, err := io.ReadAll(r.body)
	if err != nil {
		return nil, nil, p.transportFault(r.ctx, err)
	}
	return data, r.Header, nil
}

// Post sends JSON to a path below the base URL, for servers of other models than those that chat, and returns the whole reply of at
// most limit bytes with its headers. With once it is not tried again. Errors are those of Chat.
func (p *Provider) Post(ctx context.Context, path string, body []byte, limit int64, once bool) ([]byte, http.Header, error) {
	return p.readReply(ctx, Call{Method: http.MethodPost, Path: path, Body: body, limit: limit, once: once})
}

// readStream hands each event, or each line, of a streamed reply to handle, until the closing [DONE] (nil), the end of the
// stream (errNoEndMark), or an error. A reply of one JSON value, although a stream was asked for, is read too.
func (p *Provider) readStream(ctx context.Context, c Call, events bool, handle func([]byte) error) error {
	r, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer r.close()
	next := r.lines(p.cfg.Limits.Line, events)
	for {
		data, err := next()
		switch {
		case err == io.EOF:
			return errNoEndMark
		case err != nil:
			return p.transportFault(r.ctx, err)
		case bytes.Equal(bytes.TrimSpace(data), doneMark):
			return nil
		case len(bytes.TrimSpace(data)) == 0:
			continue
		}
		if err := handle(data); err != nil {
			return err
		}
	}
}

// lines returns what reads the next value of the reply: events, lines, or once the whole.
func (r *Response) lines(limit int, events bool) func() ([]byte, error) {
	switch {
	case events && mediaType(r.Response) == "application/json":
		whole := false
		return func() ([]byte, error) {
			if whole {
				return nil, io.EOF
			}
			whole = true
			return io.ReadAll(capped(r.body, int64(limit)))
		}
	case events:
		return NewEventReader(r.body, limit, r.onLine).Next
	}
	return newLineReader(r.body, limit, r.onLine).next
}
