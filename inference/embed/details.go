package embed

import (
	"context"
	"time"

	"amalfa/inference"
	"amalfa/models"
	"amalfa/onnx"
)

// Details are a model with how its file is made.
type Details struct {
	Model
	Precision string    // models.Full or models.Int8
	Pooling   string    // models.CLS, models.Mean, …
	License   string    // as the catalogue has it, "" for a folder
	Bytes     int64     // of its files on disk; 0 = not known
	Modified  time.Time // when the file of its weights was written
	Weights   int64     // how many numbers were trained
	path      string    // of that file
}

// describe tells of files what can be told without loading them.
func describe(files models.Files, header onnx.Header) Details {
	bytes, modified := files.OnDisk()
	return Details{
		Model:     Model{Name: files.Model.Name, Digest: files.Digest, Dim: files.Model.Dim, MaxTokens: maxTokens(files.Model, header)},
		Precision: files.Precision, Pooling: files.Model.Pooling, License: files.Model.License,
		Bytes: bytes, Modified: modified, Weights: header.Weights, path: files.ModelPath,
	}
}

// open loads a model and remembers what it is, so that it can be told when it is not in memory.
func (e *Engine) open(files models.Files, lib string) (*loaded, error) {
	l, err := open(files, lib, false)
	if err != nil {
		return nil, err
	}
	d := describe(files, l.Session.Header())
	d.Model = l.model
	e.known.Store(d.Name, d)
	return l, nil
}

// Describe tells of a model of Names, without loading it. The first time it looks at the files of one that never was in memory, and
// again when they have changed since. Of a model that is not there it gives the name alone.
func (e *Engine) Describe(ctx context.Context, name string) Details {
	known, ok := e.known.Load(name)
	if ok && (e.o.Finder == nil || known.(Details).holds()) {
		return known.(Details)
	}
	if d, err := e.look(ctx, name); err == nil {
		e.known.Store(name, d)
		return d
	}
	if ok { // what was loaded, of files that are gone
		return known.(Details)
	}
	return Details{Model: Model{Name: name}}
}

// holds tells whether the file is the one that was described.
func (d Details) holds() bool {
	bytes, modified := models.Files{ModelPath: d.path}.OnDisk()
	return bytes > 0 && modified.Equal(d.Modified)
}

func (e *Engine) look(ctx context.Context, name string) (Details, error) {
	if e.o.Finder == nil {
		return Details{}, inference.ErrUnknownModel
	}
	files, _, err := e.o.Finder.Find(ctx, name)
	if err != nil {
		return Details{}, err
	}
	header, err := onnx.ReadHeader(files.ModelPath)
	return describe(files, header), err
}

// Until is when a model of Names leaves the memory if nobody asks for it, a lifetime away where that is never; false = it is not there.
// primary says that it is the first of them.
func (e *Engine) Until(name string, primary bool) (time.Time, bool) {
	if primary {
		name = ""
	}
	return e.pool.Until(name)
}

// Details returns those of the default model, loading it if need be.
func (e *Engine) Details(ctx context.Context) (Details, error) {
	l, release, err := e.pool.Acquire(ctx, "")
	if err != nil {
		return Details{}, err
	}
	defer release()
	return e.Describe(ctx, l.Name()), nil
}
