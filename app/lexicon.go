package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/natefinch/atomic"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/tasks/harvest"
)

// lexicon is made of what was kept of the notes of the index as they are now: of all, or of those that chosen says.
func (h *harvester) lexicon(ctx context.Context, chosen func(id string) bool) ([]harvest.Term, error) {
	sources, err := h.sources(ctx, chosen)
	return harvest.Lexicon(sources), err
}

// sources are the notes that were read as they are now.
func (h *harvester) sources(ctx context.Context, chosen func(id string) bool) ([]harvest.Source, error) {
	all, err := h.st.List(ctx, "", "", 0)
	if err != nil {
		return nil, err
	}
	var sources []harvest.Source
	for at := 0; at < len(all); at += harvestBatch {
		batch := all[at:min(at+harvestBatch, len(all))]
		known, err := h.known(ctx, batch)
		if err != nil {
			return nil, err
		}
		for _, n := range batch {
			if e, ok := known[n.ID]; ok && (chosen == nil || chosen(n.ID)) {
				sources = append(sources, harvest.Source{ID: n.ID, Day: dayOf(n), Extract: e})
			}
		}
	}
	return sources, nil
}

func dayOf(n store.Note) time.Time {
	stated, _ := n.Dated()
	if day, ok := notes.Day(stated); ok {
		if at, err := time.Parse(time.DateOnly, day); err == nil {
			return at
		}
	}
	return time.Unix(0, n.MTime).UTC()
}

// Lexicon is what the last harvests gave, of the notes of the index as they are now.
func (w *Workspace) Lexicon(ctx context.Context) ([]harvest.Term, error) {
	h, done, err := w.harvester(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return h.lexicon(ctx, nil)
}

// WriteLexicon writes the terms as JSON lines to a file, or where it is "" to the workspace's own, and returns its path and their number.
func (w *Workspace) WriteLexicon(ctx context.Context, to string) (path string, n int, err error) {
	all, err := w.Lexicon(ctx)
	if err != nil {
		return "", 0, err
	}
	if path = to; path == "" {
		if err := w.Writable(); err != nil {
			return "", 0, err
		}
		path = filepath.Join(w.Folder.Dir(), "lexicon-candidates.jsonl")
	} else if !filepath.IsAbs(path) {
		path = filepath.Join(w.Env.Cwd, path)
	}
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return "", 0, fmt.Errorf("%s is there and no file", path)
	}
	var b bytes.Buffer
	out := bufio.NewWriter(&b)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, t := range all {
		if err := enc.Encode(t); err != nil {
			return "", 0, err
		}
	}
	if err := out.Flush(); err != nil {
		return "", 0, err
	}
	return path, len(all), atomic.WriteFile(path, &b)
}
