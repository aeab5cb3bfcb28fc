package llm

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
)

// errTooLargeEvent ends a stream whose next event would not end.
var errTooLargeEvent = errors.New("one event is too large")

const (
	// pieceBytes is how much of a stream is read at once: a hundred events of one word each.
	pieceBytes = 32 << 10
	// maxHeld bounds the bytes of unfinished lines that all streams together hold back, beyond a piece each.
	maxHeld = 64 << 20
)

// buffers lends the streams of a provider the memory they pass through, and counts what they hold beyond that.
type buffers struct {
	pieces sync.Pool
	held   atomic.Int64
}

func (b *buffers) get() []byte {
	if piece, ok := b.pieces.Get().(*[]byte); ok {
		return *piece
	}
	return make([]byte, pieceBytes)
}

func (b *buffers) put(piece []byte) {
	b.held.Add(pieceBytes - int64(len(piece)))
	if len(piece) == pieceBytes {
		b.pieces.Put(&piece)
	}
}

// grow returns a buffer of twice the size that begins as piece does, or false when all streams together hold too much.
func (b *buffers) grow(piece []byte) ([]byte, bool) {
	more := int64(len(piece))
	if b.held.Add(more) > maxHeld {
		b.held.Add(-more)
		return piece, false
	}
	return append(piece, make([]byte, more)...), true
}

// HasEvents reports whether the reply is an event stream that can be read: not one that came compressed, unasked.
func (r *Response) HasEvents() bool {
	return mediaType(r.Response) == "text/event-stream" && r.Header.Get("Content-Encoding") == ""
}

// A streamCopy passes a reply on as it comes, the key taken out. An event stream goes out in whole lines: no client can do
// anything with a part of one, and what breaks a stream off can then be told in an event that is not glued to half of another.
type streamCopy struct {
	p     *Provider
	r     *Response
	w     io.Writer
	flush func() error
	lines bool // only whole lines go out
	buf   []byte
	n     int // bytes of buf that wait for the end of their line
	size  eventSize
	key   redactor
}

// copyStream returns nil at the reply's end, errTooLargeEvent, or what broke it off or the client's writer said.
func (p *Provider) copyStream(r *Response, w io.Writer, flush func() error) error {
	c := &streamCopy{p: p, r: r, w: w, flush: flush, lines: r.HasEvents(),
		buf: p.buffers.get(), key: redactor{key: []byte(p.cfg.Key)}}
	defer func() { p.buffers.put(c.buf) }()
	for {
		switch err := c.step(); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// step is one read and what of it can go out. It returns io.EOF after the last.
func (c *streamCopy) step() error {
	got, err := c.r.read(c.buf[c.n:])
	allowed := got
	if c.lines {
		if allowed = c.size.add(c.buf[c.n:c.n+got], c.p.cfg.Limits.Line); allowed < got {
			err = errTooLargeEvent
		}
	}
	c.n += allowed
	ready := c.n
	if c.lines && err != io.EOF {
		ready = bytes.LastIndexAny(c.buf[:c.n], "\r\n") + 1
	}
	if ready == 0 && c.n == len(c.buf) && err == nil && !c.extend() {
		ready = c.n // there is no room for more of this line, so it goes out in parts
	}
	if e := c.send(ready, err != nil); e != nil {
		return e
	}
	return err
}

func (c *streamCopy) extend() (ok bool) {
	c.buf, ok = c.p.buffers.grow(c.buf)
	return ok
}

// send passes on the first bytes of the buffer.
func (c *streamCopy) send(ready int, last bool) error {
	if piece := c.key.next(c.buf[:ready], last); len(piece) > 0 {
		if _, err := c.w.Write(piece); err != nil {
			return err
		}
		if err := c.flush(); err != nil {
			return err
		}
	}
	c.n = copy(c.buf, c.buf[ready:c.n])
	if len(c.buf) > pieceBytes && c.n < pieceBytes {
		large := c.buf
		c.buf = c.p.buffers.get()
		copy(c.buf, large[:c.n])
		c.p.buffers.put(large)
	}
	return nil
}

// eventSize counts the bytes since the last empty line, with any of the three line ends.
type eventSize struct {
	n       int
	atStart bool // nothing but a line end came since the last line end
	cr      bool // the last byte was a CR, so an LF belongs to it
}

// add counts b, and returns how many of its bytes come before one that makes an event larger than limit: all, if none does.
func (e *eventSize) add(b []byte, limit int) int {
	if e.n+len(b) <= limit && !e.cr && bytes.IndexByte(b, '\r') < 0 {
		e.skip(b)
		return len(b)
	}
	for i, c := range b {
		if e.n++; e.n > limit {
			return i
		}
		switch {
		case c == '\n' && e.cr: // the second half of a line end
			if e.atStart && e.n == 1 {
				e.n = 0
			}
		case c == '\n' || c == '\r':
			if e.atStart {
				e.n = 0
			}
			e.atStart = true
		default:
			e.atStart = false
		}
		e.cr = c == '\r'
	}
	return len(b)
}

// skip counts bytes that fit whatever they are, and that hold no CR: only the last event among them matters.
func (e *eventSize) skip(b []byte) {
	switch i := bytes.LastIndex(b, []byte("\n\n")); {
	case len(b) == 0:
		return
	case i >= 0:
		e.n = len(b) - i - 2
	case e.atStart && b[0] == '\n':
		e.n = len(b) - 1
	default:
		e.n += len(b)
	}
	e.atStart = b[len(b)-1] == '\n'
}

// A redactor takes the key out of a stream. It holds back only bytes that may be the key's beginning.
type redactor struct{ key, held []byte }

// next returns what may go out after piece came; it is valid until piece changes.
func (r *redactor) next(piece []byte, last bool) []byte {
	if len(r.key) < minKey {
		return piece
	}
	if len(r.held) > 0 {
		piece = slices.Concat(r.held, piece)
	}
	if bytes.Contains(piece, r.key) {
		piece = bytes.ReplaceAll(piece, r.key, []byte("[key]"))
	}
	r.held = nil
	for n := min(len(r.key)-1, len(piece)); n > 0 && !last; n-- {
		if bytes.HasSuffix(piece, r.key[:n]) {
			r.held = slices.Clone(piece[len(piece)-n:])
			return piece[:len(piece)-n]
		}
	}
	return piece
}
