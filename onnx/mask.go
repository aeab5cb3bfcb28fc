package onnx

import "math"

// dropMask takes out the additions to attention scores that add zero when
// each place of attention_mask holds one.
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

// isScore says that a value is a product, scaled or not, and so has its full
// shape without the mask.
func (g *graph) isScore(w flow, name string) bool {
	n := w.maker[name]
	if n.is("Div", 2) || n.is("Mul", 2) {
		if c, ok := g.constant(w, n.inputs[1]); ok && len(c.values) == 1 {
			n = w.maker[n.inputs[0]]
		}
	}
	return n.is("MatMul", 2)
}

// uniforms finds values that hold the same number in all places, whatever
// their shape is. NaN stands for all others.
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

// cast covers the types that masks go through: the numbers that stand for
// true and false are the same in all of them.
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
