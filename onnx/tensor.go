package onnx

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// An attribute of a node, as far as a rewriting looks into it.
type attribute struct {
	number  int64
	real    float32
	numbers []int64
	tensor  *tensor
	graph   bool // it holds a graph of its own
}

func readAttribute(body span) (name string, a attribute, err error) {
	for f, err := range body.fields() {
		if err != nil {
			return "", a, err
		}
		switch f.number {
		case 1:
			name, err = f.text()
		case 2:
			a.real, err = f.float()
		case 3:
			a.number = int64(f.value)
		case 5:
			var t tensor
			t, err = readTensor(f.body)
			a.tensor = &t
		case 6, 11:
			a.graph = true
		case 8:
			a.numbers, err = appendInts(a.numbers, f)
		}
		if err != nil {
			return "", a, err
		}
	}
	return name, a, nil
}

// maxValues is how many numbers a tensor may have whose values are read: enough for shapes and scalars.
const maxValues = 16

// A tensor is a weight or a constant. Its values are nil where there are more
// than maxValues, or where they lie outside the model file.
type tensor struct {
	name    string
	element ElementType
	shape   []int64
	values  []float64
}

func (t tensor) count() int64 {
	n := int64(1)
	for _, d := range t.shape {
		if d < 0 || d > 0 && n > math.MaxInt64/d {
			return math.MaxInt64
		}
		n *= d
	}
	return n
}

// rows is the number of rows of a matrix, 0 for what is none.
func (t tensor) rows() int {
	if len(t.shape) != 2 {
		return 0
	}
	return int(t.shape[0])
}

// vector says that the tensor has one row: all dimensions but the last are 1.
func (t tensor) vector() bool {
	for _, d := range t.shape[:max(len(t.shape)-1, 0)] {
		if d != 1 {
			return false
		}
	}
	return true
}

// only says that the tensor holds v and nothing else.
func (t tensor) only(v float64) bool {
	u, ok := t.uniform()
	return ok && u == v
}

// uniform returns the number that all places of the tensor hold.
func (t tensor) uniform() (float64, bool) {
	if len(t.values) == 0 {
		return 0, false
	}
	for _, v := range t.values {
		if v != t.values[0] {
			return 0, false
		}
	}
	return t.values[0], true
}

func readTensor(body span) (tensor, error) {
	var t tensor
	var listed []field
	for f, err := range body.fields() {
		if err != nil {
			return tensor{}, err
		}
		switch f.number {
		case 1:
			t.shape, err = appendInts(t.shape, f)
		case 2:
			t.element = ElementType(f.value)
		case 8:
			t.name, err = f.text()
		case 4, 5, 7, 9:
			listed = append(listed, f)
		}
		if err != nil {
			return tensor{}, err
		}
	}
	if t.count() > maxValues {
		return t, nil
	}
	for _, f := range listed {
		if err := t.readValues(f); err != nil {
			return tensor{}, err
		}
	}
	if int64(len(t.values)) != t.count() {
		t.values = nil
	}
	return t, nil
}

// readValues knows the forms that exporters write small constants in.
func (t *tensor) readValues(f field) error {
	const floats, int32s, int64s, raw = 4, 5, 7, 9
	if f.number == int32s || f.number == int64s {
		numbers, err := appendInts(nil, f)
		for _, n := range numbers {
			t.values = append(t.values, float64(n))
		}
		return err
	}
	if f.wire == protowire.Fixed32Type {
		v, err := f.float()
		t.values = append(t.values, float64(v))
		return err
	}
	text, err := f.text()
	if err != nil {
		return err
	}
	element := t.element
	if f.number == floats {
		element = Float32
	}
	t.values = append(t.values, decode([]byte(text), element)...)
	return nil
}

func decode(b []byte, e ElementType) (values []float64) {
	const boolean = 9
	switch e {
	case Float32:
		for ; len(b) >= 4; b = b[4:] {
			values = append(values, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
		}
	case Int64:
		for ; len(b) >= 8; b = b[8:] {
			values = append(values, float64(int64(binary.LittleEndian.Uint64(b))))
		}
	case Int32:
		for ; len(b) >= 4; b = b[4:] {
			values = append(values, float64(int32(binary.LittleEndian.Uint32(b))))
		}
	case Float16:
		wide := make([]float32, len(b)/2)
		widen(wide, b[:len(b)/2*2])
		for _, v := range wide {
			values = append(values, float64(v))
		}
	case boolean:
		for _, v := range b {
			values = append(values, float64(v))
		}
	}
	return values
}

// widen turns little-endian IEEE 754 half-precision numbers into float32.
func widen(dst []float32, src []byte) {
	for i := range dst {
		dst[i] = fromHalf(binary.LittleEndian.Uint16(src[2*i:]))
	}
}

func fromHalf(h uint16) float32 {
	sign := uint32(h>>15) << 31
	exponent, fraction := uint32(h>>10)&0x1f, uint32(h)&0x3ff
	switch exponent {
	case 0: // zero and subnormal: fraction × 2⁻²⁴, exact in float32
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)/(1<<24)))
	case 0x1f: // infinity and NaN
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
