package inference

import (
	"context"
	"runtime"
	"time"

	"go.uber.org/zap"

	"amalfa/models"
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
