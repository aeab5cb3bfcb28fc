// Package onnx runs transformer models through ONNX Runtime. It is the only room that calls the runtime's library.
//
// Words: a session is one loaded model; a run is one token sequence through it, never padded and never in company, so that
// what comes out depends on that sequence alone; pooling turns a row per token into one vector.
//
// The library is opened by path at run time ([Init]). In a build without cgo the package compiles, and everything that would
// need the library returns [ErrUnsupported].
package onnx

import (
	"errors"
	"fmt"
	"slices"
)

// ErrUnsupported reports that this program was built without cgo and so cannot call ONNX Runtime.
var ErrUnsupported error = unsupported{}

type unsupported struct{}

func (unsupported) Error() string {
	return "this program was built without a C compiler and cannot run models"
}

// Hint says what to do about it.
func (unsupported) Hint() string { return "build amalfa again where a C compiler is installed" }

// ErrClosed reports a run on a session that was closed.
var ErrClosed = errors.New("the model is closed")

// Options say how a model is run. The zero value is right for a server that gets its parallelism from concurrent runs.
type Options struct {
	// Threads inside one run. 0 means 1: measured on bge-small, one thread a
	// run and a run per core gives the most texts per second.
	Threads int
	// Output is the name of the output to read; "" is the model's first, which is the one FastEmbed reads.
	Output string
	// Width is the length of an output row, needed only for half-precision
	// models whose graph does not state it. 0 means unknown.
	Width int
	// FirstRow promises that only the first token's row of an output with a row per token will be used, as CLS pooling does.
	// The model then spares itself the others in its last layer, and may not have them.
	FirstRow bool
	// AsWritten runs the model as its file is, instead of a form with the
	// same output that takes less time. It is there to compare the two.
	AsWritten bool
	// TaskInput is the name of an input that takes one number a run
	// ([Tokens.Task]), for models that were trained for several tasks.
	TaskInput string
}

func (o Options) threads() int { return max(o.Threads, 1) }

// Tokens is one sequence as the tokenizer made it, special tokens included.
type Tokens struct {
	IDs     []int64
	TypeIDs []int64 // as long as IDs, or nil for all zeros
	Task    int64   // the value of Options.TaskInput
}

// Output is what one run produced: Rows × Width numbers, row after row. A model that pools by itself, or scores, has one
// row; the others have one row per token.
type Output struct {
	Data        []float32
	Rows, Width int
	// PerToken says that the rows stand for the tokens and need pooling.
	PerToken bool
}

func (o Output) row(i int) []float32 { return o.Data[i*o.Width : (i+1)*o.Width] }

// check refuses tokens that would read outside the model's tables. The runtime has checks of its own for most models; these
// name the token and cost nothing next to a run.
func (t Tokens) check(g Header) error {
	n := len(t.IDs)
	switch {
	case n == 0:
		return errors.New("no tokens to run")
	case t.TypeIDs != nil && len(t.TypeIDs) != n:
		return fmt.Errorf("%d token types for %d tokens", len(t.TypeIDs), n)
	case g.MaxTokens > 0 && n > g.MaxTokens:
		return fmt.Errorf("%d tokens are more than the model's %d positions", n, g.MaxTokens)
	}
	lowest, highest := slices.Min(t.IDs), slices.Max(t.IDs)
	if lowest < 0 || g.Vocabulary > 0 && highest >= int64(g.Vocabulary) {
		return fmt.Errorf("token ids %d to %d reach outside the model's vocabulary of %d: the tokenizer belongs to another model",
			lowest, highest, g.Vocabulary)
	}
	return nil
}
