package onnx

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// Element types of ONNX tensors (onnx.proto, TensorProto.DataType) that a text model's inputs and outputs have here.
const (
	Float32 ElementType = 1
	Int32   ElementType = 6
	Int64   ElementType = 7
	Float16 ElementType = 10
)

// ElementType is a number of the ONNX format.
type ElementType int

// A ValueInfo is an input or output as the model declares it.
type ValueInfo struct {
	Name    string
	Element ElementType
	Shape   []int64 // -1 where the model leaves a dimension open; nil where it says nothing
}

// A Header is what a model file says about itself.
type Header struct {
	Inputs, Outputs []ValueInfo
	// Vocabulary is the number of rows of the table that input_ids select from, 0 where the graph does not show it.
	Vocabulary int
	// MaxTokens is the number of rows of the table of absolute positions, 0 where the model has none.
	MaxTokens int
	// Weights is how many numbers were trained: those of all tensors but whole numbers of 32 and 64 bits, which are shapes and indices.
	Weights int64
}

// ReadHeader reads that of a file. It needs no library and no time to speak of.
func ReadHeader(path string) (Header, error) {
	file, err := openFile(path)
	if err != nil {
		return Header{}, err
	}
	defer file.Close()
	return file.header()
}

// A modelFile is an open file with its graph.
type modelFile struct {
	*os.File
	*graph
}

// openFile reads a model's graph: milliseconds for a file of any size, since the weights are skipped. It needs no library,
// so a file that is not a model is refused before any foreign code sees it.
func openFile(path string) (modelFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return modelFile{}, err
	}
	g, err := readFile(f)
	if err != nil {
		f.Close()
	}
	return modelFile{f, g}, err
}

func readFile(f *os.File) (*graph, error) {
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%w: not a regular file", errMalformed)
	case info.Size() == 0:
		return nil, fmt.Errorf("%w: it is empty", errMalformed)
	}
	return readGraph(span{newWindow(f), 0, info.Size()})
}

// header returns what the graph says of the model. One without inputs or outputs is malformed.
func (g *graph) header() (Header, error) {
	var h Header
	var err error
	if h.Inputs, err = readValueInfos(g.inputs); err != nil {
		return Header{}, err
	}
	if h.Outputs, err = readValueInfos(g.outputs); err != nil {
		return Header{}, err
	}
	// Models of the format's early versions list their initializers as inputs too.
	h.Inputs = slices.DeleteFunc(h.Inputs, func(v ValueInfo) bool { _, weight := g.initializers[v.Name]; return weight })
	if len(h.Inputs) == 0 || len(h.Outputs) == 0 {
		return Header{}, fmt.Errorf("%w: it has %d inputs and %d outputs", errMalformed, len(h.Inputs), len(h.Outputs))
	}
	h.Vocabulary, h.MaxTokens, h.Weights = g.vocabulary(), g.positions(), g.weights()
	return h, nil
}

func (g *graph) vocabulary() int {
	for _, n := range g.nodes {
		if n.is("Gather", 2) && n.inputs[1] == "input_ids" {
			return g.initializers[n.inputs[0]].rows()
		}
	}
	return 0
}

// positions knows the table by its name, which exporters keep, and takes the largest of that name: quantized models have its
// scale beside it. The RoBERTa family leaves its first two rows unused, and there the catalogue's limit is the lower one
// that counts.
func (g *graph) positions() int {
	most := 0
	for name, t := range g.initializers {
		if strings.Contains(name, "position_embeddings.weight") {
			most = max(most, t.rows())
		}
	}
	return most
}

func (g *graph) weights() (sum int64) {
	for _, t := range g.initializers {
		if n := t.count(); t.element != Int32 && t.element != Int64 && n < math.MaxInt64-sum {
			sum += n
		}
	}
	return sum
}

func readValueInfos(entries []field) ([]ValueInfo, error) {
	list := make([]ValueInfo, len(entries))
	for i, f := range entries {
		var err error
		if list[i], err = readValueInfo(f.body); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func readValueInfo(info span) (p ValueInfo, err error) {
	for f, err := range info.fields() {
		if err != nil {
			return p, err
		}
		switch {
		case f.wire != protowire.BytesType:
		case f.number == 1:
			p.Name, err = f.text()
		case f.number == 2:
			err = p.readType(f.body)
		}
		if err != nil {
			return p, err
		}
	}
	return p, nil
}

// readType leaves Element 0 for what is not a tensor.
func (p *ValueInfo) readType(typ span) error {
	const tensorType = 1
	for f, err := range typ.fields() {
		if err != nil {
			return err
		}
		if f.number != tensorType || f.wire != protowire.BytesType {
			continue
		}
		for g, err := range f.body.fields() {
			if err != nil {
				return err
			}
			switch {
			case g.number == 1 && g.wire == protowire.VarintType:
				p.Element = ElementType(g.value)
			case g.number == 2 && g.wire == protowire.BytesType:
				if p.Shape, err = readShape(g.body); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func readShape(shape span) ([]int64, error) {
	const dimension, dimensionValue = 1, 1
	dims := []int64{}
	for f, err := range shape.fields() {
		if err != nil {
			return nil, err
		}
		if f.number != dimension || f.wire != protowire.BytesType {
			continue
		}
		size := int64(-1)
		for g, err := range f.body.fields() {
			if err != nil {
				return nil, err
			}
			if g.number == dimensionValue && g.wire == protowire.VarintType {
				size = int64(g.value)
			}
		}
		dims = append(dims, size)
	}
	return dims, nil
}
