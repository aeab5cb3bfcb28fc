package services

import (
	"errors"
	"time"
)

// A Kind ties an error that a caller acts on to what the wire says of it.
type Kind struct {
	Err    error
	Word   string // [Error]'s kind
	Status int
	Hint   string // unless the error itself knows a better one
	Retry  time.Duration
}

// Kinds are those of one service, for both ends of the connection.
type Kinds []Kind

// Encode gives an error its kind and status. What it does not know it returns
// as it is.
func (ks Kinds) Encode(err error) error {
	for _, k := range ks {
		if errors.Is(err, k.Err) {
			return &Error{Status: k.Status, Kind: k.Word, Message: err.Error(), Hint: Hint(err, k.Hint), RetryAfter: k.Retry}
		}
	}
	return err
}

// Decode is Encode's other end: the error is again the one it was made of.
func (ks Kinds) Decode(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	for _, k := range ks {
		if e.Kind == k.Word {
			return decoded{err, k.Err}
		}
	}
	return err
}

// decoded is an error from the wire, whose message already tells the kind.
type decoded struct {
	error
	kind error
}

func (d decoded) Unwrap() []error { return []error{d.error, d.kind} }

// Hint is what an error says is to be done about it, else fallback.
func Hint(err error, fallback string) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) && h.Hint() != "" {
		return h.Hint()
	}
	return fallback
}
