package rerank

import (
	"context"
	"errors"
	"fmt"

	"amalfa/models"
	"amalfa/onnx"
	"amalfa/tokenizer"
)

// window is the most tokens of one pair where a document may be read in
// several: what the models were trained on, and the length up to which the
// time of a run grows evenly.
const window = 512

// loaded is a model in memory.
type loaded struct {
	model     Model
	session   *onnx.Session
	encoder   onnx.CrossEncoder
	tokenizer *tokenizer.Tokenizer
	frame     frame
}

// open loads what files name. The tokenizer comes first: it is the cheaper
// one to be wrong.
func open(files models.Files, lib string) (*loaded, error) {
	if err := onnx.Init(lib); err != nil {
		return nil, err
	}
	tok, err := tokenizer.LoadOther(files.TokenizerPath)
	if err != nil {
		return nil, err
	}
	frame, err := readFrame(tok)
	if err != nil {
		return nil, fmt.Errorf("use tokenizer %s: %w", files.TokenizerPath, err)
	}
	session, err := onnx.Open(files.ModelPath, onnx.Options{Output: files.Model.Output})
	if err != nil {
		return nil, err
	}
	l := &loaded{session: session, tokenizer: tok, frame: frame, model: describe(files)}
	if l.encoder, err = onnx.NewCrossEncoder(session); err != nil {
		return nil, errors.Join(err, session.Close())
	}
	if most := session.Graph().MaxTokens; most > 0 {
		l.model.MaxTokens = min(l.model.MaxTokens, most)
	}
	if l.model.MaxTokens <= frame.size()+1 {
		return nil, errors.Join(fmt.Errorf("model %s takes %d tokens, too few for a pair", files.ModelPath, l.model.MaxTokens), session.Close())
	}
	return l, nil
}

func describe(f models.Files) Model {
	return Model{Name: f.Model.Name, Digest: f.Digest, Precision: f.Precision, MaxTokens: f.Model.MaxTokens}
}

func (l *loaded) close() error { return l.session.Close() }

// score runs one pair. What goes wrong here is the model's fault: the tokens
// came from its own tokenizer.
func (l *loaded) score(t onnx.Tokens) (float64, error) {
	score, err := l.encoder.Score(t)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return score, nil
}

// nameErrors lets callers see what kind of trouble a model is in.
func nameErrors(err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, models.ErrMissing), errors.Is(err, models.ErrUnknown), errors.Is(err, onnx.ErrUnsupported):
		return fmt.Errorf("%w: %w", ErrNoModel, err)
	}
	return fmt.Errorf("%w: %w", ErrBroken, err)
}
