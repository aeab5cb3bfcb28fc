package sonar

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"amalfa/services"
)

// An eventWriter sends server-sent events, each flushed at once. The headers leave with the first event, so that an
// error before it can still have its own status.
type eventWriter struct {
	w       http.ResponseWriter
	started bool
}

// send writes one event that holds v as JSON.
func (e *eventWriter) send(v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return e.writeRaw(data)
}

// writeRaw writes one event; data holds no line break.
func (e *eventWriter) writeRaw(data []byte) error {
	if !e.started {
		e.w.Header().Set("Content-Type", "text/event-stream")
		e.w.Header().Set("Cache-Control", "no-store")
		e.started = true
	}
	if _, err := fmt.Fprintf(e.w, "data: %s\n\n", data); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return http.NewResponseController(e.w).Flush()
}

// errorBody is the error shape of sonar's own routes, for inside a stream.
func errorBody(err error) any {
	var body services.ErrorBody
	e := asServiceError(err)
	body.Error.Kind, body.Error.Message, body.Error.Hint = e.Kind, e.Message, e.Advice
	return body
}

// asServiceError gives the unforeseen a shape; its text stays inside.
func asServiceError(err error) *services.Error {
	if e, ok := errors.AsType[*services.Error](err); ok {
		return e
	}
	return &services.Error{Status: http.StatusInternalServerError, Kind: "internal", Message: "internal error"}
}
