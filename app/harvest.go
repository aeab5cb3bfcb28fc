package app

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"amalfa/ingest"
	"amalfa/store"
	"amalfa/store/cache"
	kept "amalfa/tasks/answers"
	"amalfa/tasks/harvest"
)

// Bounds of harvest.
const (
	harvestBatch    = 64        // notes that are kept at once: what an interrupted run loses
	harvestMaxBytes = 256 << 20 // of what is kept
)

// A Harvest is what a run read.
type Harvest struct {
	Notes  int  `json:"notes"`
	Hits   int  `json:"hits"`   // notes that were read before
	Misses int  `json:"misses"` // notes that were read now
	Left   int  `json:"left"`   // notes that the budget left out
	Terms  int  `json:"terms"`  // of the whole lexicon
	Edges  int  `json:"edges"`
	DryRun bool `json:"dryRun"`

	Model    *string  `json:"model"` // the language model that read too
	Asked    int      `json:"asked"` // notes that it was asked about now
	Degraded []string `json:"degraded"`
}

// HarvestOptions narrow a harvest.
type HarvestOptions struct {
	Paths    []string      // files and folders; none for all
	Budget   time.Duration // 0 for as long as it takes
	NoModel  bool          // ask no language model
	Progress func(done, total int)
}

// A harvester reads notes, each once.
type harvester struct {
	*Workspace
	st    store.Store
	cache *cache.Cache
	read  ingest.Reader
	model *kept.Model // nil: none has a part
	held  []string    // what was not shown to it
	key   []byte      // of this user: what a stranger put into the cache has no address
}

// harvestCache is where what notes gave is kept.
func (w *Workspace) harvestCache() string {
	return filepath.Join(w.Folder.Dir(), "cache", "harvest.db")
}

func (w *Workspace) harvester(ctx context.Context) (h *harvester, done func(), err error) {
	h = &harvester{Workspace: w, read: ingest.NewReader()}
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return nil, nil, err
	}
	h.st = st
	keys, err := w.journalKeys()
	if err == nil {
		h.key = keys[0]
		err = w.Writable()
	}
	if err == nil {
		h.cache, err = cache.Open(ctx, w.harvestCache(), cache.Options{MaxBytes: harvestMaxBytes})
	}
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	return h, func() { _, _ = h.cache.Close(), st.Close() }, nil
}

// Harvest reads the notes that it has not read as they are, and keeps what it finds. Interrupted, it goes on where it was.
func (w *Workspace) Harvest(ctx context.Context, o HarvestOptions) (ans Harvest, err error) {
	h, done, err := w.harvester(ctx)
	if err != nil {
		return ans, err
	}
	defer done()
	list, err := h.notes(ctx, o.Paths)
	if err != nil {
		return ans, err
	}
	help, end, err := w.helper(ctx, o.NoModel, o.Budget)
	if err != nil {
		return ans, err
	}
	defer end()
	h.model = &kept.Model{Book: help.Book, Release: help.Release}
	if help.Asker != nil {
		ans.Model = &help.Model
	}
	ans.Notes = len(list)
	start := time.Now()
	for at := 0; at < len(list); at += harvestBatch {
		batch := list[at:min(at+harvestBatch, len(list))]
		if o.Budget > 0 && time.Since(start) > o.Budget {
			ans.Left = len(list) - at
			break
		}
		hits, err := h.batch(ctx, batch, func(done int) {
			if o.Progress != nil {
				o.Progress(at+done, len(list))
			}
		})
		if err != nil {
			return ans, err
		}
		ans.Hits, ans.Misses = ans.Hits+hits, ans.Misses+len(batch)-hits
	}
	ans.Asked, ans.Degraded = help.Asked, append([]string{}, help.Degraded()...)
	if len(h.held) > 0 {
		ans.Degraded = append(ans.Degraded, "held back on this machine: "+strings.Join(h.held, "; "))
	}
	all, err := h.lexicon(ctx, nil)
	if err != nil {
		return ans, err
	}
	ans.Terms = len(all)
	ans.Edges, err = w.putTerms(ctx, all)
	return ans, err
}

// notes are those in and below some paths.
func (h *harvester) notes(ctx context.Context, paths []string) (out []store.Note, err error) {
	all, err := h.st.List(ctx, "", "", 0)
	if err != nil || len(paths) == 0 {
		return all, err
	}
	for _, p := range paths {
		id, err := h.fileID(p)
		if err != nil {
			return nil, err
		}
		n := len(out)
		for _, note := range all {
			if id == "." || note.ID == id || strings.HasPrefix(note.ID, id+"/") {
				out = append(out, note)
			}
		}
		if len(out) == n {
			return nil, WithHint(fmt.Errorf("%s: %w", p, store.ErrNotFound), "name files or folders of notes that the index holds")
		}
	}
	slices.SortFunc(out, func(a, b store.Note) int { return strings.Compare(a.ID, b.ID) })
	return slices.CompactFunc(out, func(a, b store.Note) bool { return a.ID == b.ID }), nil
}

func (h *harvester) keyOf(n store.Note) cache.Key {
	return sha256.Sum256(fmt.Appendf(nil, "harvest\x00%x\x00%d\x00%s\x00%s", h.key, harvest.Version, n.ID, n.Hash))
}

// batch reads those of some notes that were not read before.
func (h *harvester) batch(ctx context.Context, batch []store.Note, progress func(done int)) (hits int, err error) {
	known, err := h.known(ctx, batch)
	if err != nil {
		return 0, err
	}
	found := map[cache.Key][]byte{}
	for i, n := range batch {
		progress(i)
		e, there := known[n.ID]
		if there && (h.model.Asker == nil || e.Model == h.model.Model) {
			hits++
			continue
		}
		better, err := h.extract(ctx, n)
		if err != nil {
			return hits, errors.Join(err, h.cache.Put(context.WithoutCancel(ctx), found))
		}
		if there && better.Model == "" { // as it was
			hits++
			continue
		}
		value, err := json.Marshal(better)
		if err != nil {
			return hits, err
		}
		found[h.keyOf(n)] = value
	}
	return hits, h.cache.Put(ctx, found)
}

// extract reads a note, with the language model where there is one.
func (h *harvester) extract(ctx context.Context, n store.Note) (harvest.Extract, error) {
	chunks, err := h.st.Chunks(ctx, n.ID)
	if err != nil {
		return harvest.Extract{}, err
	}
	own := harvest.From(n, chunks, h.read.Visible)
	e, _, held, err := harvest.Think(ctx, h.model, own, n, chunks, h.read.Visible)
	h.held = append(h.held, held...)
	return e, err
}

// known is what was kept of notes as they are now, by id.
func (h *harvester) known(ctx context.Context, list []store.Note) (map[string]harvest.Extract, error) {
	keys := make([]cache.Key, len(list))
	for i, n := range list {
		keys[i] = h.keyOf(n)
	}
	values, err := h.cache.Get(ctx, keys)
	if err != nil {
		return nil, err
	}
	out := make(map[string]harvest.Extract, len(values))
	for i, n := range list {
		var e harvest.Extract
		if value, ok := values[keys[i]]; ok && json.Unmarshal(value, &e) == nil {
			out[n.ID] = e
		}
	}
	return out, nil
}
