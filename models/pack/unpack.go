package pack

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ErrFormat reports bytes that Pack did not write, or only part of what it wrote inside a segment.
var ErrFormat = errors.New("not a packed model")

// Reader gives the original file of a packed stream. It holds one segment (6 MiB with its packed form) in memory.
// It does not know whether segments are missing at the end: hold the result against the original's digest.
type Reader struct {
	r      *bufio.Reader
	table  *[1 << 16]uint32
	raw    int64  // bytes of the raw segment still to be passed on
	buf    []byte // unpacked floats not yet read
	planes []byte
	floats []byte
	err    error
}

// NewReader returns a Reader of the packed stream r. It returns ErrFormat when r starts differently.
func NewReader(r io.Reader) (*Reader, error) {
	br := bufio.NewReaderSize(r, 1<<20)
	head := make([]byte, len(magic))
	if _, err := io.ReadFull(br, head); err != nil || string(head) != magic {
		return nil, ErrFormat
	}
	return &Reader{r: br, table: halfTable(), planes: make([]byte, maxHalf/2), floats: make([]byte, maxHalf)}, nil
}

// Read gives the next bytes of the original file, io.EOF after the last segment and ErrFormat for a broken one.
func (r *Reader) Read(p []byte) (int, error) {
	for r.err == nil && r.raw == 0 && len(r.buf) == 0 {
		r.err = r.next()
	}
	switch {
	case len(p) == 0:
		return 0, nil
	case len(r.buf) > 0:
		n := copy(p, r.buf)
		r.buf = r.buf[n:]
		return n, nil
	case r.raw > 0:
		n, err := r.r.Read(p[:min(int64(len(p)), r.raw)])
		r.raw -= int64(n)
		if err != nil && r.raw > 0 {
			r.err, r.raw = short(err), 0
		}
		return n, nil
	}
	return 0, r.err
}

// next reads the next segment's header, and its floats when it has some.
func (r *Reader) next() error {
	kind, err := r.r.ReadByte()
	if err != nil {
		return err // io.EOF between segments is the end
	}
	n, err := binary.ReadUvarint(r.r) // its overflow error has no name, and is a broken stream too
	switch {
	case err != nil:
		return fmt.Errorf("%w: length of a segment: %w", ErrFormat, err)
	case kind == kindRaw && n <= maxRaw:
		r.raw = int64(n)
		return nil
	case kind == kindHalf && n <= maxHalf && n%4 == 0:
		return r.half(int(n / 4))
	}
	return fmt.Errorf("%w: segment of kind %d and %d bytes", ErrFormat, kind, n)
}

func (r *Reader) half(n int) error {
	planes := r.planes[:2*n]
	if _, err := io.ReadFull(r.r, planes); err != nil {
		return short(err)
	}
	high, low := planes[:n], planes[n:]
	for i := range n {
		binary.LittleEndian.PutUint32(r.floats[4*i:], r.table[uint16(high[i])<<8|uint16(low[i])])
	}
	r.buf = r.floats[:4*n]
	return nil
}

// short turns the end of the stream inside a segment into ErrFormat, and keeps other errors as they are.
func short(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends inside a segment", ErrFormat)
	}
	return err
}
