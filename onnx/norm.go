package onnx

import "slices"

// A norm is a layer normalization over the last dimension: (x − mean) / √(variance + epsilon) · gamma + beta.
type norm struct {
	of, gamma, beta string
	epsilon         float32
}

// joinNorms makes one step of two values' sum and its normalization. One of the two must come from a matrix product, as in a
// layer's residual sum: both then have the shape of the result. The runtime's step refuses other shapes.
//
// A quantized model's products are left alone: the last bits that the step
// moves would there move whole numbers, and with them the vector by far more.
func (g *graph) joinNorms() bool {
	w := g.flow()
	joined := false
	for i, n := range g.nodes {
		found, ok := g.matchNorm(w, n)
		if !ok {
			continue
		}
		sum := w.maker[found.of]
		if !sum.is("Add", 2) || !w.onlyNormalized(found.of) {
			continue
		}
		for side := range 2 {
			product, bias, ok := g.biased(w, sum.inputs[side])
			if !ok || g.isConstant(w, sum.inputs[1-side]) {
				continue
			}
			g.nodes[i] = found.joined(n.outputs[0], product, sum.inputs[1-side], bias)
			joined = true
			break
		}
	}
	return joined
}

// onlyNormalized says that nothing but a norm reads a sum. Models that normalize before a layer go on with the sum itself.
func (w flow) onlyNormalized(sum string) bool {
	return !slices.ContainsFunc(w.readers[sum], func(n *node) bool {
		return n.op != "LayerNormalization" && n.op != "ReduceMean" && n.op != "Sub"
	})
}

func (found norm) joined(output, product, residual, bias string) *node {
	inputs := []string{product, residual, found.gamma, found.beta}
	if bias != "" {
		inputs = append(inputs, bias)
	}
	return newNode("SkipLayerNormalization", microsoft, inputs, []string{output}, floatAttribute("epsilon", found.epsilon))
}

// biased returns the product below a sum with a bias, or a product alone.
func (g *graph) biased(w flow, name string) (product, bias string, ok bool) {
	n := w.maker[name]
	if n.is("MatMul", 2) {
		return name, "", true
	}
	if !n.is("Add", 2) {
		return "", "", false
	}
	for i, b := range n.inputs {
		if t, constant := g.constant(w, b); constant && t.element == Float32 && len(t.shape) == 1 && w.maker[n.inputs[1-i]].is("MatMul", 2) {
			return n.inputs[1-i], b, true
		}
	}
	return "", "", false
}

func (g *graph) isConstant(w flow, name string) bool {
	_, ok := g.constant(w, name)
	return ok
}

// matchNorm knows the operator, and the nine steps that exporters before opset 17 wrote instead.
func (g *graph) matchNorm(w flow, n *node) (norm, bool) {
	if n.op == "LayerNormalization" {
		axis, stated := n.attributes["axis"]
		epsilon, given := n.attributes["epsilon"]
		if !given {
			epsilon.real = 1e-5 // the operator's default
		}
		found := norm{n.input(0), n.input(1), n.input(2), epsilon.real}
		return found, len(n.inputs) == 3 && len(n.outputs) == 1 && (!stated || axis.number == -1) && g.isScale(w, found)
	}
	times, beta, ok := g.withConstant(w, n, "Add")
	if !ok {
		return norm{}, false
	}
	quotient, gamma, ok := g.withConstant(w, w.maker[times], "Mul")
	if !ok {
		return norm{}, false
	}
	found, ok := g.matchQuotient(w, w.maker[quotient])
	found.gamma, found.beta = gamma, beta
	return found, ok && g.isScale(w, found)
}

// isScale holds for the single-precision vectors that the joined step takes.
func (g *graph) isScale(w flow, found norm) bool {
	gamma, ok1 := g.constant(w, found.gamma)
	beta, ok2 := g.constant(w, found.beta)
	return ok1 && ok2 && gamma.element == Float32 && beta.element == Float32 &&
		len(gamma.shape) == 1 && slices.Equal(gamma.shape, beta.shape)
}

// withConstant splits an operation into its value and its constant.
func (g *graph) withConstant(w flow, n *node, op string) (value, constant string, ok bool) {
	if !n.is(op, 2) {
		return "", "", false
	}
	for i, name := range n.inputs {
		if g.isConstant(w, name) && !g.isConstant(w, n.inputs[1-i]) {
			return n.inputs[1-i], name, true
		}
	}
	return "", "", false
}

// matchQuotient matches centred / √(mean of centred² + epsilon).
func (g *graph) matchQuotient(w flow, n *node) (norm, bool) {
	if !n.is("Div", 2) {
		return norm{}, false
	}
	of, ok := g.centred(w, n.inputs[0])
	root := w.maker[n.inputs[1]]
	if !ok || !root.is("Sqrt", 1) {
		return norm{}, false
	}
	variance, name, ok := g.withConstant(w, w.maker[root.inputs[0]], "Add")
	epsilon, _ := g.constant(w, name)
	if !ok || len(epsilon.values) != 1 {
		return norm{}, false
	}
	square, ok := g.meanOf(w, w.maker[variance])
	if !ok || !g.squares(w, w.maker[square], of) {
		return norm{}, false
	}
	return norm{of: of, epsilon: float32(epsilon.values[0])}, true
}

// squares matches centred², as a power or as a product.
func (g *graph) squares(w flow, n *node, of string) bool {
	switch {
	case n.is("Pow", 2):
		if two, ok := g.constant(w, n.inputs[1]); !ok || !two.only(2) {
			return false
		}
	case !n.is("Mul", 2) || n.inputs[0] != n.inputs[1]:
		return false
	}
	from, ok := g.centred(w, n.inputs[0])
	return ok && from == of
}

// centred matches x − mean(x) and returns x.
func (g *graph) centred(w flow, name string) (of string, ok bool) {
	n := w.maker[name]
	if !n.is("Sub", 2) {
		return "", false
	}
	of, ok = g.meanOf(w, w.maker[n.inputs[1]])
	return of, ok && of == n.inputs[0]
}

// meanOf matches the mean over the last dimension.
func (g *graph) meanOf(w flow, n *node) (of string, ok bool) {
	if n == nil || n.op != "ReduceMean" || len(n.outputs) != 1 {
		return "", false
	}
	if keep, stated := n.attributes["keepdims"]; stated && keep.number != 1 {
		return "", false
	}
	axes := n.attributes["axes"].numbers
	if len(n.inputs) == 2 {
		t, ok := g.constant(w, n.inputs[1])
		return n.inputs[0], ok && t.only(-1) && t.count() == 1
	}
	return n.input(0), slices.Equal(axes, []int64{-1})
}
