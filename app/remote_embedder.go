package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"

	"amalfa/inference/embed"
	"amalfa/ingest"
	"amalfa/models"
	"amalfa/services/remote"
	"amalfa/store"
)

// A urlEmbedder has the server of embeddings.url make vectors, and tells by the probe in each answer whose they are. Safe for concurrent
// use.
type urlEmbedder struct {
	w     *Workspace
	at    *remote.Embedder
	index store.Store // that the vectors are for; nil: the workspace's, as it is when it is looked at
	local func(ctx context.Context, text string) (embed.Vector, error)

	mu     sync.Mutex
	active store.Model          // of the index
	probes map[string][]float32 // by digest
}

// An OtherModelError says that a server does not have the model of the index.
type OtherModelError struct {
	Host, Model string
	Cosine      float64
	Unknown     bool // the index says nothing to compare with
}

func (e *OtherModelError) Error() string {
	if e.Unknown {
		return fmt.Sprintf("whether the model at %s is the one of the index (%s) cannot be told: the index has no vector of the probe text", e.Host, e.Model)
	}
	return fmt.Sprintf("the model at %s is not the one of the index (%s): the cosine of the probe text's vectors is %.4f, and at least %.4g of one model", e.Host, e.Model, e.Cosine, remote.Same)
}

// Hint says what to do about it.
func (e *OtherModelError) Hint() string {
	if e.Unknown {
		return `run "amalfa init" once where that model is, or begin anew: amalfa init --force`
	}
	return `serve the model of the index there, or embed all notes again: amalfa init --force`
}

// vectors are of the server's model, and name it as the index does.
func (u *urlEmbedder) vectors(ctx context.Context, texts []string, o embed.Options) ([]embed.Vector, error) {
	asked, cancel := interactive(ctx, o)
	defer cancel()
	got, err := u.at.Embed(asked, texts, o)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	host, _ := u.at.Host()
	if err != nil {
		return nil, fmt.Errorf("vectors from %s: %w", host, err)
	}
	model, err := u.identify(ctx, host, got)
	if err != nil {
		return nil, err
	}
	out := make([]embed.Vector, len(texts))
	for i, v := range got.Values {
		out[i] = embed.Vector{Values: v, Model: model.Name, Digest: model.Digest}
	}
	return out, nil
}

// identify tells which model has answered: one whose probe the index has, or a new one where the settings name another than the index.
func (u *urlEmbedder) identify(ctx context.Context, host string, got remote.Vectors) (store.Model, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if m, ok := u.known(got.Probe); ok {
		return m, nil
	}
	if err := u.look(ctx); err != nil {
		return store.Model{}, err
	}
	if m, ok := u.known(got.Probe); ok {
		return m, nil
	}
	m := store.Model{Digest: got.Digest, Name: u.name(), Dim: len(got.Probe)}
	if m.Digest == "" {
		sum := sha256.Sum256(fmt.Appendf(nil, "by url\n%s\n%d", m.Name, m.Dim))
		m.Digest = hex.EncodeToString(sum[:])
	}
	other := &OtherModelError{Host: host, Model: m.Name}
	switch before, met := u.probes[m.Digest]; {
	case met:
		other.Cosine = remote.Cosine(before, got.Probe)
		return m, other
	case u.active.Digest != "" && strings.EqualFold(u.active.Name, m.Name):
		probe := u.probes[u.active.Digest]
		other.Cosine, other.Unknown = remote.Cosine(probe, got.Probe), probe == nil
		return m, other
	}
	u.probes[m.Digest] = got.Probe
	return m, nil
}

// known is the model that made a probe, if the index has one alike.
func (u *urlEmbedder) known(probe []float32) (store.Model, bool) {
	for _, digest := range append([]string{u.active.Digest}, keysOf(u.probes)...) {
		if remote.Cosine(u.probes[digest], probe) >= remote.Same {
			m := store.Model{Digest: digest, Name: u.name(), Dim: len(probe)}
			if digest == u.active.Digest {
				m.Name = u.active.Name
			}
			return m, true
		}
	}
	return store.Model{}, false
}

func keysOf(m map[string][]float32) (keys []string) {
	for k := range m {
		keys = append(keys, k)
	}
	return keys
}

// name is that of the settings' model, as the catalogue has it where it does.
func (u *urlEmbedder) name() string {
	if m, ok := models.Lookup(u.w.Settings.Embeddings.Model); ok {
		return m.Name
	}
	return u.w.Settings.Embeddings.Model
}

// look reads what the index has to compare with. One that was made before indexes had probes gets one from the same model on this
// machine, where that is here.
func (u *urlEmbedder) look(ctx context.Context) error {
	st, end, err := u.open(ctx)
	if errors.Is(err, store.ErrNoIndex) {
		err = nil
	}
	if st == nil || err != nil {
		u.active = store.Model{}
		if u.probes == nil {
			u.probes = map[string][]float32{}
		}
		return err
	}
	defer end()
	made := u.probes
	if u.active, err = st.ActiveModel(ctx); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if u.probes, err = ingest.Probes(ctx, st); err != nil {
		return err
	}
	for digest, probe := range made { // of a model whose first vectors are on their way
		if u.probes[digest] == nil {
			u.probes[digest] = probe
		}
	}
	if u.active.Digest == "" || u.probes[u.active.Digest] != nil {
		return nil
	}
	if files, err := u.w.FindModel(); err == nil && files.Digest == u.active.Digest {
		v, err := u.local(ctx, remote.ProbeText)
		if err != nil {
			return err
		}
		embed.Normalize(v.Values)
		u.probes[u.active.Digest] = v.Values
	}
	return nil
}

func (u *urlEmbedder) open(ctx context.Context) (store.Store, func(), error) {
	if u.index != nil {
		return u.index, func() {}, nil
	}
	st, err := u.w.ReadIndex(ctx)
	if err != nil {
		return nil, nil, err
	}
	return st, func() { _ = st.Close() }, nil
}
