package rerank

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"amalfa/inference"
	"amalfa/models"
	"amalfa/onnx"
	"amalfa/tokenizer"
)

// window is the most tokens of one pair where a document may be read in several: what the models were trained on, and the
// length up to which the time of a run grows evenly.
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

// A lastLoad is how the last try to find or load the model ended.
type lastLoad struct {
	failed      bool
	files       models.Files // those that could not be loaded; none where none were found
	fingerprint string       // of them, then
}

func (e *Engine) recordLoad(files models.Files, err error) {
	l := &lastLoad{failed: err != nil}
	if l.failed && files.ModelPath != "" {
		l.files, l.fingerprint = files, fingerprint(files)
	}
	e.last.Store(l)
}

// retry reports whether to look again: nobody did yet, there was nothing to be
// found, or what could not be loaded has changed since.
func (e *Engine) retry() bool {
	l := e.last.Load()
	switch {
	case l == nil:
		return true
	case l.failed && l.fingerprint != "":
		return fingerprint(l.files) != l.fingerprint
	}
	return l.failed
}

// fingerprint changes when a file beside the model or its tokenizer does; it reads none of them.
func fingerprint(f models.Files) string {
	var b strings.Builder
	for _, path := range []string{f.ModelPath, f.TokenizerPath} {
		entries, err := os.ReadDir(filepath.Dir(path))
		fmt.Fprintln(&b, path, err)
		for _, entry := range entries {
			if info, err := os.Stat(filepath.Join(filepath.Dir(path), entry.Name())); err == nil {
				fmt.Fprintln(&b, entry.Name(), info.Size(), info.ModTime().UnixNano())
			}
		}
	}
	return b.String()
}

// watchInterval is how often an engine without a usable model looks for one. That
// costs a few system calls where nothing is, or nothing has changed.
const watchInterval = 5 * time.Second

// Watch finds out whether the files are there, until they are, and again where they could not be loaded and have changed
// since, and tells of it. It returns when ctx ends.
func (e *Engine) Watch(ctx context.Context, told func(Model, error)) {
	tick := time.NewTicker(watchInterval)
	defer tick.Stop()
	for {
		if e.retry() {
			m, err := e.find(ctx)
			if ctx.Err() != nil {
				return
			}
			told(m, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
