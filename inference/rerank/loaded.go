package rerank

import (
	"fmt"

	"amalfa/inference"
	"amalfa/models"
	"amalfa/onnx"
	"amalfa/tokenizer"
)

// window is the most tokens of one pair where a document may be read in
// several: what the models were trained on, and the length up to which the
// time of a run grows evenly.
const window = 512

// task is what the models do, in errors.
const task = "reranking"

// loaded is a model in memory.
type loaded struct {
	inference.Parts
	model   Model
	encoder onnx.CrossEncoder
	frame   frame
}

// open loads what files name.
func open(files models.Files, lib string) (*loaded, error) {
	l := &loaded{model: describe(files)}
	var err error
	l.Parts, err = inference.Open(files, lib, onnx.Options{Output: files.Model.Output}, func(tok *tokenizer.Tokenizer) (err error) {
		l.frame, err = readFrame(tok)
		return err
	})
	if err != nil {
		return nil, err
	}
	if l.encoder, err = onnx.NewCrossEncoder(l.Session); err != nil {
		return nil, l.Refuse(err)
	}
	if most := l.Session.Header().MaxTokens; most > 0 {
		l.model.MaxTokens = min(l.model.MaxTokens, most)
	}
	if l.model.MaxTokens <= l.frame.size()+1 {
		return nil, l.Refuse(fmt.Errorf("model %s takes %d tokens, too few for a pair", files.ModelPath, l.model.MaxTokens))
	}
	return l, nil
}

// Name is the model's in the catalogue, or that of its folder.
func (l *loaded) Name() string { return l.model.Name }

func describe(f models.Files) Model {
	return Model{Name: f.Model.Name, Digest: f.Digest, Precision: f.Precision, MaxTokens: f.Model.MaxTokens}
}

// score runs one pair.
func (l *loaded) score(t onnx.Tokens) (float64, error) {
	score, err := l.encoder.Score(t)
	if err != nil {
		return 0, inference.RunError(task, err)
	}
	return score, nil
}
