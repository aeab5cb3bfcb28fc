package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"amalfa/store"
)

// refusals are the passages that a model refuses. They are kept with the index, so that nobody asks again for a text that is as it was.
type refusals struct {
	Model    string            `json:"model"`    // its digest
	Passages map[string]string `json:"passages"` // why, by hash
}

const (
	refusalsName = "refused passages"
	// maxRefusals bounds what is kept; the others are asked again by the next run.
	maxRefusals = 10_000
)

// readRefusals returns those of a model.
func readRefusals(ctx context.Context, st store.Store, digest string) (r refusals, err error) {
	text, err := st.Remark(ctx, refusalsName)
	if err != nil {
		return r, err
	}
	if json.Unmarshal([]byte(text), &r) != nil || r.Model != digest || r.Passages == nil { // none, or of another model
		r = refusals{Model: digest, Passages: make(map[string]string)}
	}
	return r, nil
}

// write keeps them with the index.
func (r refusals) write(ctx context.Context, st store.Store) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return st.SetRemark(ctx, refusalsName, string(text))
}

// keepRefused adds what a batch met.
func (m *maker) keepRefused(ctx context.Context, refused map[string]error) error {
	for hash, why := range refused {
		if len(m.queue.refused.Passages) < maxRefusals {
			m.queue.refused.Passages[hash] = why.Error()
		}
		m.queue.met[hash] = true
	}
	if len(refused) == 0 {
		return nil
	}
	return locked(ctx, m.WriterLock, func() error { return m.queue.refused.write(ctx, m.Store) })
}

// forgetRefused drops those that no note has any more.
func (m *maker) forgetRefused(ctx context.Context, inUse map[string]bool) error {
	before := len(m.queue.refused.Passages)
	maps.DeleteFunc(m.queue.refused.Passages, func(hash, _ string) bool { return !inUse[hash] })
	if len(m.queue.refused.Passages) == before {
		return nil
	}
	return locked(ctx, m.WriterLock, func() error { return m.queue.refused.write(ctx, m.Store) })
}

// Refused tells which notes have passages that the model of the index refuses, and why: by id.
func Refused(ctx context.Context, st store.Store) (map[string]string, error) {
	active, err := st.ActiveModel(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r, err := readRefusals(ctx, st, active.Digest)
	if err != nil || len(r.Passages) == 0 {
		return nil, err
	}
	waiting, err := st.Waiting(ctx, active.Digest, nil)
	why := make(map[string]string)
	for i := 0; i < len(waiting) && err == nil; i++ {
		var lacking map[string]int
		lacking, err = st.WaitingPassages(ctx, active.Digest, waiting[i].ID)
		if n, reason := r.among(lacking); n > 0 {
			why[waiting[i].ID] = fmt.Sprintf("%d of its passages without a vector: the model refuses %s: %s", n, map[bool]string{true: "it", false: "them"}[n == 1], reason)
		}
	}
	return why, err
}

// among counts the refused ones among some passages, and says why the first is.
func (r refusals) among(passages map[string]int) (n int, reason string) {
	for _, hash := range slices.Sorted(maps.Keys(passages)) {
		if why, ok := r.Passages[hash]; ok {
			if n++; n == 1 {
				reason = why
			}
		}
	}
	return n, reason
}
