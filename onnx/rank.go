package onnx

// rank returns how many dimensions a value has, 0 where the graph does not
// show it plainly.
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

// widest is the rank of what is broadcast to a common shape, and of a product
// with a matrix.
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
