package reranker

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"amalfa/models"
	"amalfa/onnx"
	"amalfa/services"
)

// kinds ties the words on the wire to the errors of this package, for both
// ends of the connection.
var kinds = []struct {
	err    error
	kind   string
	status int
	hint   string
	retry  time.Duration
}{
	{ErrEmpty, "empty_text", http.StatusBadRequest, "send a query and at least one document", 0},
	{ErrTooLarge, "too_large", http.StatusRequestEntityTooLarge, "send smaller requests", 0},
	{ErrTooLong, "too_long", http.StatusRequestEntityTooLarge, "let it be cut", 0},
	{ErrBusy, "busy", http.StatusTooManyRequests, "try again in a moment", time.Second},
	{ErrClosed, "stopping", http.StatusServiceUnavailable, "try again in a moment", time.Second},
	{ErrOtherModel, "other_model", http.StatusNotFound, `run "amalfa models pull NAME", name it in reranker.model and restart the reranker`, 0},
	{ErrNoModel, "no_model", http.StatusServiceUnavailable, `run "amalfa doctor" to see what is missing`, 0},
	{ErrBroken, "broken_model", http.StatusServiceUnavailable, `run "amalfa models verify"`, 0},
}

// wireError gives an error of the engine its kind and status. What it does not
// know it returns as it is.
func wireError(err error) error {
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return &services.Error{Status: k.status, Kind: k.kind, Message: err.Error(), Hint: hint(err, k.hint), RetryAfter: k.retry}
		}
	}
	return err
}

func hint(err error, fallback string) string {
	var missing *models.MissingError
	switch {
	case errors.As(err, &missing):
		return missing.Hint()
	case errors.Is(err, onnx.ErrUnsupported):
		return "build amalfa again where a C compiler is installed"
	}
	return fallback
}

// unwire is wireError's other end.
func unwire(err error) error {
	var e *services.Error
	if !errors.As(err, &e) {
		return err
	}
	for _, k := range kinds {
		if e.Kind == k.kind {
			return fmt.Errorf("%w: %w", k.err, err)
		}
	}
	return err
}

func bad(format string, args ...any) *services.Error {
	return &services.Error{Status: http.StatusBadRequest, Kind: "bad_request", Message: fmt.Sprintf(format, args...)}
}
