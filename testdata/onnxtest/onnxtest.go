// Package onnxtest writes ONNX models of a few hundred bytes, so that tests
// can have a model of every shape, right and wrong, without fetching one.
package onnxtest

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// Element types of the ONNX format.
const (
	Float32 = 1
	Int32   = 6
	Int64   = 7
	Float16 = 10
)

// ValueInfo is an input or output. A dimension of -1 is left open.
type ValueInfo struct {
	Name    string
	Element int
	Shape   []int64
}

// Node is one operator.
type Node struct {
	Op              string
	Inputs, Outputs []string
	Ints            map[string]int64   // attributes of one integer
	Lists           map[string][]int64 // attributes of several
}

// Initializer is a matrix or vector of float32, or of int64 when Whole is set.
type Initializer struct {
	Name     string
	Shape    []int64
	Data     []float32
	Whole    []int64
	External string // name of the file beside the model that holds Data
}

// Model is a graph.
type Model struct {
	Inputs, Outputs []ValueInfo
	Nodes           []Node
	Initializers    []Initializer
}

// IDs is the input of every text model.
func IDs() ValueInfo { return ValueInfo{"input_ids", Int64, []int64{1, -1}} }

// Lookup is the smallest model for text: the row of table for each id. Its
// output is [1, tokens, width].
func Lookup(vocabulary, width int) Model {
	table := Initializer{Name: "embeddings.word_embeddings.weight", Shape: []int64{int64(vocabulary), int64(width)}}
	for i := range vocabulary * width {
		table.Data = append(table.Data, float32(i))
	}
	return Model{
		Inputs:       []ValueInfo{IDs()},
		Outputs:      []ValueInfo{{"last_hidden_state", Float32, []int64{1, -1, int64(width)}}},
		Nodes:        []Node{{Op: "Gather", Inputs: []string{table.Name, "input_ids"}, Outputs: []string{"last_hidden_state"}}},
		Initializers: []Initializer{table},
	}
}

// Write puts the model and its external data into a fresh folder and returns
// the model's path.
func (m Model) Write(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for _, w := range m.Initializers {
		if w.External == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, w.External), w.raw(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "model.onnx")
	if err := os.WriteFile(path, m.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Bytes returns the model as a file's content (onnx.proto: ModelProto).
func (m Model) Bytes() []byte {
	var graph message
	for _, n := range m.Nodes {
		graph.bytes(1, n.encode())
	}
	graph.bytes(2, []byte("g"))
	for _, w := range m.Initializers {
		graph.bytes(5, w.encode())
	}
	for _, p := range m.Inputs {
		graph.bytes(11, p.encode())
	}
	for _, p := range m.Outputs {
		graph.bytes(12, p.encode())
	}
	var opset, model message
	opset.number(2, 13)
	model.number(1, 8)
	model.bytes(7, graph)
	model.bytes(8, opset)
	return model
}

func (p ValueInfo) encode() []byte {
	var shape, tensor, typ, port message
	for _, d := range p.Shape {
		var dim message
		if d >= 0 {
			dim.number(1, uint64(d))
		} else {
			dim.bytes(2, []byte("n"))
		}
		shape.bytes(1, dim)
	}
	tensor.number(1, uint64(p.Element))
	tensor.bytes(2, shape)
	typ.bytes(1, tensor)
	port.bytes(1, []byte(p.Name))
	port.bytes(2, typ)
	return port
}

func (n Node) encode() []byte {
	var node message
	for _, s := range n.Inputs {
		node.bytes(1, []byte(s))
	}
	for _, s := range n.Outputs {
		node.bytes(2, []byte(s))
	}
	node.bytes(4, []byte(n.Op))
	for name, v := range n.Ints {
		var a message
		a.bytes(1, []byte(name))
		a.number(3, uint64(v))
		a.number(20, 2)
		node.bytes(5, a)
	}
	for name, list := range n.Lists {
		var a message
		a.bytes(1, []byte(name))
		for _, v := range list {
			a.number(8, uint64(v))
		}
		a.number(20, 7)
		node.bytes(5, a)
	}
	return node
}

func (w Initializer) encode() []byte {
	var tensor message
	for _, d := range w.Shape {
		tensor.number(1, uint64(d))
	}
	element := Float32
	if w.Whole != nil {
		element = Int64
	}
	tensor.number(2, uint64(element))
	tensor.bytes(8, []byte(w.Name))
	if w.External == "" {
		tensor.bytes(9, w.raw())
		return tensor
	}
	var entry message
	entry.bytes(1, []byte("location"))
	entry.bytes(2, []byte(w.External))
	tensor.bytes(13, entry)
	tensor.number(14, 1)
	return tensor
}

func (w Initializer) raw() []byte {
	var raw []byte
	for _, v := range w.Whole {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	for _, v := range w.Data {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return raw
}

// message is a Protocol Buffers message under construction.
type message []byte

func (m *message) number(field protowire.Number, v uint64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), v)
}

func (m *message) bytes(field protowire.Number, b []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), b)
}
