package onnx

import (
	"errors"
	"fmt"
)

// errNothingToGain reports a model that a rewriting would leave as it is.
var errNothingToGain = errors.New("nothing to gain")

// A rewritten model is the content of a model file.
type rewritten struct {
	data []byte
	// firstOnly says that of an output with a row per token only the first is left.
	firstOnly bool
}

// rewrite returns the model as another that gives the same output in less time, or [errNothingToGain]. What it relies on is what this package
// does: one text a run, never padded, and one output read.
//
//   - the mask is all ones, so that adding it to attention scores does nothing;
//   - a sum that is normalized right away is one step of the runtime's own,
//     which it does not find by itself where exporters compute shapes;
//   - where only the first token's row is read, the last layer needs to finish
//     only that row.
//
// The first and the last leave every bit of the output as it is; the second
// moves it by some 2e-6 (docs/decisions has the figures).
func (g *graph) rewrite(output string, firstRow bool) (rewritten, error) {
	if g.fixed != "" {
		return rewritten{}, fmt.Errorf("rewrite model: %s", g.fixed)
	}
	gained, firstOnly := g.improve(output, firstRow)
	if !gained {
		return rewritten{}, errNothingToGain
	}
	data, err := g.bytes()
	return rewritten{data, firstOnly}, err
}

// improve says whether it changed anything, and whether the output is left with its first row only.
func (g *graph) improve(output string, firstRow bool) (gained, firstOnly bool) {
	if !g.keepOutput(output) {
		return false, false
	}
	g.prune(output)
	masks, norms := g.dropMask(), g.joinNorms()
	g.prune(output)
	rows, firstOnly := g.narrow(output, firstRow)
	return masks || norms || rows, firstOnly
}

func (g *graph) keepOutput(name string) bool {
	for _, f := range g.outputs {
		if v, err := readValueInfo(f.body); err == nil && v.Name == name {
			g.output = f
			return true
		}
	}
	return false
}
