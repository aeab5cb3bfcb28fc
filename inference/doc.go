// Package inference is what the engines that run a model have in common: an
// [Admission] that bounds what waits, a [Queue] that runs batches on the cores
// in fair turns, a [Lazy] model that is in memory while it is used, a [Pool] of
// them under one limit, and the errors that callers act on. The engines are
// `inference/embed` and `inference/rerank`; none of them speaks HTTP.
package inference
