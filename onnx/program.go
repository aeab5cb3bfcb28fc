package onnx

import (
	"fmt"
	"slices"
)

// Field numbers of onnx.proto that a rewriting reads or writes.
const (
	modelGraph, modelOpset, modelFunction          = 7, 8, 25
	graphNode, graphWeight, graphOutput, graphHint = 1, 5, 12, 13
	nodeInput, nodeOutput, nodeOp                  = 1, 2, 4
	nodeAttribute, nodeDomain                      = 5, 7
)

// microsoft is the domain of the runtime's own operators.
const microsoft = "com.microsoft"

// maxNodes bounds the work on one model; the largest of the catalogue has
// some 4,000 nodes.
const maxNodes = 100_000

// A program is a model's graph with its nodes open for change. All else stays
// where it lies in the file and is copied from there when it is written.
type program struct {
	head, opsets []field // of the model
	kept         []field // of the graph
	nodes        []*node
	outputs      []field
	output       field // the one that is read; the others are dropped
	weights      map[string]tensor
	added        [][]byte // weights of our own
	microsoft    bool     // the model declares the runtime's own operators
}

// A node is one operation. An input named "" is absent.
type node struct {
	op, domain      string
	inputs, outputs []string
	attributes      map[string]attribute
	rest            []field // what is neither input nor output
	made            []byte  // the rest of a node that a rewriting added
}

// readProgram refuses, beside what is malformed, graphs whose names reach
// into others: those of branches, loops and functions.
func readProgram(file span) (*program, error) {
	p := &program{weights: map[string]tensor{}}
	var graph *span
	for f, err := range file.fields() {
		switch {
		case err != nil:
			return nil, err
		case f.number == modelGraph && f.wire == wireBytes && graph == nil:
			graph = &f.body
		case f.number == modelGraph, f.number == modelFunction:
			return nil, fmt.Errorf("%w: more than one graph", errMalformed)
		case f.number == modelOpset:
			p.opsets = append(p.opsets, f)
			p.microsoft = p.microsoft || namesMicrosoft(f)
		default:
			p.head = append(p.head, f)
		}
	}
	if graph == nil {
		return nil, fmt.Errorf("%w: it holds no graph", errMalformed)
	}
	return p, p.readGraph(*graph)
}

func (p *program) readGraph(graph span) error {
	for f, err := range graph.fields() {
		if err != nil {
			return err
		}
		switch f.number {
		case graphNode:
			err = p.readNode(f)
		case graphWeight:
			p.kept = append(p.kept, f)
			err = p.readWeight(f)
		case graphOutput:
			p.outputs = append(p.outputs, f)
		case graphHint: // shapes of values between, which need not hold any longer
		default:
			p.kept = append(p.kept, f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *program) readWeight(f field) error {
	t, err := readTensor(f.body)
	if err == nil {
		p.weights[t.name] = t
	}
	return err
}

func (p *program) readNode(f field) error {
	if len(p.nodes) == maxNodes {
		return fmt.Errorf("%w: more than %d nodes", errMalformed, maxNodes)
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
	p.nodes = append(p.nodes, n)
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
		if name, a, err = readAttribute(f.body); err == nil && a.graph {
			err = fmt.Errorf("%w: a graph within the graph", errMalformed)
		}
		n.attributes[name] = a
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

func (p *program) flow() flow {
	w := flow{map[string]*node{}, map[string][]*node{}}
	for _, n := range p.nodes {
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
func (p *program) constant(w flow, name string) (tensor, bool) {
	if t, ok := p.weights[name]; ok {
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
func (p *program) prune(output string) {
	read := map[string]bool{output: true}
	var kept []*node
	for _, n := range slices.Backward(p.nodes) {
		if !slices.ContainsFunc(n.outputs, func(name string) bool { return read[name] }) {
			continue
		}
		kept = append(kept, n)
		for _, name := range n.inputs {
			read[name] = true
		}
	}
	slices.Reverse(kept)
	p.nodes = kept
}
