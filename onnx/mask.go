package onnx

import (
	"math"
)

// dropMask takes out the additions to attention scores that add zero when each place of attention_mask holds one.
func (g *graph) dropMask() bool {
	w := g.flow()
	u := uniforms{g, w, map[string]float64{"attention_mask": 1}}
	dropped := false
	for _, n := range g.nodes {
		if n.op != "Softmax" || len(n.inputs) != 1 {
			continue
		}
		sum := w.maker[n.inputs[0]]
		if !sum.is("Add", 2) {
			continue
		}
		for i, name := range sum.inputs {
			if v := u.of(name); v == 0 && g.isScore(w, sum.inputs[1-i]) {
				n.inputs[0], dropped = sum.inputs[1-i], true
				break
			}
		}
	}
	return dropped
}

// isScore says that a value is a product, scaled or not, and so has its full shape without the mask.
func (g *graph) isScore(w flow, name string) bool {
	n := w.maker[name]
	if n.is("Div", 2) || n.is("Mul", 2) {
		if c, ok := g.constant(w, n.inputs[1]); ok && len(c.values) == 1 {
			n = w.maker[n.inputs[0]]
		}
	}
	return n.is("MatMul", 2)
}

// uniforms finds values that hold the same number in all places, whatever their shape is. NaN stands for all others.
type uniforms struct {
	g     *graph
	w     flow
	known map[string]float64
}

func (u uniforms) of(name string) float64 {
	if v, ok := u.known[name]; ok {
		return v
	}
	u.known[name] = math.NaN() // for graphs that go in circles
	v := u.compute(name)
	u.known[name] = v
	return v
}

func (u uniforms) compute(name string) float64 {
	if c, ok := u.g.constant(u.w, name); ok {
		if v, ok := c.uniform(); ok {
			return v
		}
		return math.NaN()
	}
	n := u.w.maker[name]
	if n == nil || len(n.inputs) == 0 || len(n.outputs) != 1 {
		return math.NaN()
	}
	switch n.op {
	case "Unsqueeze", "Squeeze", "Reshape", "Expand", "Identity", "Slice", "Transpose", "Cast":
		return u.cast(n, u.of(n.inputs[0]))
	case "ConstantOfShape":
		if a := n.attributes["value"]; a.tensor != nil && len(a.tensor.values) == 1 {
			return a.tensor.values[0]
		}
		return 0
	case "Where":
		return u.choose(n)
	case "Add", "Sub", "Mul", "Div", "Equal", "Not":
		return u.arithmetic(n)
	}
	return math.NaN()
}

// cast covers the types that masks go through: the numbers that stand for true and false are the same in all of them.
func (u uniforms) cast(n *node, v float64) float64 {
	const boolean = 9
	if n.op == "Cast" && n.attributes["to"].number == boolean && v == v {
		return truth(v != 0)
	}
	if n.op == "Cast" && v != 0 && v != 1 {
		return math.NaN()
	}
	return v
}

func (u uniforms) choose(n *node) float64 {
	if len(n.inputs) != 3 {
		return math.NaN()
	}
	switch u.of(n.inputs[0]) {
	case 1:
		return u.of(n.inputs[1])
	case 0:
		return u.of(n.inputs[2])
	}
	return math.NaN()
}

func (u uniforms) arithmetic(n *node) float64 {
	a := u.of(n.inputs[0])
	if n.op == "Not" {
		return 1 - a
	}
	if len(n.inputs) != 2 {
		return math.NaN()
	}
	b := u.of(n.inputs[1])
	switch {
	case a != a || b != b:
		return math.NaN()
	case n.op == "Add":
		return a + b
	case n.op == "Sub":
		return a - b
	case n.op == "Mul":
		return a * b
	case n.op == "Div":
		return a / b // NaN for 0/0
	}
	return truth(a == b)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// rank returns how many dimensions a value has, 0 where the graph does not show it plainly.
func (r *rowSet) rank(name string) int {
	if known, ok := r.ranks[name]; ok {
		return known
	}
	r.ranks[name] = 0 // for graphs that go in circles
	rank := r.computeRank(name)
	r.ranks[name] = rank
	return rank
}

func (r *rowSet) computeRank(name string) int {
	if t, ok := r.constant(r.flow, name); ok {
		return len(t.shape)
	}
	switch name {
	case "input_ids", "token_type_ids", "position_ids":
		return 2 // text × token, as every run feeds them
	}
	n := r.maker[name]
	if n == nil || len(n.inputs) == 0 || n.outputs[0] != name {
		return 0
	}
	switch n.op {
	case "Attention", "MultiHeadAttention":
		return 3
	case "Gather":
		return r.ofGather(n)
	case "Reshape":
		return r.lengthOf(n.input(1))
	case "Add", "Sub", "Mul", "Div", "Pow", "MatMul":
		return r.widest(n)
	case "LayerNormalization", "SkipLayerNormalization", "Softmax", "Cast", "Identity", "Transpose", "Gelu", "BiasGelu", "Erf", "Tanh":
		return r.rank(n.inputs[0])
	}
	return 0
}

func (r *rowSet) ofGather(n *node) int {
	table, index := r.rank(n.inputs[0]), r.rank(n.input(1))
	if table == 0 || index == 0 {
		return 0
	}
	return table + index - 1
}

// widest is the rank of what is broadcast to a common shape, and of a product with a matrix.
func (r *rowSet) widest(n *node) int {
	widest := 0
	for _, name := range n.inputs {
		t, constant := r.constant(r.flow, name)
		rank := r.rank(name)
		if rank == 0 && (!constant || len(t.shape) > 0) {
			return 0
		}
		widest = max(widest, rank)
	}
	return widest
}

// lengthOf returns how many numbers a list of dimensions has.
func (r *rowSet) lengthOf(name string) int {
	if t, ok := r.constant(r.flow, name); ok {
		if len(t.shape) == 1 {
			return int(t.shape[0])
		}
		return 0
	}
	n := r.maker[name]
	if n == nil || n.op != "Concat" {
		return 0
	}
	total := 0
	for _, part := range n.inputs {
		t, constant := r.constant(r.flow, part)
		if one := r.maker[part]; one != nil && one.op == "Unsqueeze" {
			total++ // of a bare number
		} else if constant && len(t.shape) == 1 {
			total += int(t.shape[0])
		} else {
			return 0
		}
	}
	return total
}
