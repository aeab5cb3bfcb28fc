package ingest

import (
	"context"
	"encoding/json"
	"fmt"

	"amalfa/store"
)

// A Prober is an Embedder whose model can be told again later: Probe returns its vector of a text that is always the same.
type Prober interface {
	Probe(ctx context.Context) ([]float32, error)
}

// probesRemark has the version of that text in it.
const probesRemark = "probes 2"

// Probes returns the vectors of that text, by the digest of the model that made each: of those that have vectors in the index, as far as
// MakeVectors could ask them.
func Probes(ctx context.Context, st store.Store) (map[string][]float32, error) {
	text, err := st.Remark(ctx, probesRemark)
	probes := map[string][]float32{}
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &probes)
	}
	if err != nil {
		return nil, fmt.Errorf("read the probes of the index: %w", err)
	}
	return probes, nil
}

// keepProbe keeps the probe of the run's model with the index before any of its vectors are.
func (m *maker) keepProbe(ctx context.Context) error {
	prober, ok := m.Embedder.(Prober)
	if !ok {
		return nil
	}
	probes, err := Probes(ctx, m.Store)
	if err != nil || probes[m.model.Digest] != nil {
		return err
	}
	now, err := prober.Probe(ctx)
	if err != nil {
		return &EmbedderError{err}
	}
	keep := map[string][]float32{m.model.Digest: now}
	if active := probes[m.active.Digest]; active != nil {
		keep[m.active.Digest] = active
	}
	text, err := json.Marshal(keep)
	if err != nil {
		return err
	}
	return locked(ctx, m.WriterLock, func() error { return m.Store.SetRemark(ctx, probesRemark, string(text)) })
}
