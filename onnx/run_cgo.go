//go:build cgo

package onnx

import (
	"errors"
	"fmt"
	"runtime"

	ort "github.com/yalue/onnxruntime_go"
)

// outputShape is what a run of n tokens writes: [1, n, width] or [1, width].
type outputShape struct {
	perToken bool
	first    bool // of the rows per token, there is only the first
	width    int
}

func (o outputShape) rows(tokens int) int {
	if o.perToken && !o.first {
		return tokens
	}
	return 1
}

func (o outputShape) tensor(tokens int) ort.Shape {
	if o.perToken {
		return ort.NewShape(1, int64(o.rows(tokens)), int64(o.width))
	}
	return ort.NewShape(1, int64(o.width))
}

// buffers is the memory of one run. The library reads and writes it in place.
type buffers struct {
	ones, zeros, positions []int64
	narrow                 map[string][]int32 // for models with int32 inputs
	out                    []float32
	half                   []byte
}

// Run runs the model on one sequence and hands its output to use. The output is borrowed: use must copy what it keeps. It
// returns [ErrClosed] after Close, and an error for ids or lengths that the model has no table row for.
func (s *Session) Run(t Tokens, use func(Output)) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.ort == nil {
		return fmt.Errorf("run model %s: %w", s.path, ErrClosed)
	}
	b, ok := s.buffers.Get().(*buffers)
	if !ok {
		b = &buffers{narrow: map[string][]int32{}}
	}
	defer s.buffers.Put(b)
	out, err := s.run(t, b)
	if err != nil {
		return fmt.Errorf("run model %s: %w", s.path, err)
	}
	use(out)
	return nil
}

func (s *Session) run(t Tokens, b *buffers) (Output, error) {
	if err := t.check(s.header); err != nil {
		return Output{}, err
	}
	var pins runtime.Pinner // the library keeps the pointers until the run ends
	defer pins.Unpin()
	inputs, err := s.inputTensors(t, b, &pins)
	defer destroy(inputs)
	if err != nil {
		return Output{}, err
	}
	output, err := s.outputTensor(len(t.IDs), b, &pins)
	if err != nil {
		return Output{}, err
	}
	defer output.Destroy()
	if err := s.ort.Run(inputs, []ort.Value{output}); err != nil {
		return Output{}, err
	}
	out := Output{Rows: s.shape.rows(len(t.IDs)), Width: s.shape.width, PerToken: s.shape.perToken}
	out.Data = b.out[:out.Rows*out.Width]
	if s.output.Element == Float16 {
		widen(out.Data, b.half)
	}
	return out, nil
}

func (s *Session) inputTensors(t Tokens, b *buffers, pins *runtime.Pinner) ([]ort.Value, error) {
	b.grow(len(t.IDs))
	inputs := make([]ort.Value, 0, len(s.inputs))
	for _, p := range s.inputs {
		v, err := b.input(p, t, pins)
		if err != nil {
			return inputs, fmt.Errorf("input %s: %w", p.Name, err)
		}
		inputs = append(inputs, v)
	}
	return inputs, nil
}

// grow keeps the inputs that are the same for all texts of a length.
func (b *buffers) grow(tokens int) {
	for i := len(b.ones); i < tokens; i++ {
		b.ones, b.zeros, b.positions = append(b.ones, 1), append(b.zeros, 0), append(b.positions, int64(i))
	}
}

func (b *buffers) values(name string, t Tokens) []int64 {
	n := len(t.IDs)
	switch {
	case name == "input_ids":
		return t.IDs
	case name == "attention_mask":
		return b.ones[:n]
	case name == "position_ids":
		return b.positions[:n]
	case name == "token_type_ids" && t.TypeIDs == nil:
		return b.zeros[:n]
	case name == "token_type_ids":
		return t.TypeIDs
	}
	return []int64{t.Task}
}

func (b *buffers) input(p ValueInfo, t Tokens, pins *runtime.Pinner) (ort.Value, error) {
	values := b.values(p.Name, t)
	shape := ort.NewShape(1, int64(len(values)))
	switch {
	case len(p.Shape) == 1: // a task, as a list of one
		shape = ort.NewShape(1)
	case p.Shape != nil && len(p.Shape) == 0: // a task, as a bare number
		return scalar(p, values[0])
	}
	if p.Element == Int64 {
		pins.Pin(&values[0])
		return value(ort.NewTensor(shape, values))
	}
	narrow := b.narrow[p.Name][:0]
	for _, v := range values {
		narrow = append(narrow, int32(v))
	}
	b.narrow[p.Name] = narrow
	pins.Pin(&narrow[0])
	return value(ort.NewTensor(shape, narrow))
}

func scalar(p ValueInfo, v int64) (ort.Value, error) {
	if p.Element == Int64 {
		return value(ort.NewScalar(v))
	}
	return value(ort.NewScalar(int32(v)))
}

// value keeps a nil pointer from becoming a Value that is not nil.
func value[V ort.Value](v V, err error) (ort.Value, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// outputTensor lets the library write where we read: allocated by itself, the
// output would be copied twice, and the binding cannot read fp16.
func (s *Session) outputTensor(tokens int, b *buffers, pins *runtime.Pinner) (ort.Value, error) {
	n := s.shape.rows(tokens) * s.shape.width
	if n > len(b.out) {
		b.out = make([]float32, n)
	}
	if s.output.Element == Float32 {
		pins.Pin(&b.out[0])
		return value(ort.NewTensor(s.shape.tensor(tokens), b.out[:n]))
	}
	if 2*n > len(b.half) {
		b.half = make([]byte, 2*n)
	}
	pins.Pin(&b.half[0])
	return value(ort.NewCustomDataTensor(s.shape.tensor(tokens), b.half[:2*n], ort.TensorElementDataTypeFloat16))
}

// probeTokens is two tokens long: the shortest length at which a row per token and one row for all can be told apart.
func probeTokens() Tokens { return Tokens{IDs: []int64{0, 0}} }

// probe finds the output's shape. The graph need not state it, so a float32 model is asked by a run; a half-precision one
// must say, or be told. first says that the model was rewritten to give only the first row.
func (s *Session) probe(width int, first bool) (outputShape, error) {
	dims := s.output.Shape
	if s.output.Element == Float32 {
		var err error
		if dims, err = s.probeRun(); err != nil {
			return outputShape{}, err
		}
	}
	shape := outputShape{perToken: len(dims) == 3, first: first, width: width}
	if len(dims) > 0 && dims[len(dims)-1] > 0 {
		shape.width = int(dims[len(dims)-1])
	}
	switch {
	case len(dims) != 2 && len(dims) != 3:
		return outputShape{}, fmt.Errorf("its output %q has %d dimensions: 2 (one row) or 3 (a row per token) are supported", s.output.Name, len(dims))
	case dims[0] > 1 || shape.perToken && dims[1] > 0 && dims[1] != int64(shape.rows(len(probeTokens().IDs))):
		return outputShape{}, fmt.Errorf("its output %q has the shape %v for one text of %d tokens", s.output.Name, dims, len(probeTokens().IDs))
	case shape.width <= 0:
		return outputShape{}, fmt.Errorf("its output %q does not state its width", s.output.Name)
	case width > 0 && width != shape.width:
		return outputShape{}, fmt.Errorf("its output %q is %d wide, %d was expected", s.output.Name, shape.width, width)
	}
	if s.output.Element == Float16 {
		s.shape = shape
		return shape, s.Run(probeTokens(), func(Output) {})
	}
	return shape, nil
}

func (s *Session) probeRun() ([]int64, error) {
	var pins runtime.Pinner
	defer pins.Unpin()
	inputs, err := s.inputTensors(probeTokens(), &buffers{narrow: map[string][]int32{}}, &pins)
	defer destroy(inputs)
	if err != nil {
		return nil, err
	}
	outputs := []ort.Value{nil}
	if err := s.ort.Run(inputs, outputs); err != nil {
		return nil, err
	}
	defer outputs[0].Destroy()
	if outputs[0].GetONNXType() != ort.ONNXTypeTensor {
		return nil, errors.New("its output is not a tensor")
	}
	return outputs[0].GetShape(), nil // #nosec G602 -- the list above has one
}

func destroy(values []ort.Value) {
	for _, v := range values {
		v.Destroy()
	}
}
