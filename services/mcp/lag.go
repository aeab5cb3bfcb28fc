package mcp

import (
	"context"
	"sync"
	"time"
)

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
