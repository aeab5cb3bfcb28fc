package onnx

import (
	"fmt"
	"math"
)

// CrossEncoder reads two texts together and scores how well the second
// answers the first: a sequence-classification model of the BERT or
// XLM-RoBERTa family with one or two logits. It is safe for concurrent use
// and owns no memory beside the session.
type CrossEncoder struct {
	session *Session
}

// NewCrossEncoder refuses a session whose model does not score pairs: one with
// a row per token, as embedding models have, or with more than two classes. It
// runs the model once.
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

// Score returns the raw score of a pair; higher is better and it has no bounds.
// Of two logits (no, yes) it is their difference, so that [Sigmoid] of it is
// what softmax gives the second. It returns [ErrNotFinite] rather than NaN.
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
