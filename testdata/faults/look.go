//go:build unix

package faults

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// A found is what `search --json` answers.
type found struct {
	Results []struct {
		ID      string
		Lines   [2]int
		Snippet string
	}
	Degraded []string
	IndexLag struct{ Files int }
	Vectors  struct{ Have, Of int }
}

// incomplete tells whether the answer says of itself that something may be missing.
func (f found) incomplete() bool {
	return len(f.Degraded) > 0 || f.IndexLag.Files > 0 || f.Vectors.Have < f.Vectors.Of
}

func (f found) ids() []string {
	var ids []string
	for _, r := range f.Results {
		ids = append(ids, r.ID)
	}
	return ids
}

// search asks by words.
func (w *world) search(query string) (found, error) { return w.searchBy("keyword", query) }

// searchBy asks in a mode; an answer that is none is an error.
func (w *world) searchBy(mode, query string) (found, error) {
	w.Helper()
	s := w.amalfa("search", "--json", "--mode", mode, "--limit", "200", query)
	var f found
	if s.code != 0 {
		return f, fmt.Errorf("search %q: %v", query, s)
	}
	if err := json.Unmarshal([]byte(s.out), &f); err != nil {
		return f, fmt.Errorf("search %q: %w: %v", query, err, s)
	}
	return f, nil
}

// finds fails unless a word's first answer is that note.
func (w *world) finds(word, id string) error {
	w.Helper()
	f, err := w.search(word)
	if err != nil {
		return err
	}
	if len(f.Results) == 0 || f.Results[0].ID != id {
		return fmt.Errorf("%q finds %v, want %s (degraded %v)", word, f.ids(), id, f.Degraded)
	}
	return nil
}

// files are the Markdown files on disk that an index should hold.
func (w *world) files() []string {
	w.Helper()
	var out []string
	err := filepath.WalkDir(w.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != w.root {
			return fs.SkipDir
		}
		if d.Type().IsRegular() && strings.HasSuffix(d.Name(), ".md") {
			rel, err := filepath.Rel(w.root, path)
			out = append(out, filepath.ToSlash(rel))
			return err
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return out
}

// indexed is what `coverage` says of each file.
func (w *world) indexed() (map[string]string, error) {
	w.Helper()
	s := w.amalfa("coverage", "--json")
	if s.code != 0 {
		return nil, fmt.Errorf("coverage: %v", s)
	}
	var c struct {
		Files []struct{ ID, State string }
	}
	if err := json.Unmarshal([]byte(s.out), &c); err != nil {
		return nil, fmt.Errorf("coverage: %w", err)
	}
	out := map[string]string{}
	for _, f := range c.Files {
		out[f.ID] = f.State
	}
	return out, nil
}

// whole brings the index up to date by the ordinary command and checks that it holds every note, each with all it has. What it does
// not hold counts as lost.
func (w *world) whole() error { return w.wholeWith() }

func (w *world) wholeWith(flags ...string) error {
	w.Helper()
	if s := w.amalfa(append([]string{"init", "--quiet"}, flags...)...); s.code != 0 {
		return fmt.Errorf("init: %v", s)
	}
	return w.sound()
}

// sound checks the index as it stands.
func (w *world) sound() error {
	w.Helper()
	states, err := w.indexed()
	if err != nil {
		return err
	}
	var missing []string
	for _, id := range w.files() {
		if states[id] == "" || states[id] == "failed" {
			missing = append(missing, id)
		}
	}
	w.mu.Lock()
	w.accounted = true
	w.lost += len(missing)
	w.mu.Unlock()
	if len(missing) > 0 {
		return fmt.Errorf("%d notes are lost: %.300v", len(missing), missing)
	}
	return w.vectorsOfAll()
}

// vectorsOfAll waits until each passage has a vector, since the watcher makes them behind the words; that anything else is wrong with
// the index is told at once.
func (w *world) vectorsOfAll() error {
	w.Helper()
	var unsound error
	_, waited := eventually(patience, func() error {
		s := w.amalfa("validate", "--json")
		var v struct {
			OK              bool
			Errors          []string
			Chunks, Vectors int
		}
		if unsound = json.Unmarshal([]byte(s.out), &v); unsound != nil {
			unsound = fmt.Errorf("validate: %w: %v", unsound, s)
		} else if !v.OK {
			unsound = fmt.Errorf("validate: errors %.500q", v.Errors)
		} else if v.Vectors != v.Chunks {
			return fmt.Errorf("validate: %d chunks, %d vectors", v.Chunks, v.Vectors)
		}
		return nil
	})
	return cmp.Or(unsound, waited)
}

// export is the index, one object a file, without what may differ between two indexes of the same files: when they were written.
func (w *world) export() (map[string]string, error) {
	w.Helper()
	s := w.amalfa("export", "--jsonl")
	if s.code != 0 {
		return nil, fmt.Errorf("export: %v", s)
	}
	out := map[string]string{}
	for line := range strings.Lines(s.out) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			return nil, fmt.Errorf("export: %w", err)
		}
		key := withoutTimes(object)
		data, err := json.Marshal(object) // with sorted keys
		if err != nil {
			return nil, err
		}
		out[key] = string(data)
	}
	return out, nil
}

// withoutTimes returns the object's name.
func withoutTimes(object map[string]any) string {
	if hash, ok := object["hash"].(string); ok {
		return "vector " + hash
	}
	key := slices.Sorted(maps.Keys(object))[0]
	for part, value := range object {
		if fields, ok := value.(map[string]any); ok {
			for _, name := range []string{"mtime", "ctime", "inode", "racy"} {
				delete(fields, name)
			}
			if id, ok := fields["id"].(string); ok {
				key = id
			}
		} else if part == "amalfa" {
			key = "head"
		}
	}
	return key
}

// equal compares with what an undisturbed index of the same files holds.
func (w *world) equal(want map[string]string) error {
	w.Helper()
	got, err := w.export()
	if err != nil {
		return err
	}
	var wrong []string
	for key, line := range want {
		if got[key] != line {
			wrong = append(wrong, fmt.Sprintf("%s: want %.300s, have %.300s", key, line, got[key]))
		}
	}
	for key := range got {
		if _, ok := want[key]; !ok {
			wrong = append(wrong, key+" is too much")
		}
	}
	if len(wrong) > 0 {
		return errors.New(strings.Join(wrong[:min(3, len(wrong))], "\n"))
	}
	return nil
}
