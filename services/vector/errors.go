package vector

import (
	"net/http"
	"time"

	"amalfa/services/engine"
)

// kinds ties the words on the wire to the errors of this package.
var kinds = engine.Kinds{
	{Err: ErrEmpty, Word: "empty_text", Status: http.StatusUnprocessableEntity, Hint: "leave empty texts out"},
	{Err: ErrTooLarge, Word: "too_large", Status: http.StatusRequestEntityTooLarge, Hint: "send smaller requests"},
	{Err: ErrTooLong, Word: "too_long", Status: http.StatusUnprocessableEntity, Hint: "let it be cut or chunked"},
	{Err: ErrTokens, Word: "tokens", Status: http.StatusUnprocessableEntity, Hint: "send text, or tokens of this model's own tokenizer"},
	{Err: ErrBusy, Word: "busy", Status: http.StatusTooManyRequests, Hint: "try again in a moment", Retry: time.Second},
	{Err: ErrClosed, Word: "stopping", Status: http.StatusServiceUnavailable, Hint: "try again in a moment", Retry: time.Second},
	{Err: ErrUnknownModel, Word: "unknown_model", Status: http.StatusNotFound, Hint: `run "amalfa models pull NAME" with a name that "amalfa models list" shows`},
	{Err: ErrNoModel, Word: "no_model", Status: http.StatusServiceUnavailable, Hint: `run "amalfa doctor" to see what is missing`},
	{Err: ErrBroken, Word: "broken_model", Status: http.StatusServiceUnavailable, Hint: `run "amalfa models verify"`},
}

func wireError(err error) error { return kinds.Wire(err) }

func unwire(err error) error { return kinds.Unwire(err) }
