package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// maxString bounds names: a model with longer ones is not one of ours.
const maxString = 64 << 10

var errMalformed = errors.New("not an ONNX file")

// A span is a stretch of the file that holds one message. Reading a model's header skips over its weights by their stated
// length, so a file of any size costs a few small reads.
type span struct {
	r        io.ReaderAt
	off, end int64
}

func (s span) size() int64 { return s.end - s.off }

// A field is one entry of a message: a number, or a stretch of its own.
type field struct {
	number protowire.Number
	wire   protowire.Type
	value  uint64 // of a varint
	body   span   // of the others
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

func (s *span) next() (f field, err error) {
	var buf [2 * binary.MaxVarintLen64]byte // a tag, and a value or a length
	head := buf[:min(int64(len(buf)), s.size())]
	if _, err := s.r.ReadAt(head, s.off); err != nil {
		return field{}, err
	}
	var tag, n int
	if f.number, f.wire, tag = protowire.ConsumeTag(head); tag < 0 {
		return field{}, fmt.Errorf("%w: %w", errMalformed, protowire.ParseError(tag))
	}
	var size uint64 // of the body
	switch f.wire {
	case protowire.VarintType:
		f.value, n = protowire.ConsumeVarint(head[tag:])
	case protowire.BytesType:
		size, n = protowire.ConsumeVarint(head[tag:])
	case protowire.Fixed32Type:
		size = 4
	case protowire.Fixed64Type:
		size = 8
	default: // groups, which onnx.proto does not have
		return field{}, errMalformed
	}
	if n < 0 {
		return field{}, fmt.Errorf("%w: %w", errMalformed, protowire.ParseError(n))
	}
	if s.off += int64(tag + n); size > uint64(s.size()) {
		return field{}, fmt.Errorf("%w: it ends too early", errMalformed)
	}
	f.body = span{s.r, s.off, s.off + int64(size)}
	s.off = f.body.end
	return f, nil
}

// bytes is the content of an entry, which only one with a body has.
func (f field) bytes() ([]byte, error) {
	if f.wire != protowire.BytesType {
		return nil, fmt.Errorf("%w: a number where a name belongs", errMalformed)
	}
	if f.body.size() > maxString {
		return nil, fmt.Errorf("%w: a name of %d bytes", errMalformed, f.body.size())
	}
	buf := make([]byte, f.body.size())
	_, err := f.body.r.ReadAt(buf, f.body.off)
	return buf, err
}

func (f field) text() (string, error) {
	buf, err := f.bytes()
	return string(buf), err
}

// float is the entry as a number of single precision.
func (f field) float() (float32, error) {
	var buf [4]byte
	if f.wire != protowire.Fixed32Type {
		return 0, fmt.Errorf("%w: no number where one belongs", errMalformed)
	}
	_, err := f.body.r.ReadAt(buf[:], f.body.off)
	return math.Float32frombits(binary.LittleEndian.Uint32(buf[:])), err
}

// appendInts reads a repeated integer, which writers may or may not pack.
func appendInts(list []int64, f field) ([]int64, error) {
	if f.wire == protowire.VarintType {
		return append(list, int64(f.value)), nil
	}
	packed, err := f.bytes()
	for len(packed) > 0 {
		v, n := protowire.ConsumeVarint(packed)
		if n < 0 {
			return nil, fmt.Errorf("%w: broken numbers: %w", errMalformed, protowire.ParseError(n))
		}
		list, packed = append(list, int64(v)), packed[n:]
	}
	return list, err
}

// A window serves small neighbouring reads from one larger one. Not safe for concurrent use.
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
