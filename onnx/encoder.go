package onnx

import "fmt"

// Encoder makes one vector of one token sequence. It is safe for concurrent
// use and owns no memory of its own beside the session.
type Encoder struct {
	Session   *Session
	Pooling   Pooling
	Normalize bool // to length one, as FastEmbed does for most of its models
}

// Encode returns a new vector of Session.Width float32. It returns
// [ErrNotFinite] rather than a vector that holds NaN, and [ErrClosed] after
// the session was closed.
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
