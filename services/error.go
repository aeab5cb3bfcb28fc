package services

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// errorBodyLimit is how much of an error reply ReadError looks at.
const errorBodyLimit = 64 << 10

// Error is what a service answers when it cannot do what was asked. On the wire
// it is {"error":{"kind","message","hint"}} with the status Status.
type Error struct {
	Status     int    // HTTP status, 400 to 599
	Kind       string // a stable word that programs compare: "too_large"
	Message    string // one line for people; never the text of a request
	Advice     string // what to do about it; "" = nothing to add
	RetryAfter time.Duration
}

func (e *Error) Error() string { return e.Message }

// Hint says in one line what to do about it.
func (e *Error) Hint() string { return e.Advice }

// Sentence is the message with its hint, for dialects whose errors are one text.
func (e *Error) Sentence() string {
	if e.Advice == "" {
		return e.Message
	}
	return e.Message + " (" + e.Advice + ")"
}

// ErrorBody is an [Error] on the wire.
type ErrorBody struct {
	Error struct {
		Kind    string `json:"kind"`
		Message string `json:"message"`
		Hint    string `json:"hint"`
	} `json:"error"`
}

// WriteError answers with err in our own shape, as [Report] sees it.
func WriteError(w http.ResponseWriter, err error) {
	e := Report(w, err)
	var body ErrorBody
	body.Error.Kind, body.Error.Message, body.Error.Hint = e.Kind, e.Message, e.Advice
	WriteJSON(w, e.Status, body)
}

// Report returns what a client may know of err and sets Retry-After on w; how it is written is the route's dialect. An error
// that is not an [Error] becomes 503 when it reports an ended context, and otherwise 500 with a fixed message: its own text
// goes to the server's log, since it may name paths or secrets.
func Report(w http.ResponseWriter, err error) *Error {
	if n, ok := w.(interface{ note(error) }); ok {
		n.note(err)
	}
	e := asError(err)
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	return e
}

func asError(err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, ErrStopping), errors.Is(err, context.Canceled):
		return errStopping()
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Status: http.StatusServiceUnavailable, Kind: "timeout", Message: "the request took too long", RetryAfter: time.Second}
	}
	return &Error{Status: http.StatusInternalServerError, Kind: "internal", Message: "internal error", Advice: "the service's log has the cause"}
}

func errStopping() *Error {
	return &Error{Status: http.StatusServiceUnavailable, Kind: "stopping", Message: "the service is stopping",
		Advice: "try again in a moment", RetryAfter: time.Second}
}

// WriteJSON answers with v as JSON. A value that JSON cannot hold (NaN, an
// infinity, a channel) is answered as 500 and nothing of it is sent.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		WriteError(w, fmt.Errorf("encode reply: %w", err))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)+1))
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client has gone: nobody is left to tell
}

// ReadError turns an error reply into the [Error] that the service wrote. A body of another shape gives the kind "http" and
// the status text. It reads at most 64 KiB and leaves closing the body to the caller.
func ReadError(resp *http.Response) error {
	e := &Error{Status: resp.StatusCode, Kind: "http", Message: resp.Status}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		e.RetryAfter = time.Duration(s) * time.Second
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, errorBodyLimit))
	if err != nil {
		return fmt.Errorf("read error reply %s: %w", resp.Status, err)
	}
	var body ErrorBody
	if json.Unmarshal(data, &body) == nil && body.Error.Kind != "" {
		e.Kind, e.Message, e.Advice = body.Error.Kind, body.Error.Message, body.Error.Hint
	}
	return e
}

// A Sentinel is an error that callers act on, with the word that the wire has for it, what to do about it, and after which
// time it may be gone (0 = not by itself).
type Sentinel interface {
	error
	Kind() string
	Hint() string
	RetryAfter() time.Duration
}

// Kinds are the sentinels of one service by their HTTP status, for both ends of the connection.
type Kinds map[int][]Sentinel

// Encode gives an error the kind and status of its outermost sentinel. What it does not know it returns as it is.
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
