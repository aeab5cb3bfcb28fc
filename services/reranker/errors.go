package reranker

import (
	"fmt"
	"net/http"

	"amalfa/inference"
	"amalfa/inference/rerank"
	"amalfa/services"
)

// kinds has the errors of an engine that a client acts on.
var kinds = services.Kinds{
	http.StatusBadRequest:            {rerank.ErrEmpty},
	http.StatusNotFound:              {rerank.ErrOtherModel},
	http.StatusRequestEntityTooLarge: {rerank.ErrTooLong, inference.ErrTooLarge},
	http.StatusTooManyRequests:       {inference.ErrBusy},
	http.StatusServiceUnavailable:    {inference.ErrClosed, inference.ErrNoModel, inference.ErrBroken},
}

func bad(format string, args ...any) *services.Error {
	return &services.Error{Status: http.StatusBadRequest, Kind: "bad_request", Message: fmt.Sprintf(format, args...)}
}
