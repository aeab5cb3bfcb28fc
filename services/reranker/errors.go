package reranker

import (
	"fmt"
	"net/http"
	"time"

	"amalfa/inference"
	"amalfa/inference/rerank"
	"amalfa/services"
)

// kinds has the status of each error of an engine that a client acts on.
var kinds = services.Kinds{
	{Err: rerank.ErrEmpty, Status: http.StatusBadRequest},
	{Err: rerank.ErrTooLong, Status: http.StatusRequestEntityTooLarge},
	{Err: rerank.ErrOtherModel, Status: http.StatusNotFound},
	{Err: inference.ErrTooLarge, Status: http.StatusRequestEntityTooLarge},
	{Err: inference.ErrBusy, Status: http.StatusTooManyRequests, Retry: time.Second},
	{Err: inference.ErrClosed, Status: http.StatusServiceUnavailable, Retry: time.Second},
	{Err: inference.ErrNoModel, Status: http.StatusServiceUnavailable},
	{Err: inference.ErrBroken, Status: http.StatusServiceUnavailable},
}

func bad(format string, args ...any) *services.Error {
	return &services.Error{Status: http.StatusBadRequest, Kind: "bad_request", Message: fmt.Sprintf(format, args...)}
}
