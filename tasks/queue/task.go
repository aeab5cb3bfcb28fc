package queue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The types of tasks.
const (
	Synthesis    = "synthesis"
	Timeline     = "timeline"
	EnhanceBatch = "enhance_batch"
	Garden       = "garden"
	Research     = "research"
	Chat         = "chat"
)

// Types are all of them.
func Types() []string { return []string{Synthesis, Timeline, EnhanceBatch, Garden, Research, Chat} }

// A Task is the content of a task's file. Members that are not known are left alone.
type Task struct {
	Type      string `json:"type"`
	Query     string `json:"query,omitempty"`     // of research
	Message   string `json:"message,omitempty"`   // of chat
	SessionID string `json:"sessionId,omitempty"` // of chat
	Model     string `json:"model,omitempty"`     // "" for the usual one
	MinSize   int    `json:"minSize,omitempty"`   // of communities, in notes; 0 for the default
	Limit     int    `json:"limit,omitempty"`     // of what is worked on; 0 for the type's own
	AutoApply bool   `json:"autoApply,omitempty"` // change notes, and not only say how
	Notify    *bool  `json:"notify,omitempty"`    // nil for yes
}

// Bounds on a task, in bytes where nothing else is said.
const (
	maxFile    = 64 << 10
	maxQuery   = 8 << 10 // a question of search's
	maxMessage = 32 << 10
	maxLimit   = 1000 // notes, communities or pairs
)

// ErrTask reports what is no task.
var ErrTask = errors.New("not a task")

// Parse reads a task's file. Errors wrap ErrTask.
func Parse(data []byte) (t Task, err error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // as some editors begin a file
	if len(data) > maxFile {
		return t, fmt.Errorf("%w: larger than %d KiB", ErrTask, maxFile>>10)
	}
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil || whole == nil {
		return t, fmt.Errorf("%w: not an object of JSON", ErrTask)
	}
	if err := json.Unmarshal(data, &t); err != nil {
		if typ, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return t, fmt.Errorf("%w: %s cannot be a %s", ErrTask, typ.Field, typ.Value)
		}
		return t, fmt.Errorf("%w: %w", ErrTask, err)
	}
	return t, t.Check()
}

// Check refuses what cannot be done. Its error wraps ErrTask.
func (t Task) Check() error {
	wrong := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrTask}, args...)...)
	}
	switch {
	case t.Type == "":
		return wrong("it has no type: one of %s", strings.Join(Types(), ", "))
	case !slices.Contains(Types(), t.Type):
		return wrong("unknown type %.60q: one of %s", t.Type, strings.Join(Types(), ", "))
	case t.Limit < 0 || t.Limit > maxLimit:
		return wrong("limit is 1 to %d", maxLimit)
	case t.MinSize < 0 || t.MinSize > 1_000_000:
		return wrong("minSize is 1 to 1,000,000")
	case len(t.Query) > maxQuery:
		return wrong("query is longer than %d KiB", maxQuery>>10)
	case len(t.Message) > maxMessage:
		return wrong("message is longer than %d KiB", maxMessage>>10)
	case t.Type == Research && strings.TrimSpace(t.Query) == "":
		return wrong("research needs a query")
	case t.Type == Chat && strings.TrimSpace(t.Message) == "":
		return wrong("chat needs a message")
	}
	return nil
}

// Notifies tells whether a person is told of its end.
func (t Task) Notifies() bool { return t.Notify == nil || *t.Notify }
