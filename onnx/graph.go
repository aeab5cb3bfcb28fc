package onnx

import (
	"fmt"
	"os"
	"slices"
	"strings"
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

// A Port is an input or output as the model declares it.
type Port struct {
	Name    string
	Element ElementType
	Shape   []int64 // -1 where the model leaves a dimension open; nil where it says nothing
}

// A Graph is what a model file says about itself.
type Graph struct {
	Inputs, Outputs []Port
	// Vocabulary is the number of rows of the table that input_ids select
	// from, 0 where the graph does not show it.
	Vocabulary int
	// MaxTokens is the number of rows of the table of absolute positions, 0
	// where the model has none.
	MaxTokens int
}

// Input returns the input of that name.
func (g Graph) Input(name string) (Port, bool) {
	i := slices.IndexFunc(g.Inputs, func(p Port) bool { return p.Name == name })
	if i < 0 {
		return Port{}, false
	}
	return g.Inputs[i], true
}

// Inspect reads a model's header: milliseconds for a file of any size, since
// the weights are skipped. It needs no library, so a file that is not a model
// is refused before any foreign code sees it.
func Inspect(path string) (Graph, error) {
	g, err := inspect(path)
	if err != nil {
		return Graph{}, fmt.Errorf("read model %s: %w", path, err)
	}
	return g, nil
}

func inspect(path string) (Graph, error) {
	f, err := os.Open(path)
	if err != nil {
		return Graph{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return Graph{}, err
	case !info.Mode().IsRegular():
		return Graph{}, fmt.Errorf("%w: not a regular file", errMalformed)
	case info.Size() == 0:
		return Graph{}, fmt.Errorf("%w: it is empty", errMalformed)
	}
	return readModel(span{newWindow(f), 0, info.Size()})
}

// readModel takes the last graph of the file, as Protocol Buffers prescribe
// for a field that should stand once.
func readModel(file span) (Graph, error) {
	const modelGraph = 7
	var graph *span
	for f, err := range file.fields() {
		if err != nil {
			return Graph{}, err
		}
		if f.number == modelGraph && f.wire == wireBytes {
			graph = &f.body
		}
	}
	if graph == nil {
		return Graph{}, fmt.Errorf("%w: it holds no graph", errMalformed)
	}
	return readGraph(*graph)
}

// readGraph collects the ports, and the tables by which ids and positions
// are looked up.
func readGraph(graph span) (Graph, error) {
	var (
		g      Graph
		tables = tables{rows: map[string]int64{}}
		err    error
	)
	for f, scanErr := range graph.fields() {
		if scanErr != nil {
			return Graph{}, scanErr
		}
		if f.wire != wireBytes {
			continue
		}
		switch f.number {
		case 1:
			err = tables.addNode(f.body)
		case 5:
			err = tables.addWeights(f.body)
		case 11:
			g.Inputs, err = appendPort(g.Inputs, f.body)
		case 12:
			g.Outputs, err = appendPort(g.Outputs, f.body)
		}
		if err != nil {
			return Graph{}, err
		}
	}
	// Models of the format's early versions list their weights as inputs too.
	g.Inputs = slices.DeleteFunc(g.Inputs, func(p Port) bool { _, weight := tables.rows[p.Name]; return weight })
	if len(g.Inputs) == 0 || len(g.Outputs) == 0 {
		return Graph{}, fmt.Errorf("%w: it has %d inputs and %d outputs", errMalformed, len(g.Inputs), len(g.Outputs))
	}
	g.Vocabulary, g.MaxTokens = tables.vocabulary(), tables.positions()
	return g, nil
}

// tables holds the row counts of matrices and which of them is looked up by
// which value.
type tables struct {
	rows    map[string]int64 // weight → rows, matrices only
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
		case f.wire != wireBytes:
		case f.number == 1:
			name, err := f.text()
			if err != nil {
				return err
			}
			inputs = append(inputs, name)
		case f.number == 4:
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

func (t *tables) addWeights(tensor span) error {
	var name string
	var shape []int64
	for f, err := range tensor.fields() {
		if err != nil {
			return err
		}
		switch f.number {
		case 1:
			shape, err = appendDims(shape, f)
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

// positions knows the table by its name, which exporters keep; the RoBERTa
// family leaves its first two rows unused, and there the catalogue's limit is
// the lower one that counts.
func (t *tables) positions() int {
	for name, rows := range t.rows {
		if strings.Contains(name, "position_embeddings.weight") {
			return int(rows)
		}
	}
	return 0
}
