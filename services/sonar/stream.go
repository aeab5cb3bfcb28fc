package sonar

import (
	"bytes"
	"context"
	"io"
)

// readWhole returns the whole body of a reply that is not streamed, at most c.limit bytes of it.
func (p *Provider) readWhole(ctx context.Context, c call) ([]byte, error) {
	r, err := p.open(ctx, c)
	if err != nil {
		return nil, err
	}
	defer r.close()
	data, err := io.ReadAll(r.body)
	if err != nil {
		return nil, p.transportFault(r.ctx, err)
	}
	return data, nil
}

// readStream hands each event, or each line, of a streamed reply to handle, until the closing [DONE] (nil), the end of the
// stream (errNoEndMark), or an error. A reply of one JSON value, although a stream was asked for, is read too.
func (p *Provider) readStream(ctx context.Context, c call, events bool, handle func([]byte) error) error {
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
func (r *response) lines(limit int, events bool) func() ([]byte, error) {
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
		return newEventReader(r.body, limit, r.onLine).next
	}
	return newLineReader(r.body, limit, r.onLine).next
}
