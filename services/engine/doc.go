// Package engine is what the services that run a model have in common: a
// [Holder] that keeps a model in memory while it is used, a [Queue] that runs
// batches on the cores in fair turns, and [Kinds], which take errors over the
// wire and back.
package engine

import "errors"

// ErrClosed reports work that came after Close, or that Close cut short.
var ErrClosed = errors.New("the service is stopping")
