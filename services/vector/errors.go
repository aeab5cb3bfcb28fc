package vector

import (
	"net/http"
	"time"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/services"
)

// kinds has the status of each error of an engine that a client acts on.
var kinds = services.Kinds{
	{Err: embed.ErrEmpty, Status: http.StatusUnprocessableEntity},
	{Err: embed.ErrTooLong, Status: http.StatusUnprocessableEntity},
	{Err: embed.ErrTokens, Status: http.StatusUnprocessableEntity},
	{Err: inference.ErrTooLarge, Status: http.StatusRequestEntityTooLarge},
	{Err: inference.ErrBusy, Status: http.StatusTooManyRequests, Retry: time.Second},
	{Err: inference.ErrClosed, Status: http.StatusServiceUnavailable, Retry: time.Second},
	{Err: inference.ErrUnknownModel, Status: http.StatusNotFound},
	{Err: inference.ErrNoModel, Status: http.StatusServiceUnavailable},
	{Err: inference.ErrBroken, Status: http.StatusServiceUnavailable},
}
