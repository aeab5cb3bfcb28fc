package vector

import (
	"net/http"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/services"
)

// kinds has the errors of an engine that a client acts on.
var kinds = services.Kinds{
	http.StatusNotFound:              {inference.ErrUnknownModel},
	http.StatusRequestEntityTooLarge: {inference.ErrTooLarge},
	http.StatusUnprocessableEntity:   {embed.ErrEmpty, embed.ErrTooLong, embed.ErrTokens},
	http.StatusTooManyRequests:       {inference.ErrBusy},
	http.StatusServiceUnavailable:    {inference.ErrClosed, inference.ErrNoModel, inference.ErrBroken},
}
