package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
)

// Protocol Buffers wire types that ONNX files use.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// maxString bounds names: a model with longer ones is not one of ours.
const maxString = 64 << 10

var errMalformed = errors.New("not an ONNX file")

// A span is a stretch of the file that holds one message. Reading a model's
// header skips over its weights by their stated length, so a file of any size
// costs a few small reads.
type span struct {
	r        io.ReaderAt
	off, end int64
}

// A field is one entry of a message: a number, or a stretch of its own.
type field struct {
	number int
	value  uint64 // for wireVarint
	body   span   // for the others
	wire   int
}

// fields walks over a message and stops at the first malformed entry.
func (s span) fields() iter.Seq2[field, error] {
	return func(yield func(field, error) bool) {
		for s.off < s.end {
			f, err := s.next()
			if !yield(f, err) || err != nil {
				return
			}
		}
	}
}

func (s *span) next() (field, error) {
	key, err := s.varint()
	if err != nil {
		return field{}, err
	}
	f := field{number: int(key >> 3 & (1<<29 - 1)), wire: int(key & 7)}
	if f.number == 0 {
		return field{}, errMalformed
	}
	switch f.wire {
	case wireVarint:
		f.value, err = s.varint()
	case wire64:
		f.body, err = s.take(8)
	case wire32:
		f.body, err = s.take(4)
	case wireBytes:
		if f.value, err = s.varint(); err == nil {
			f.body, err = s.take(f.value)
		}
	default:
		err = errMalformed
	}
	return f, err
}

func (s *span) take(n uint64) (span, error) {
	if n > uint64(s.end-s.off) {
		return span{}, fmt.Errorf("%w: it ends too early", errMalformed)
	}
	body := span{s.r, s.off, s.off + int64(n)}
	s.off = body.end
	return body, nil
}

func (s *span) varint() (uint64, error) {
	var buf [binary.MaxVarintLen64]byte
	n := min(int64(len(buf)), s.end-s.off)
	if _, err := s.r.ReadAt(buf[:n], s.off); err != nil {
		return 0, err
	}
	v, used := binary.Uvarint(buf[:n])
	if used <= 0 {
		return 0, errMalformed
	}
	s.off += int64(used)
	return v, nil
}

// text is the entry as a string, which only an entry with a body has.
func (f field) text() (string, error) {
	s := f.body
	if f.wire != wireBytes {
		return "", fmt.Errorf("%w: a number where a name belongs", errMalformed)
	}
	if s.end-s.off > maxString {
		return "", fmt.Errorf("%w: a name of %d bytes", errMalformed, s.end-s.off)
	}
	buf := make([]byte, s.end-s.off)
	if _, err := s.r.ReadAt(buf, s.off); err != nil {
		return "", err
	}
	return string(buf), nil
}

// float is the entry as a number of single precision.
func (f field) float() (float32, error) {
	var buf [4]byte
	if f.wire != wire32 {
		return 0, fmt.Errorf("%w: no number where one belongs", errMalformed)
	}
	_, err := f.body.r.ReadAt(buf[:], f.body.off)
	return math.Float32frombits(binary.LittleEndian.Uint32(buf[:])), err
}

// A window serves small neighbouring reads from one larger one. Not safe for
// concurrent use.
type window struct {
	r   io.ReaderAt
	buf []byte
	off int64
	len int
}

func newWindow(r io.ReaderAt) *window { return &window{r: r, buf: make([]byte, 16<<10)} }

func (w *window) ReadAt(p []byte, off int64) (int, error) {
	if len(p) > len(w.buf) {
		return w.r.ReadAt(p, off)
	}
	if off < w.off || off+int64(len(p)) > w.off+int64(w.len) {
		n, err := w.r.ReadAt(w.buf, off)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		w.off, w.len = off, n
	}
	n := copy(p, w.buf[off-w.off:w.len])
	if n < len(p) {
		return n, io.ErrUnexpectedEOF
	}
	return n, nil
}
