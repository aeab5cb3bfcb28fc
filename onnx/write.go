package onnx

import (
	"encoding/binary"
	"errors"
	"math"
)

// errLarge reports a model that one message cannot hold.
var errLarge = errors.New("the model is larger than 2 GiB")

// A section of a new file: bytes of its own, then a stretch of the old file.
type section struct {
	head []byte
	body span
}

func (s section) size() int64 { return int64(len(s.head)) + s.body.end - s.body.off }

func sizeOf(all []section) (n int64) {
	for _, s := range all {
		n += s.size()
	}
	return n
}

func head(number int, size int64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(nil, uint64(number)<<3|wireBytes), uint64(size))
}

// again writes an entry as it was read.
func (f field) again() section {
	switch f.wire {
	case wireVarint:
		return section{head: binary.AppendUvarint(binary.AppendUvarint(nil, uint64(f.number)<<3|wireVarint), f.value)}
	case wireBytes:
		return section{head(f.number, f.body.end-f.body.off), f.body}
	}
	return section{binary.AppendUvarint(nil, uint64(f.number)<<3|uint64(f.wire)), f.body}
}

// bytes writes the model anew. Weights are copied from the file.
func (p *program) bytes() ([]byte, error) {
	var graph, model []section
	for _, n := range p.nodes {
		graph = append(graph, n.sections()...)
	}
	for _, f := range append(p.kept, p.output) {
		graph = append(graph, f.again())
	}
	for _, w := range p.added {
		graph = append(graph, section{head: entry(graphWeight, w)})
	}
	for _, f := range append(p.head, p.opsets...) {
		model = append(model, f.again())
	}
	if !p.microsoft {
		opset := number(entry(1, []byte(microsoft)), 2, 1)
		model = append(model, section{head: entry(modelOpset, opset)})
	}
	model = append(model, section{head: head(modelGraph, sizeOf(graph))})
	model = append(model, graph...)
	if sizeOf(model) > math.MaxInt32 {
		return nil, errLarge
	}
	return join(model)
}

func join(all []section) ([]byte, error) {
	data := make([]byte, 0, sizeOf(all))
	for _, s := range all {
		data = append(data, s.head...)
		n := int(s.body.end - s.body.off)
		if n == 0 {
			continue
		}
		data = data[:len(data)+n]
		if _, err := s.body.r.ReadAt(data[len(data)-n:], s.body.off); err != nil {
			return nil, err
		}
	}
	return data, nil
}

func (n *node) sections() []section {
	var all []section
	for _, name := range n.inputs {
		all = append(all, section{head: entry(nodeInput, []byte(name))})
	}
	for _, name := range n.outputs {
		all = append(all, section{head: entry(nodeOutput, []byte(name))})
	}
	for _, f := range n.rest {
		all = append(all, f.again())
	}
	all = append(all, section{head: n.made})
	return append([]section{{head: head(graphNode, sizeOf(all))}}, all...)
}

// newNode makes a node that no file holds.
func newNode(op, domain string, inputs, outputs []string, attributes ...[]byte) *node {
	n := &node{op: op, domain: domain, inputs: inputs, outputs: outputs}
	n.made = entry(nodeOp, []byte(op))
	if domain != "" {
		n.made = append(n.made, entry(nodeDomain, []byte(domain))...)
	}
	for _, a := range attributes {
		n.made = append(n.made, entry(nodeAttribute, a)...)
	}
	return n
}

// Types of attributes, and the field that names the type.
const (
	attributeFloat, attributeInt = 1, 2
	attributeType                = 20
)

func floatAttribute(name string, v float32) []byte {
	body := append(entry(1, []byte(name)), 2<<3|wire32)
	return number(binary.LittleEndian.AppendUint32(body, math.Float32bits(v)), attributeType, attributeFloat)
}

func intAttribute(name string, v uint64) []byte {
	return number(number(entry(1, []byte(name)), 3, v), attributeType, attributeInt)
}

// zeroWeight is a list of one int64 that is 0.
func zeroWeight(name string) []byte {
	body := number(number(nil, 1, 1), 2, uint64(Int64))
	return append(append(body, entry(8, []byte(name))...), entry(9, make([]byte, 8))...)
}

func entry(number int, body []byte) []byte { return append(head(number, int64(len(body))), body...) }

func number(b []byte, field int, v uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(field)<<3|wireVarint), v)
}
