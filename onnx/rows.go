package onnx

import "slices"

// firstRows is the name of the index list that selects the first token's row.
const firstRows = "amalfa/first"

// narrow computes only the first token's row from the last point on at which it takes no other. That is read either by the
// caller, or by a Gather of the model itself, as in a classifier's head. firstOnly says that the output itself has no other
// row now.
func (g *graph) narrow(output string, firstRow bool) (narrowed, firstOnly bool) {
	r := rowSet{graph: g, flow: g.flow(), output: output, whole: !firstRow, ranks: map[string]int{}}
	r.find()
	entries := r.entries()
	if entries == nil {
		return false, false
	}
	g.added = append(g.added, zeroTensor(firstRows))
	g.nodes = r.enter(entries)
	return true, r.in[r.maker[output]]
}

// A rowSet is the set of nodes that need the first row only: each works on rows
// one by one, and is read only by its like or by who selects that row.
type rowSet struct {
	*graph
	flow
	output string
	whole  bool // the output is wanted with all its rows
	in     map[*node]bool
	ranks  map[string]int
}

func (r *rowSet) find() {
	r.in = map[*node]bool{}
	for _, n := range slices.Backward(r.nodes) {
		if len(r.operands(n)) > 0 && len(n.outputs) == 1 && r.onlyFirst(n.outputs[0]) {
			r.in[n] = true
		}
	}
}

func (r *rowSet) onlyFirst(name string) bool {
	if name == r.output {
		return !r.whole
	}
	for _, n := range r.readers[name] {
		if !r.selects(n, name) && (!r.in[n] || !slices.Contains(r.operands(n), name)) {
			return false
		}
	}
	return true
}

// selects says that a node of the model takes the first row and no other.
func (r *rowSet) selects(n *node, name string) bool {
	if !n.is("Gather", 2) || n.attributes["axis"].number != 1 || n.inputs[0] != name {
		return false
	}
	index, ok := r.constant(r.flow, n.inputs[1])
	return ok && len(index.values) == 1 && index.values[0] == 0
}

// entries are the values through which the set is entered. There are none where the set holds no matrix product, and so
// nothing to gain, or where a value might not be text × token × width.
func (r *rowSet) entries() []string {
	var names []string
	gain := false
	for _, n := range r.nodes {
		if !r.in[n] {
			continue
		}
		gain = gain || n.op == "MatMul"
		for _, name := range r.operands(n) {
			if r.in[r.maker[name]] || slices.Contains(names, name) {
				continue
			}
			if r.rank(name) != 3 {
				return nil
			}
			names = append(names, name)
		}
	}
	if !gain {
		return nil
	}
	return names
}

// enter puts a Gather of the first row behind each maker of an entry.
func (r *rowSet) enter(entries []string) []*node {
	var nodes []*node
	for _, n := range r.nodes {
		if r.in[n] {
			for i, name := range n.inputs {
				if slices.Contains(entries, name) {
					n.inputs[i] = name + "/first"
				}
			}
		}
		nodes = append(nodes, n)
		for _, name := range n.outputs {
			if slices.Contains(entries, name) {
				nodes = append(nodes, newNode("Gather", "", []string{name, firstRows}, []string{name + "/first"}, intAttribute("axis", 1)))
			}
		}
	}
	return nodes
}

// operands are the inputs of a node of which row i of its output takes row i and no other. A node that mixes rows has none.
func (r *rowSet) operands(n *node) []string {
	switch n.op {
	case "Erf", "Tanh", "Relu", "Sigmoid", "Sqrt", "Cast", "Identity", "Gelu":
		return n.inputs[:min(1, len(n.inputs))]
	case "Add", "Sub", "Mul", "Div", "Pow", "BiasGelu", "FastGelu":
		return r.valuesBeside(n.inputs)
	case "ReduceMean":
		if of, ok := r.meanOf(r.flow, n); ok {
			return []string{of}
		}
	case "MatMul":
		if t, ok := r.constant(r.flow, n.input(1)); ok && len(t.shape) == 2 && !r.isConstant(r.flow, n.inputs[0]) {
			return n.inputs[:1]
		}
	case "LayerNormalization":
		if _, ok := r.matchNorm(r.flow, n); ok {
			return n.inputs[:1]
		}
	case "SkipLayerNormalization":
		if len(n.inputs) > 2 {
			return n.inputs[:2]
		}
	}
	return nil
}

// valuesBeside returns the inputs that are not constants, if each constant has the same numbers for all rows.
func (r *rowSet) valuesBeside(inputs []string) []string {
	var values []string
	for _, name := range inputs {
		t, ok := r.constant(r.flow, name)
		switch {
		case !ok:
			values = append(values, name)
		case !t.vector():
			return nil
		}
	}
	return values
}
