package onnx

import (
	"errors"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// errLarge reports a model that one message cannot hold.
var errLarge = errors.New("the model is larger than 2 GiB")

// A section of a new file: bytes of its own, then a stretch of the old file.
type section struct {
	head []byte
	body span
}

func sizeOf(all []section) (n int64) {
	for _, s := range all {
		n += int64(len(s.head)) + s.body.size()
	}
	return n
}

// message begins an entry whose content, size bytes, follows.
func message(number protowire.Number, size int64) section {
	return section{head: protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.BytesType), uint64(size))}
}

// copied is an entry as it was read.
func (f field) copied() section {
	switch f.wire {
	case protowire.VarintType:
		return section{head: appendInt(nil, f.number, f.value)}
	case protowire.BytesType:
		return section{message(f.number, f.body.size()).head, f.body}
	}
	return section{protowire.AppendTag(nil, f.number, f.wire), f.body}
}

// bytes writes the model anew. Weights are copied from the file.
func (g *graph) bytes() ([]byte, error) {
	var body, model []section
	for _, n := range g.nodes {
		body = append(body, n.sections()...)
	}
	for _, f := range append(g.kept, g.output) {
		body = append(body, f.copied())
	}
	for _, t := range g.added {
		body = append(body, section{head: appendBytes(nil, graphInitializer, t)})
	}
	for _, f := range append(g.head, g.opsets...) {
		model = append(model, f.copied())
	}
	if !g.microsoft {
		opset := appendInt(appendBytes(nil, 1, microsoft), 2, 1)
		model = append(model, section{head: appendBytes(nil, modelOpset, opset)})
	}
	model = append(model, message(modelGraph, sizeOf(body)))
	model = append(model, body...)
	if sizeOf(model) > math.MaxInt32 {
		return nil, errLarge
	}
	return join(model)
}

func join(all []section) ([]byte, error) {
	data := make([]byte, 0, sizeOf(all))
	for _, s := range all {
		data = append(data, s.head...)
		n := int(s.body.size())
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
		all = append(all, section{head: appendBytes(nil, nodeInput, name)})
	}
	for _, name := range n.outputs {
		all = append(all, section{head: appendBytes(nil, nodeOutput, name)})
	}
	for _, f := range n.rest {
		all = append(all, f.copied())
	}
	all = append(all, section{head: n.added})
	return append([]section{message(graphNode, sizeOf(all))}, all...)
}

// newNode makes a node that no file holds.
func newNode(op, domain string, inputs, outputs []string, attributes ...[]byte) *node {
	n := &node{op: op, domain: domain, inputs: inputs, outputs: outputs}
	n.added = appendBytes(nil, nodeOp, op)
	if domain != "" {
		n.added = appendBytes(n.added, nodeDomain, domain)
	}
	for _, a := range attributes {
		n.added = appendBytes(n.added, nodeAttribute, a)
	}
	return n
}

// Types of attributes, and the field that names the type.
const (
	attributeFloat, attributeInt = 1, 2
	attributeType                = 20
)

func floatAttribute(name string, v float32) []byte {
	body := protowire.AppendTag(appendBytes(nil, 1, name), 2, protowire.Fixed32Type)
	return appendInt(protowire.AppendFixed32(body, math.Float32bits(v)), attributeType, attributeFloat)
}

func intAttribute(name string, v uint64) []byte {
	return appendInt(appendInt(appendBytes(nil, 1, name), 3, v), attributeType, attributeInt)
}

// zeroTensor is a list of one int64 that is 0.
func zeroTensor(name string) []byte {
	body := appendInt(appendInt(nil, 1, 1), 2, uint64(Int64))
	return appendBytes(appendBytes(body, 8, name), 9, make([]byte, 8))
}

func appendBytes[T string | []byte](b []byte, number protowire.Number, body T) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), []byte(body))
}

func appendInt(b []byte, number protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), v)
}
