package reranker

import (
	"fmt"
	"net/http"
	"time"

	"amalfa/inference/rerank"
	"amalfa/services"
)

// kinds ties the words on the wire to the errors of [rerank].
var kinds = services.Kinds{
	{Err: rerank.ErrEmpty, Word: "empty_text", Status: http.StatusBadRequest, Hint: "send a query and at least one document"},
	{Err: rerank.ErrTooLarge, Word: "too_large", Status: http.StatusRequestEntityTooLarge, Hint: "send smaller requests"},
	{Err: rerank.ErrTooLong, Word: "too_long", Status: http.StatusRequestEntityTooLarge, Hint: "let it be cut"},
	{Err: rerank.ErrBusy, Word: "busy", Status: http.StatusTooManyRequests, Hint: "try again in a moment", Retry: time.Second},
	{Err: rerank.ErrClosed, Word: "stopping", Status: http.StatusServiceUnavailable, Hint: "try again in a moment", Retry: time.Second},
	{Err: rerank.ErrOtherModel, Word: "other_model", Status: http.StatusNotFound, Hint: `run "amalfa models pull NAME", name it in reranker.model and restart the reranker`},
	{Err: rerank.ErrNoModel, Word: "no_model", Status: http.StatusServiceUnavailable, Hint: `run "amalfa doctor" to see what is missing`},
	{Err: rerank.ErrBroken, Word: "broken_model", Status: http.StatusServiceUnavailable, Hint: `run "amalfa models verify"`},
}

func bad(format string, args ...any) *services.Error {
	return &services.Error{Status: http.StatusBadRequest, Kind: "bad_request", Message: fmt.Sprintf(format, args...)}
}
