package engine

import (
	"errors"
	"time"

	"amalfa/models"
	"amalfa/onnx"
	"amalfa/services"
)

// A Kind ties an error that a caller acts on to what the wire says of it.
type Kind struct {
	Err    error
	Word   string // [services.Error]'s kind
	Status int
	Hint   string // unless the error itself knows a better one
	Retry  time.Duration
}

// Kinds are those of one service, for both ends of the connection.
type Kinds []Kind

// Wire gives an error its kind and status. What it does not know it returns as
// it is.
func (ks Kinds) Wire(err error) error {
	for _, k := range ks {
		if errors.Is(err, k.Err) {
			return &services.Error{Status: k.Status, Kind: k.Word, Message: err.Error(), Hint: Hint(err, k.Hint), RetryAfter: k.Retry}
		}
	}
	return err
}

// Unwire is Wire's other end: the error is again the one it was made of.
func (ks Kinds) Unwire(err error) error {
	var e *services.Error
	if !errors.As(err, &e) {
		return err
	}
	for _, k := range ks {
		if e.Kind == k.Word {
			return wired{err, k.Err}
		}
	}
	return err
}

// wired is an error from the wire, whose message already tells the kind.
type wired struct {
	error
	kind error
}

func (w wired) Unwrap() []error { return []error{w.error, w.kind} }

// Hint is what to do about a model that cannot be used, else fallback.
func Hint(err error, fallback string) string {
	var missing *models.MissingError
	switch {
	case errors.As(err, &missing):
		return missing.Hint()
	case errors.Is(err, onnx.ErrUnsupported):
		return "build amalfa again where a C compiler is installed"
	}
	return fallback
}
