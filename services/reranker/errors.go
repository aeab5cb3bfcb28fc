package reranker

import (
	"fmt"
	"net/http"
	"time"

	"amalfa/services"
	"amalfa/services/engine"
)

// kinds ties the words on the wire to the errors of this package.
var kinds = engine.Kinds{
	{Err: ErrEmpty, Word: "empty_text", Status: http.StatusBadRequest, Hint: "send a query and at least one document"},
	{Err: ErrTooLarge, Word: "too_large", Status: http.StatusRequestEntityTooLarge, Hint: "send smaller requests"},
	{Err: ErrTooLong, Word: "too_long", Status: http.StatusRequestEntityTooLarge, Hint: "let it be cut"},
	{Err: ErrBusy, Word: "busy", Status: http.StatusTooManyRequests, Hint: "try again in a moment", Retry: time.Second},
	{Err: ErrClosed, Word: "stopping", Status: http.StatusServiceUnavailable, Hint: "try again in a moment", Retry: time.Second},
	{Err: ErrOtherModel, Word: "other_model", Status: http.StatusNotFound, Hint: `run "amalfa models pull NAME", name it in reranker.model and restart the reranker`},
	{Err: ErrNoModel, Word: "no_model", Status: http.StatusServiceUnavailable, Hint: `run "amalfa doctor" to see what is missing`},
	{Err: ErrBroken, Word: "broken_model", Status: http.StatusServiceUnavailable, Hint: `run "amalfa models verify"`},
}

func bad(format string, args ...any) *services.Error {
	return &services.Error{Status: http.StatusBadRequest, Kind: "bad_request", Message: fmt.Sprintf(format, args...)}
}
