package vector

import (
	"net/http"
	"time"

	"amalfa/inference/embed"
	"amalfa/services"
)

// kinds ties the words on the wire to the errors of [embed].
var kinds = services.Kinds{
	{Err: embed.ErrEmpty, Word: "empty_text", Status: http.StatusUnprocessableEntity, Hint: "leave empty texts out"},
	{Err: embed.ErrTooLarge, Word: "too_large", Status: http.StatusRequestEntityTooLarge, Hint: "send smaller requests"},
	{Err: embed.ErrTooLong, Word: "too_long", Status: http.StatusUnprocessableEntity, Hint: "let it be cut or chunked"},
	{Err: embed.ErrTokens, Word: "tokens", Status: http.StatusUnprocessableEntity, Hint: "send text, or tokens of this model's own tokenizer"},
	{Err: embed.ErrBusy, Word: "busy", Status: http.StatusTooManyRequests, Hint: "try again in a moment", Retry: time.Second},
	{Err: embed.ErrClosed, Word: "stopping", Status: http.StatusServiceUnavailable, Hint: "try again in a moment", Retry: time.Second},
	{Err: embed.ErrUnknownModel, Word: "unknown_model", Status: http.StatusNotFound, Hint: `run "amalfa models pull NAME" with a name that "amalfa models list" shows`},
	{Err: embed.ErrNoModel, Word: "no_model", Status: http.StatusServiceUnavailable, Hint: `run "amalfa doctor" to see what is missing`},
	{Err: embed.ErrBroken, Word: "broken_model", Status: http.StatusServiceUnavailable, Hint: `run "amalfa models verify"`},
}
