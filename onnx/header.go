package onnx

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// Element types of ONNX tensors (onnx.proto, TensorProto.DataType) that a
// text model's inputs and outputs have here.
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
	// Vocabulary is the number of rows of the table that input_ids select
	// from, 0 where the graph does not show it.
	Vocabulary int
	// MaxTokens is the number of rows of the table of absolute positions, 0
	// where the model has none.
	MaxTokens int
}

// Input returns the input of that name.
func (h Header) Input(name string) (ValueInfo, bool) {
	i := slices.IndexFunc(h.Inputs, func(v ValueInfo) bool { return v.Name == name })
	if i < 0 {
		return ValueInfo{}, false
	}
	return h.Inputs[i], true
}

// Inspect reads a model's header: milliseconds for a file of any size, since
// the weights are skipped. It needs no library, so a file that is not a model
// is refused before any foreign code sees it.
func Inspect(path string) (Header, error) {
	h, err := inspect(path)
	if err != nil {
		return Header{}, fmt.Errorf("read model %s: %w", path, err)
	}
	return h, nil
}

func inspect(path string) (Header, error) {
	f, err := os.Open(path)
	if err != nil {
		return Header{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return Header{}, err
	case !info.Mode().IsRegular():
		return Header{}, fmt.Errorf("%w: not a regular file", errMalformed)
	case info.Size() == 0:
		return Header{}, fmt.Errorf("%w: it is empty", errMalformed)
	}
	return readHeader(span{newWindow(f), 0, info.Size()})
}

// readHeader takes the last graph of the file, as Protocol Buffers prescribe
// for a field that should stand once.
func readHeader(file span) (Header, error) {
	var graph *span
	for f, err := range file.fields() {
		if err != nil {
			return Header{}, err
		}
		if f.number == modelGraph && f.wire == protowire.BytesType {
			graph = &f.body
		}
	}
	if graph == nil {
		return Header{}, fmt.Errorf("%w: it holds no graph", errMalformed)
	}
	return readGraphHeader(*graph)
}

// readGraphHeader collects inputs and outputs, and the tables by which ids and
// positions are looked up.
func readGraphHeader(graph span) (Header, error) {
	var (
		h      Header
		tables = tables{rows: map[string]int64{}}
		err    error
	)
	for f, scanErr := range graph.fields() {
		if scanErr != nil {
			return Header{}, scanErr
		}
		if f.wire != protowire.BytesType {
			continue
		}
		switch f.number {
		case graphNode:
			err = tables.addNode(f.body)
		case graphInitializer:
			err = tables.addInitializer(f.body)
		case graphInput:
			h.Inputs, err = appendValueInfo(h.Inputs, f.body)
		case graphOutput:
			h.Outputs, err = appendValueInfo(h.Outputs, f.body)
		}
		if err != nil {
			return Header{}, err
		}
	}
	// Models of the format's early versions list their initializers as inputs too.
	h.Inputs = slices.DeleteFunc(h.Inputs, func(v ValueInfo) bool { _, weight := tables.rows[v.Name]; return weight })
	if len(h.Inputs) == 0 || len(h.Outputs) == 0 {
		return Header{}, fmt.Errorf("%w: it has %d inputs and %d outputs", errMalformed, len(h.Inputs), len(h.Outputs))
	}
	h.Vocabulary, h.MaxTokens = tables.vocabulary(), tables.positions()
	return h, nil
}

// tables holds the row counts of matrices and which of them is looked up by
// which value.
type tables struct {
	rows    map[string]int64 // initializer → rows, matrices only
	gathers [][2]string      // table, index
}

func (t *tables) addNode(node span) error {
	var inputs []string
	var op string
	for f, err := range node.fields() {
		if err != nil {
			return err
		}
		switch {
		case f.wire != protowire.BytesType:
		case f.number == nodeInput:
			name, err := f.text()
			if err != nil {
				return err
			}
			inputs = append(inputs, name)
		case f.number == nodeOp:
			if op, err = f.text(); err != nil {
				return err
			}
		}
	}
	if op == "Gather" && len(inputs) == 2 {
		t.gathers = append(t.gathers, [2]string(inputs))
	}
	return nil
}

func (t *tables) addInitializer(tensor span) error {
	var name string
	var shape []int64
	for f, err := range tensor.fields() {
		if err != nil {
			return err
		}
		switch f.number {
		case 1:
			shape, err = appendInts(shape, f)
		case 8:
			name, err = f.text()
		}
		if err != nil {
			return err
		}
	}
	t.rows[name] = 0
	if len(shape) == 2 {
		t.rows[name] = shape[0]
	}
	return nil
}

func (t *tables) vocabulary() int {
	for _, gather := range t.gathers {
		if gather[1] == "input_ids" {
			return int(t.rows[gather[0]])
		}
	}
	return 0
}

// positions knows the table by its name, which exporters keep, and takes the
// largest of that name: quantized models have its scale beside it. The RoBERTa
// family leaves its first two rows unused, and there the catalogue's limit is
// the lower one that counts.
func (t *tables) positions() int {
	most := int64(0)
	for name, rows := range t.rows {
		if strings.Contains(name, "position_embeddings.weight") {
			most = max(most, rows)
		}
	}
	return int(most)
}
