package pack

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// Pack writes the packed form of an ONNX model to w. A file that is not protobuf is an error; one without
// float tensors is stored as it is.
func Pack(w io.Writer, model []byte) error {
	spans, err := floatSpans(model)
	if err != nil {
		return fmt.Errorf("pack model: %w", err)
	}
	p := packer{w: bufio.NewWriterSize(w, 1<<20), model: model}
	io.WriteString(p.w, magic) // bufio keeps the first error for Flush
	for _, s := range spans {
		for at := s.start; at < s.end; at += maxHalf {
			p.floats(span{at, min(at+maxHalf, s.end)})
		}
	}
	p.rawUpTo(len(model))
	return p.w.Flush()
}

type packer struct {
	w     *bufio.Writer
	model []byte
	done  int // bytes of the model that are written
}

// floats writes s as half precision when that loses nothing; else it stays part of the raw bytes around it.
func (p *packer) floats(s span) {
	n := (s.end - s.start) / 4
	planes := make([]byte, 2*n)
	for i := range n {
		h, ok := toHalf(binary.LittleEndian.Uint32(p.model[s.start+4*i:]))
		if !ok {
			return
		}
		planes[i], planes[n+i] = byte(h>>8), byte(h)
	}
	p.rawUpTo(s.start)
	p.header(kindHalf, s.end-s.start)
	p.w.Write(planes)
	p.done = s.end
}

func (p *packer) rawUpTo(end int) {
	for p.done < end {
		n := min(end-p.done, maxRaw)
		p.header(kindRaw, n)
		p.w.Write(p.model[p.done : p.done+n])
		p.done += n
	}
}

func (p *packer) header(kind byte, n int) {
	p.w.WriteByte(kind)
	p.w.Write(binary.AppendUvarint(nil, uint64(n)))
}
