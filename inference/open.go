package inference

import (
	"errors"
	"fmt"

	"amalfa/models"
	"amalfa/onnx"
	"amalfa/tokenizer"
)

// Parts are what a model in memory is made of.
type Parts struct {
	Session   *onnx.Session
	Tokenizer *tokenizer.Tokenizer
}

// Open loads what files name, the tokenizer first: it is the cheaper one to be
// wrong. check may refuse it before the model is read.
func Open(files models.Files, lib string, o onnx.Options, check func(*tokenizer.Tokenizer) error) (Parts, error) {
	if err := onnx.Init(lib); err != nil {
		return Parts{}, err
	}
	tok, err := tokenizer.LoadOther(files.TokenizerPath)
	if err != nil {
		return Parts{}, err
	}
	if err := check(tok); err != nil {
		return Parts{}, fmt.Errorf("use tokenizer %s: %w", files.TokenizerPath, err)
	}
	session, err := onnx.Open(files.ModelPath, o)
	return Parts{session, tok}, err
}

// Close frees the model. Nothing may use it by then.
func (p Parts) Close() error { return p.Session.Close() }

// Refuse closes parts that turned out to be of no use and returns why.
func (p Parts) Refuse(why error) error { return errors.Join(why, p.Close()) }

// NumberType is what other programs call the numbers of a model's weights in
// one of our precisions: "float32", "float16" or "int8".
func NumberType(precision string) string {
	switch precision {
	case models.Int8:
		return "int8"
	case models.Half:
		return "float16"
	}
	return "float32"
}
