package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Encoder makes one vector of one token sequence. It is safe for concurrent
// use and owns no memory of its own beside the session.
type Encoder struct {
	Session   *Session
	Pooling   Pooling
	Normalize bool // to length one, as FastEmbed does for most of its models
}

// Encode returns a new vector of Session.Width float32. It returns [ErrNotFinite] rather than a vector that holds NaN, and
// [ErrClosed] after the session was closed.
func (e Encoder) Encode(t Tokens) ([]float32, error) {
	var vector []float32
	err := e.Session.Run(t, func(out Output) {
		vector = pool(out, e.Pooling)
	})
	if err != nil {
		return nil, err
	}
	if !finite(vector) {
		return nil, fmt.Errorf("run model %s: %w", e.Session.Path(), ErrNotFinite)
	}
	if e.Normalize {
		Normalize(vector)
	}
	return vector, nil
}

// EncodeRows returns a new vector of Session.Width float32 for each token, as the model's last layer has them; its session must have
// been opened without Options.FirstRow ([Session.Rows]). Its errors are those of Encode.
func (e Encoder) EncodeRows(t Tokens) ([][]float32, error) {
	var rows [][]float32
	err := e.Session.Run(t, func(out Output) {
		data := slices.Clone(out.Data)
		for i := range out.Rows {
			rows = append(rows, data[i*out.Width:(i+1)*out.Width])
		}
	})
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if !finite(row) {
			return nil, fmt.Errorf("run model %s: %w", e.Session.Path(), ErrNotFinite)
		}
	}
	return rows, nil
}

// CrossEncoder reads two texts together and scores how well the second answers the first: a sequence-classification model of
// the BERT or XLM-RoBERTa family with one or two logits. It is safe for concurrent use and owns no memory beside the
// session.
type CrossEncoder struct {
	session *Session
}

// NewCrossEncoder refuses a session whose model does not score pairs: one with a row per token, as embedding models have, or
// with more than two classes. It runs the model once.
func NewCrossEncoder(s *Session) (CrossEncoder, error) {
	var shape Output
	if err := s.Run(Tokens{IDs: []int64{0, 0}}, func(out Output) { shape = out }); err != nil {
		return CrossEncoder{}, err
	}
	if shape.PerToken || shape.Width > 2 {
		return CrossEncoder{}, fmt.Errorf("model %s does not score pairs: its output is %d rows of %d numbers for two tokens, not one of 1 or 2",
			s.Path(), shape.Rows, shape.Width)
	}
	return CrossEncoder{s}, nil
}

// Score returns the raw score of a pair; higher is better and it has no bounds. Of two logits (no, yes) it is their
// difference, so that [Sigmoid] of it is what softmax gives the second. It returns [ErrNotFinite] rather than NaN.
func (c CrossEncoder) Score(pair Tokens) (float64, error) {
	var score float64
	err := c.session.Run(pair, func(out Output) {
		score = float64(out.Data[0])
		if out.Width == 2 {
			score = float64(out.Data[1]) - float64(out.Data[0])
		}
	})
	if err != nil {
		return 0, err
	}
	if math.IsNaN(score) || math.IsInf(score, 0) {
		return 0, fmt.Errorf("run model %s: %w", c.session.Path(), ErrNotFinite)
	}
	return score, nil
}

// Sigmoid brings a raw score to 0 to 1.
func Sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// ErrNotFinite reports that a model answered with NaN or an infinity, which
// means that its weights or its arithmetic are broken.
var ErrNotFinite = errors.New("the model answered with numbers that are not finite")

// Pooling is the way from a row per token to one vector.
type Pooling int

const (
	CLS  Pooling = iota // the first token's row
	Mean                // the average of all rows
	Last                // the last token's row
)

// ParsePooling reads the names of the model catalogue: cls, mean, last.
func ParsePooling(name string) (Pooling, error) {
	switch name {
	case "cls":
		return CLS, nil
	case "mean":
		return Mean, nil
	case "last":
		return Last, nil
	}
	return 0, fmt.Errorf("unknown pooling %q: cls, mean and last exist", name)
}

// pool returns a vector of its own, so that out may be reused.
func pool(out Output, how Pooling) []float32 {
	vector := make([]float32, out.Width)
	switch {
	case how == Mean && out.Rows > 1:
		mean(vector, out)
	case how == Last:
		copy(vector, out.row(out.Rows-1))
	default:
		copy(vector, out.row(0))
	}
	return vector
}

// mean adds up in float64 and in the order of the tokens, so that the same text gives the same bytes on every machine.
func mean(vector []float32, out Output) {
	sums := make([]float64, out.Width)
	for i := range out.Rows {
		for j, v := range out.row(i) {
			sums[j] += float64(v)
		}
	}
	for j, sum := range sums {
		vector[j] = float32(sum / float64(out.Rows))
	}
}

// Normalize scales v to length one in place and leaves a zero vector alone. FastEmbed divides by max(length, 1e-12) in the
// same way (qdrant/fastembed:fastembed/common/utils.py, normalize).
func Normalize(v []float32) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	scale := 1 / max(math.Sqrt(sum), 1e-12)
	for i, x := range v {
		v[i] = float32(float64(x) * scale)
	}
}

func finite(v []float32) bool {
	for _, x := range v {
		// The difference is NaN for NaN and both infinities, else zero.
		if x-x != 0 {
			return false
		}
	}
	return true
}
