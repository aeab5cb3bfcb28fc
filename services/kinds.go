package services

import (
	"errors"
	"slices"
	"time"
)

// A Sentinel is an error that callers act on, with the word that the wire has
// for it, what to do about it, and after which time it may be gone (0 = not by
// itself).
type Sentinel interface {
	error
	Kind() string
	Hint() string
	RetryAfter() time.Duration
}

// Kinds are the sentinels of one service by their HTTP status, for both ends of
// the connection.
type Kinds map[int][]Sentinel

// Encode gives an error the kind and status of its outermost sentinel. What it
// does not know it returns as it is.
func (ks Kinds) Encode(err error) error {
	sentinel, _ := errors.AsType[Sentinel](err)
	for status, sentinels := range ks {
		if slices.Contains(sentinels, sentinel) {
			return &Error{Status: status, Kind: sentinel.Kind(), Message: err.Error(), Advice: Hint(err), RetryAfter: sentinel.RetryAfter()}
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
	for _, sentinels := range ks {
		for _, s := range sentinels {
			if e.Kind == s.Kind() {
				return decoded{err, s}
			}
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
