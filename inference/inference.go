// Package inference is what the engines that run a model have in common: an [Admission] that bounds what waits, a [Queue]
// that runs batches on the cores in fair turns, a [Lazy] model that is in memory while it is used, a [Pool] of them under
// one limit, and the errors that callers act on. The engines are `inference/embed` and `inference/rerank`; none of them
// speaks HTTP.
package inference

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"amalfa/models"
	"amalfa/onnx"
	"amalfa/tokenizer"
)

// Locate says where a model's files and ONNX Runtime's library are. It may take
// its time (to verify, to fetch) and must end when ctx does.
type Locate func(ctx context.Context) (files models.Files, lib string, err error)

// Options tune an engine. Zero values mean the defaults.
type Options struct {
	Workers int           // runs at once; default one per core (GOMAXPROCS)
	Idle    time.Duration // until an unused model is unloaded; default 30 minutes, below 0 never
	Queue   int           // requests at once, waiting ones included; default 512
	// QueueBytes bounds the text that all requests at once hold; default 256 MiB.
	QueueBytes int64
	Version    string // of the program, for routes that tell it
	Log        *zap.Logger
	Quarantine *Quarantine // of texts that ended the process; nil = none is kept
}

// WithDefaults returns the options with nothing left at zero but Version.
func (o Options) WithDefaults() Options {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Idle == 0 {
		o.Idle = 30 * time.Minute
	}
	if o.Queue <= 0 {
		o.Queue = 512
	}
	if o.QueueBytes <= 0 {
		o.QueueBytes = 256 << 20
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	return o
}

// Admission bounds what an engine holds at once, waiting requests included. Safe for concurrent use.
type Admission struct {
	Requests int   // at most
	Bytes    int64 // of text in them, at most
	waiting  atomic.Int64
	held     atomic.Int64
}

// Enter counts a request with size bytes of text in and returns what counts it out, or [ErrBusy].
func (a *Admission) Enter(size int) (leave func(), err error) {
	leave = func() { a.waiting.Add(-1); a.held.Add(-int64(size)) }
	waiting, held := a.waiting.Add(1), a.held.Add(int64(size))
	// One request alone is always let in: its size was bounded before.
	if waiting > int64(a.Requests) || held > a.Bytes && waiting > 1 {
		leave()
		return nil, fmt.Errorf("%w: %d requests with %d bytes", ErrBusy, waiting-1, held-int64(size))
	}
	return leave, nil
}

// Bytes is how much text a request holds.
func Bytes(texts ...string) (size int) {
	for _, s := range texts {
		size += len(s)
	}
	return size
}

// Waiting is how many requests are in.
func (a *Admission) Waiting() int { return int(a.waiting.Load()) }

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
