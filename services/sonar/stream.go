package sonar

import (
	"bytes"
	"context"
	"io"
)

// fetch returns the whole body of a reply that is not streamed, at most c.limit bytes of it.
func (p *Provider) fetch(ctx context.Context, c call) ([]byte, error) {
	a, err := p.open(ctx, c)
	if err != nil {
		return nil, err
	}
	defer a.close()
	data, err := io.ReadAll(a.body)
	if err != nil {
		return nil, p.explain(a.ctx, err)
	}
	return data, nil
}

// stream hands each event, or each line, of a streamed reply to each, until the closing [DONE] (nil), the end of the
// stream (errEnded), or an error. A provider that answers with one JSON value although a stream was asked for is
// heard too.
func (p *Provider) stream(ctx context.Context, c call, events bool, each func([]byte) error) error {
	a, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer a.close()
	next := a.lines(p.cfg.Limits.Line, events)
	for {
		data, err := next()
		switch {
		case err == io.EOF:
			return errEnded
		case err != nil:
			return p.explain(a.ctx, err)
		case bytes.Equal(bytes.TrimSpace(data), doneMark):
			return nil
		case len(bytes.TrimSpace(data)) == 0:
			continue
		}
		if err := each(data); err != nil {
			return err
		}
	}
}

// lines picks the way to cut the reply into values.
func (a *answer) lines(limit int, events bool) func() ([]byte, error) {
	switch {
	case events && mediaType(a.Response) == "application/json":
		whole := false
		return func() ([]byte, error) {
			if whole {
				return nil, io.EOF
			}
			whole = true
			return io.ReadAll(&capReader{a.body, int64(limit)})
		}
	case events:
		return newEventReader(a.body, limit, a.beat).next
	}
	return newLineReader(a.body, limit, a.beat).next
}
