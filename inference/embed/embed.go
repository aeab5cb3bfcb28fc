// Package embed turns texts into vectors in this process ([Engine]).
//
// Words: a batch is the texts of one request; a run is one text, or one window of a long text, through the model, never
// together with another; a class is interactive or bulk. Because every run is one sequence alone, the vector of a text has
// the same bytes whatever else the engine is doing.
package embed

import (
	"fmt"

	"amalfa/inference"
)

// Errors that a caller acts on, beside those of every engine. An engine and the service's client return the same ones.
var (
	// ErrEmpty reports a text without any character.
	ErrEmpty = inference.NewSentinel("empty_text", "empty text", "leave empty texts out")
	// ErrTooLong reports a text of more tokens than the model takes, where cutting it was not wanted.
	ErrTooLong = inference.NewSentinel("too_long", "too many tokens", "let it be cut or chunked")
	// ErrTokens reports token ids that the model does not have.
	ErrTokens = inference.NewSentinel("tokens", "tokens the model does not have", "send text, or tokens of this model's own tokenizer")
)

// Input says what a text is for. Models that were trained with a prefix for
// it get that prefix; without it a text is embedded as it stands.
type Input string

const (
	Plain   Input = ""
	Query   Input = "query"
	Passage Input = "passage"
)

// Long says what happens to a text of more tokens than the model takes.
type Long string

const (
	Cut    Long = ""       // its end is cut off
	Chunk  Long = "chunk"  // the mean over windows of equal length
	Refuse Long = "refuse" // ErrTooLong
)

// Scale says whether vectors are brought to length one.
type Scale string

const (
	AsModel Scale = ""     // as FastEmbed does for this model
	Unit    Scale = "unit" // always
	Raw     Scale = "raw"  // never
)

// Options says how texts become vectors. The zero value is an interactive request for texts as they stand.
type Options struct {
	Model string // a name of the catalogue; "" = the default model
	Input Input
	Bulk  bool // lets interactive requests overtake
	Long  Long
	Scale Scale
	Left  bool // cuts a long text's beginning off, not its end
}

// Check reports an option that has no meaning.
func (o Options) Check() error {
	switch o.Input {
	case Plain, Query, Passage:
	default:
		return fmt.Errorf("unknown input type %q", o.Input)
	}
	if o.Long != Cut && o.Long != Chunk && o.Long != Refuse {
		return fmt.Errorf("unknown way %q with long texts", o.Long)
	}
	if o.Scale != AsModel && o.Scale != Unit && o.Scale != Raw {
		return fmt.Errorf("unknown scale %q", o.Scale)
	}
	return nil
}

// Vector is one text's embedding.
type Vector struct {
	Values    []float32
	Tokens    int    // that the model read, special ones included
	Truncated bool   // tokens were cut off
	Model     string // the name of the model that made it
	Digest    string // of that model
}

// Model is what a caller has to know about the model that serves.
type Model struct {
	Name      string
	Digest    string // changes whenever vectors would; two digests never mix
	Dim       int
	MaxTokens int // special tokens included
}
