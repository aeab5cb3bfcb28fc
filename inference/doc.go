// Package inference is what the engines that run a model have in common: a
// [Holder] that keeps a model in memory while it is used and a [Queue] that
// runs batches on the cores in fair turns. The engines are
// `inference/embed` and `inference/rerank`; none of them speaks HTTP.
package inference

import (
	"errors"

	"amalfa/models"
)

// ErrClosed reports work that came after Close, or that Close cut short.
var ErrClosed = errors.New("the service is stopping")

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
