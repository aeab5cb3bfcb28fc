package mcp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"amalfa/store"

	"go.uber.org/zap"
)

// lagTimeout is how long memory_status waits for a count of the changed files.
const lagTimeout = 200 * time.Millisecond

type noIn struct{}

type statusOut struct {
	State      string  `json:"state" jsonschema:"ready, or no_index, or failed"`
	Reason     *string `json:"reason" jsonschema:"why state is not ready, and what to do"`
	Workspace  string  `json:"workspace"`
	Version    string  `json:"version"`
	Notes      int     `json:"notes"`
	Chunks     int     `json:"chunks"`
	Edges      int     `json:"edges"`
	Tags       int     `json:"tags"`
	Broken     int     `json:"broken_links" jsonschema:"links that no note and no file answers to"`
	DBBytes    int64   `json:"db_bytes"`
	Model      *string `json:"model" jsonschema:"embedding model that built the index"`
	Semantic   string  `json:"semantic" jsonschema:"search by meaning: off, idle, loading, ready, or unavailable with the reason"`
	IndexLag   lag     `json:"index_lag"`
	Scratchpad int     `json:"scratchpad_entries"`
}

func statusTool() tool {
	return tool{
		name:  "memory_status",
		title: "State of the memory",
		description: "Tell whether the memory is ready, how many notes it holds, whether search by meaning works now, and how many changed " +
			"files it does not know yet. Use it when answers look old, empty or degraded. Works without an index and says how to make one.",
	}
}

func (s *Server) status(ctx context.Context, _ noIn) (answer[statusOut], error) {
	out := statusOut{State: "ready", Workspace: s.o.Root, Version: s.o.Version, Semantic: s.embed.status()}
	err := s.index.with(ctx, func(h *handle) error {
		st, err := h.Stats(ctx)
		if err != nil {
			return err
		}
		out.Notes, out.Chunks, out.Edges, out.Tags, out.Broken = st.Notes, st.Chunks, st.Edges, st.Tags, st.Broken
		out.DBBytes, out.Model = st.Bytes, orNull(st.Model.Name)
		return nil
	})
	if ctx.Err() != nil {
		return answer[statusOut]{}, ctx.Err()
	}
	if err != nil {
		out.State, out.Reason = "failed", orNull(err.Error())
		if errors.Is(err, store.ErrNoIndex) {
			out.State = "no_index"
		}
	} else {
		waiting, cancel := context.WithTimeout(ctx, lagTimeout)
		defer cancel()
		out.IndexLag = s.lag.wait(waiting)
	}
	if s.o.Scratchpad != nil {
		entries, err := s.o.Scratchpad.List()
		s.warn("List scratchpad", err)
		out.Scratchpad = len(entries)
	}
	return answer[statusOut]{out, out.format()}, nil
}

func (o statusOut) format() string {
	var b strings.Builder
	fmt.Fprintf(&b, "State: %s\n", o.State)
	if o.Reason != nil {
		fmt.Fprintf(&b, "%s\n", *o.Reason)
	}
	fmt.Fprintf(&b, "Workspace: %s\nNotes: %d · passages: %d · links: %d, %d broken · tags: %d\n", oneLine(o.Workspace), o.Notes, o.Chunks, o.Edges, o.Broken, o.Tags)
	if o.Model != nil {
		fmt.Fprintf(&b, "Model: %s\n", *o.Model)
	}
	fmt.Fprintf(&b, "Search by meaning: %s\n", oneLine(o.Semantic))
	if n := o.IndexLag.Files; n != nil {
		fmt.Fprintf(&b, "Changed files not indexed yet: %d\n", *n)
	}
	return b.String()
}

// warn logs what an answer can do without.
func (s *Server) warn(what string, err error) {
	if err != nil {
		s.o.Log.Warn(what, zap.Error(err))
	}
}

// lagMaxAge is the age from which a counted index lag is counted anew.
const lagMaxAge = 10 * time.Second

type lag struct {
	Files *int `json:"files" jsonschema:"files changed on disk that the index does not hold yet; null when not counted"`
}

// A lagMeter counts the index lag in the background: looking at every file must not delay an answer.
type lagMeter struct {
	count    func(context.Context) (int, error) // nil: never known
	lifetime context.Context

	mu      sync.Mutex
	files   *int
	counted time.Time
	done    chan struct{} // non-nil while a count runs
	running sync.WaitGroup
}

// known returns the last count, and begins a new one when that is not fresh.
func (m *lagMeter) known() lag {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refresh()
	return lag{m.files}
}

// wait returns a fresh count, or what is known when ctx ends first.
func (m *lagMeter) wait(ctx context.Context) lag {
	m.mu.Lock()
	m.refresh()
	done := m.done
	m.mu.Unlock()
	if done != nil {
		select {
		case <-done:
		case <-ctx.Done():
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return lag{m.files}
}

func (m *lagMeter) refresh() {
	fresh := m.files != nil && time.Since(m.counted) < lagMaxAge
	if m.count == nil || m.done != nil || fresh || m.lifetime.Err() != nil {
		return
	}
	done := make(chan struct{})
	m.done = done
	m.running.Add(1)
	go func() {
		defer m.running.Done()
		n, err := m.count(m.lifetime)
		m.mu.Lock()
		defer m.mu.Unlock()
		m.done = nil
		close(done)
		if m.files = nil; err == nil {
			m.files, m.counted = &n, time.Now()
		}
	}()
}
