//go:build cgo

package onnx

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/testdata/onnxtest"
)

// layer is a model of one attention layer, four wide: ids, attention over
// masked scores, a matrix with a bias, the residual sum and its norm.
func layer(mask []onnxtest.Node, more ...onnxtest.Node) onnxtest.Model {
	r := rand.New(rand.NewPCG(1, 2))
	weight := func(name string, shape ...int64) onnxtest.Initializer {
		w := onnxtest.Initializer{Name: name, Shape: shape}
		for range shape[0] * append(shape, 1)[1] {
			w.Data = append(w.Data, r.Float32()-0.5)
		}
		return w
	}
	m := onnxtest.Model{
		Inputs:  []onnxtest.ValueInfo{onnxtest.IDs(), {Name: "attention_mask", Element: onnxtest.Int64, Shape: []int64{1, -1}}},
		Outputs: []onnxtest.ValueInfo{{Name: "out", Element: onnxtest.Float32, Shape: []int64{1, -1, 4}}},
		Initializers: []onnxtest.Initializer{weight("table", 10, 4), weight("matrix", 4, 4), weight("bias", 4), weight("gamma", 4), weight("beta", 4),
			{Name: "one", Shape: []int64{1}, Data: []float32{1}}, {Name: "low", Shape: []int64{1}, Data: []float32{-1e9}},
			{Name: "zero", Whole: []int64{0}}, {Name: "second", Whole: []int64{1}}, {Name: "axes", Shape: []int64{1}, Whole: []int64{1}}},
	}
	m.Nodes = append([]onnxtest.Node{
		step("Gather", "hidden", "table", "input_ids"),
		{Op: "Transpose", Inputs: []string{"hidden"}, Outputs: []string{"turned"}, Lists: map[string][]int64{"perm": {0, 2, 1}}},
		step("MatMul", "scores", "hidden", "turned"),
	}, mask...)
	m.Nodes = append(m.Nodes,
		step("Add", "masked", "scores", "mask"),
		step("Softmax", "weights", "masked"),
		step("MatMul", "context", "weights", "hidden"),
		step("MatMul", "product", "context", "matrix"),
		step("Add", "biased", "product", "bias"),
		step("Add", "residual", "hidden", "biased"),
		step("LayerNormalization", "out", "residual", "gamma", "beta"))
	if len(more) > 0 {
		m.Nodes[len(m.Nodes)-1].Outputs[0] = "rows"
		m.Nodes = append(m.Nodes, more...)
		m.Outputs[0].Shape = []int64{1, 4}
	}
	return m
}

func step(op, output string, inputs ...string) onnxtest.Node {
	return onnxtest.Node{Op: op, Inputs: inputs, Outputs: []string{output}}
}

func along(axis int64, n onnxtest.Node) onnxtest.Node {
	n.Ints = map[string]int64{"axis": axis}
	return n
}

func castTo(element int64, output, input string) onnxtest.Node {
	n := step("Cast", output, input)
	n.Ints = map[string]int64{"to": element}
	return n
}

var (
	inverted = []onnxtest.Node{castTo(onnxtest.Float32, "real", "attention_mask"), step("Sub", "inverse", "one", "real"), step("Mul", "mask", "inverse", "low")}
	chosen   = []onnxtest.Node{castTo(9, "true", "attention_mask"), castTo(onnxtest.Float32, "real", "attention_mask"),
		step("Sub", "inverse", "one", "real"), step("Where", "mask", "true", "inverse", "low")}
	reversed = []onnxtest.Node{castTo(onnxtest.Float32, "real", "attention_mask"), step("Mul", "mask", "real", "low")}
	ofIDs    = []onnxtest.Node{castTo(onnxtest.Float32, "mask", "input_ids")}
)

// found names what a rewriting did, by what is left.
func found(count map[string]int) (names []string) {
	if count["mask"] == 0 {
		names = append(names, "mask")
	}
	if count["SkipLayerNormalization"] == 1 {
		names = append(names, "norm")
	}
	if count["Gather/first"] > 0 {
		names = append(names, "rows")
	}
	return names
}

// TestRewriteForms holds small models in many forms against themselves as
// they were written, and says what of them may be rewritten.
func TestRewriteForms(t *testing.T) {
	first := along(1, step("Gather", "out", "rows", "zero"))
	mean := onnxtest.Node{Op: "ReduceMean", Inputs: []string{"rows"}, Outputs: []string{"mean"},
		Lists: map[string][]int64{"axes": {1}}, Ints: map[string]int64{"keepdims": 0}}
	picked := along(1, step("Gather", "picked", "rows", "zero"))
	for _, c := range []struct {
		name     string
		model    onnxtest.Model
		firstRow bool
		want     []string // of: mask dropped, norm joined, rows narrowed
	}{
		{"first row read", layer(inverted), true, []string{"mask", "norm", "rows"}},
		{"all rows read", layer(inverted), false, []string{"mask", "norm"}},
		{"mask by choice", layer(chosen), false, []string{"mask", "norm"}},
		{"mask that is not zero", layer(reversed), false, []string{"norm"}},
		{"mask of something else", layer(ofIDs), false, []string{"norm"}},
		{"head on the first row", layer(inverted, first), false, []string{"mask", "norm", "rows"}},
		{"head on the second row", layer(inverted, along(1, step("Gather", "out", "rows", "second"))), false, []string{"mask", "norm"}},
		{"head on the first and on all", layer(inverted, picked, mean, step("Add", "out", "picked", "mean")), false, []string{"mask", "norm"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := c.model.Write(t)
			count := operators(t, path, "out", c.firstRow)
			if diff := cmp.Diff(c.want, found(count)); diff != "" {
				t.Errorf("%s\n%v", diff, count)
			}
			before, after := openModel(t, path, Options{AsWritten: true}), openModel(t, path, Options{FirstRow: c.firstRow})
			for _, n := range []int{2, 3, 5, 9} {
				tokens := sequence(uint64(n), n, 10)
				want, got := rows(t, before, tokens), rows(t, after, tokens)
				if c.firstRow {
					want = want[:1]
				}
				if off := furthest(want, got); !(off < 1e-5) {
					t.Errorf("%d tokens: off by %g", n, off)
				}
			}
		})
	}
}

// TestRewriteLeavesAlone covers what must go to the library as it is.
func TestRewriteLeavesAlone(t *testing.T) {
	pre := layer(ofIDs)
	pre.Nodes[len(pre.Nodes)-1].Outputs[0] = "normal"
	pre.Nodes = append(pre.Nodes, step("Add", "out", "residual", "normal"))
	for name, m := range map[string]onnxtest.Model{
		"nothing to find":             onnxtest.Lookup(10, 4),
		"sum that is read on its own": pre,
	} {
		if _, err := rewrite(m.Write(t), m.Outputs[0].Name, false); !errors.Is(err, errNothingToGain) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRewrite(f *testing.F) {
	f.Add(layer(inverted).Bytes(), true)
	f.Add(layer(chosen, along(1, step("Gather", "out", "rows", "zero"))).Bytes(), false)
	f.Add([]byte{8, 8, 58, 0}, false)
	f.Fuzz(func(t *testing.T, data []byte, firstRow bool) {
		p, err := readGraph(span{bytes.NewReader(data), 0, int64(len(data))})
		if err != nil {
			return
		}
		if p.fixed != "" || !p.keepOutput("out") {
			return
		}
		p.improve("out", firstRow)
		written, err := p.bytes()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readGraph(span{bytes.NewReader(written), 0, int64(len(written))}); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}
