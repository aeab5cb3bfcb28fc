package onnx

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers of onnx.proto.
const (
	modelGraph, modelOpset, modelFunction   = 7, 8, 25
	graphNode, graphInitializer, graphInput = 1, 5, 11
	graphOutput, graphValueInfo             = 12, 13
	nodeInput, nodeOutput, nodeOp           = 1, 2, 4
	nodeAttribute, nodeDomain               = 5, 7
)

// microsoft is the domain of the runtime's own operators.
const microsoft = "com.microsoft"

// maxNodes bounds the work on one model; the largest of the catalogue has some 4,000 nodes.
const maxNodes = 100_000

// A graph is a model's, with its nodes open for change. All else stays where it
// lies in the file and is copied from there when it is written.
type graph struct {
	head, opsets    []field // of the model
	kept            []field // of the graph, inputs among them
	nodes           []*node
	inputs, outputs []field
	output          field // the one that is read; the others are dropped
	initializers    map[string]tensor
	added           [][]byte // initializers of our own
	microsoft       bool     // the model declares the runtime's own operators
	fixed           string   // why it must stay as it is; "" = it need not
}

// A node is one operation. An input named "" is absent.
type node struct {
	op, domain      string
	inputs, outputs []string
	attributes      map[string]attribute
	rest            []field // what is neither input nor output
	added           []byte  // the rest of a node that a rewriting added
	nested          bool    // an attribute holds a graph
}

// readGraph takes the last graph of a model, as Protocol Buffers prescribe for a field that should stand once. Graphs whose
// names reach into others, those of branches, loops and functions, are fixed.
func readGraph(model span) (*graph, error) {
	g := &graph{initializers: map[string]tensor{}}
	var body *span
	for f, err := range model.fields() {
		switch {
		case err != nil:
			return nil, err
		case f.number == modelGraph && f.wire == protowire.BytesType:
			if body != nil {
				g.fixed = "more than one graph"
			}
			body = &f.body
		case f.number == modelFunction:
			g.fixed = "more than one graph"
		case f.number == modelOpset:
			g.opsets = append(g.opsets, f)
			g.microsoft = g.microsoft || namesMicrosoft(f)
		default:
			g.head = append(g.head, f)
		}
	}
	if body == nil {
		return nil, fmt.Errorf("%w: it holds no graph", errMalformed)
	}
	return g, g.readBody(*body)
}

func (g *graph) readBody(body span) error {
	for f, err := range body.fields() {
		if err != nil {
			return err
		}
		if f.wire != protowire.BytesType {
			g.kept = append(g.kept, f)
			continue
		}
		switch f.number {
		case graphNode:
			err = g.readNode(f)
		case graphInitializer:
			g.kept = append(g.kept, f)
			err = g.readInitializer(f)
		case graphOutput:
			g.outputs = append(g.outputs, f)
		case graphInput:
			g.inputs, g.kept = append(g.inputs, f), append(g.kept, f)
		case graphValueInfo: // shapes of values between, which need not hold any longer
		default:
			g.kept = append(g.kept, f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (g *graph) readInitializer(f field) error {
	t, err := readTensor(f.body)
	if err == nil {
		g.initializers[t.name] = t
	}
	return err
}

func (g *graph) readNode(f field) error {
	if len(g.nodes) == maxNodes {
		g.fixed = fmt.Sprintf("more than %d nodes", maxNodes)
		return nil
	}
	n := &node{attributes: map[string]attribute{}}
	for f, err := range f.body.fields() {
		if err != nil {
			return err
		}
		if err := n.readField(f); err != nil {
			return err
		}
	}
	if n.nested {
		g.fixed = "a graph within the graph"
	}
	g.nodes = append(g.nodes, n)
	return nil
}

func (n *node) readField(f field) (err error) {
	var name string
	switch f.number {
	case nodeInput:
		name, err = f.text()
		n.inputs = append(n.inputs, name)
		return err
	case nodeOutput:
		name, err = f.text()
		n.outputs = append(n.outputs, name)
		return err
	case nodeOp:
		n.op, err = f.text()
	case nodeDomain:
		n.domain, err = f.text()
	case nodeAttribute:
		var a attribute
		name, a, err = readAttribute(f.body)
		n.attributes[name], n.nested = a, n.nested || a.graph
	}
	n.rest = append(n.rest, f)
	return err
}

// input returns the name of input i, "" where there is none.
func (n *node) input(i int) string {
	if i < len(n.inputs) {
		return n.inputs[i]
	}
	return ""
}

func (n *node) is(op string, inputs int) bool {
	return n != nil && n.op == op && len(n.inputs) == inputs && len(n.outputs) > 0
}

func namesMicrosoft(opset field) bool {
	for f, err := range opset.body.fields() {
		if err != nil {
			return false
		}
		if f.number == 1 {
			name, err := f.text()
			return err == nil && name == microsoft
		}
	}
	return false
}

// flow says who makes and who reads each value of a program.
type flow struct {
	maker   map[string]*node
	readers map[string][]*node
}

func (g *graph) flow() flow {
	w := flow{map[string]*node{}, map[string][]*node{}}
	for _, n := range g.nodes {
		for _, name := range n.outputs {
			w.maker[name] = n
		}
		for _, name := range n.inputs {
			w.readers[name] = append(w.readers[name], n)
		}
	}
	return w
}

// constant returns the value of a weight or of a Constant node.
func (g *graph) constant(w flow, name string) (tensor, bool) {
	if t, ok := g.initializers[name]; ok {
		return t, true
	}
	if n := w.maker[name]; n != nil && n.op == "Constant" {
		if a, ok := n.attributes["value"]; ok && a.tensor != nil {
			return *a.tensor, true
		}
	}
	return tensor{}, false
}

// prune drops the nodes that nothing reads. The nodes stand in an order in
// which each is made before it is read, so that one pass from the end does.
func (g *graph) prune(output string) {
	read := map[string]bool{output: true}
	var kept []*node
	for _, n := range slices.Backward(g.nodes) {
		if !slices.ContainsFunc(n.outputs, func(name string) bool { return read[name] }) {
			continue
		}
		kept = append(kept, n)
		for _, name := range n.inputs {
			read[name] = true
		}
	}
	slices.Reverse(kept)
	g.nodes = kept
}
