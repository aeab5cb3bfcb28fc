package services

import (
	"errors"
	"time"
)

// A Sentinel is an error that callers act on, with the word that the wire has
// for it and what to do about it.
type Sentinel interface {
	error
	Kind() string
	Hint() string
}

// A Kind ties a sentinel to the status that the wire has for it.
type Kind struct {
	Err    Sentinel
	Status int
	Retry  time.Duration // after which to try again; 0 = not said
}

// Kinds are those of one service, for both ends of the connection.
type Kinds []Kind

// Encode gives an error its kind and status. What it does not know it returns
// as it is.
func (ks Kinds) Encode(err error) error {
	for _, k := range ks {
		if errors.Is(err, k.Err) {
			return &Error{Status: k.Status, Kind: k.Err.Kind(), Message: err.Error(), Hint: Hint(err), RetryAfter: k.Retry}
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
		if e.Kind == k.Err.Kind() {
			return decoded{err, k.Err}
		}
	}
	return err
}

// decoded is an error from the wire, whose message already tells the kind.
type decoded struct {
	error
	kind Sentinel
}

func (d decoded) Unwrap() []error { return []error{d.error, d.kind} }

// Hint is what an error says is to be done about it, "" for nothing.
func Hint(err error) string {
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return h.Hint()
	}
	return ""
}
