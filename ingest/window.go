package ingest

import (
	"context"
	"slices"

	"amalfa/notes"
	"amalfa/store"
)

// A window is notes that are wanted about equally. A note is found by its meaning as soon as one of its passages has a vector, so each
// of a window gets its first vector before any gets its second; then the rest, note by note.
type window struct {
	without []store.Waiting // no passage has a vector
	rest    []store.Waiting // the others that lack some

	looked    bool
	vaults    map[string]*notes.Vault // of its notes, when it was looked for them, by id; the others are no candidates any more
	kept      map[string][]item       // passages of notes of which only the first was taken, by id
	keptBytes int
}

// windowNotes is how many notes a window has. Of notes of four passages, 100 take a fourth of the time until each is found, and the
// first of them waits for its other vectors for as long: some 14,000 tokens.
const windowNotes = 100

func newWindow(list []store.Waiting) *window {
	w := &window{kept: make(map[string][]item)}
	for _, n := range list {
		if n.Passages < n.Chunks {
			w.rest = append(w.rest, n)
		} else {
			w.without = append(w.without, n)
		}
	}
	return w
}

// pop returns the next note, and whether only its first passage is next.
func (w *window) pop() (n store.Waiting, leading, ok bool) {
	switch {
	case len(w.without) > 0:
		n, w.without = w.without[0], w.without[1:]
		if n.Passages > 1 {
			w.rest = append(w.rest, n)
		}
		return n, true, true
	case len(w.rest) > 0:
		n, w.rest = w.rest[0], w.rest[1:]
		return n, false, true
	}
	return store.Waiting{}, false, false
}

// maxKeptBytes bounds the texts that a window keeps: of 100 notes of 6 kB some ten times over. Others are read again.
const maxKeptBytes = 8 << 20

// keep keeps passages of a note until its turn comes again.
func (w *window) keep(id string, items []item) {
	size := 0
	for _, it := range items {
		size += len(it.text)
	}
	if w.keptBytes+size <= maxKeptBytes {
		w.keptBytes += size
		w.kept[id] = items
	}
}

// takeKept returns the passages that were kept of a note, if they are all that it lacks, and keeps them no longer.
func (w *window) takeKept(id string, lacking map[string]int) []item {
	items := w.kept[id]
	delete(w.kept, id)
	for _, it := range items {
		w.keptBytes -= len(it.text)
	}
	items = slices.DeleteFunc(items, func(it item) bool { _, lacks := lacking[it.hash]; return !lacks })
	if len(items) < len(lacking) {
		return nil
	}
	return items
}

// vault is that of a note of the window, nil when it is no candidate any more. One look finds those of all: a look for each note would
// read what tells vaults and ignored files apart as often, half of what it costs to make a note's vectors besides the model.
func (m *maker) vault(ctx context.Context, w *window, id string) *notes.Vault {
	if !w.looked {
		w.looked = true
		w.vaults = m.vaultsOf(ctx, slices.Concat([]string{id}, idsOf(w.without), idsOf(w.rest)))
	}
	return w.vaults[id]
}

func idsOf(list []store.Waiting) []string {
	ids := make([]string, len(list))
	for i, n := range list {
		ids[i] = n.ID
	}
	return ids
}

// vaultsOf looks for notes and returns the vaults of those that are there.
func (m *maker) vaultsOf(ctx context.Context, ids []string) map[string]*notes.Vault {
	f, err := discover(ctx, m.root, m.sources, m.Options, newScope(ids))
	if err != nil {
		return nil
	}
	vaults := make(map[string]*notes.Vault, len(f.files))
	for _, c := range f.files {
		vaults[c.id] = c.vault
	}
	return vaults
}

// window takes the most wanted notes out of the queue; none when it is empty. What was saved since the run began does not wait for what
// was there before.
func (q *queue) window() *window {
	n := 0
	for n < min(windowNotes, len(q.notes)) && (q.saved(q.notes[n]) > 0) == (q.saved(q.notes[0]) > 0) {
		n++
	}
	w := newWindow(q.notes[:n])
	q.notes = q.notes[n:]
	return w
}

// nextNote takes the most wanted note that can be worked on, and tells whether only its first passage is next.
func (m *maker) nextNote() (n store.Waiting, leading, ok bool) {
	for {
		if len(m.windows) == 0 {
			if len(m.queue.notes) == 0 {
				return n, false, false
			}
			m.windows = append(m.windows, m.queue.window())
		}
		last := len(m.windows) - 1
		if n, leading, ok = m.windows[last].pop(); !ok {
			m.windows = m.windows[:last]
			continue
		}
		if m.queue.changed[n.ID] != n.Hash {
			m.current = n
			return n, leading, true
		}
	}
}

// interrupt puts a window before those in work. The passages of the note in work that were not taken yet come again.
func (m *maker) interrupt(w *window) {
	if len(m.ready) > 0 {
		last := m.windows[len(m.windows)-1]
		last.rest = slices.Insert(last.rest, 0, m.current)
		last.keep(m.current.ID, m.ready)
	}
	m.windows, m.ready = append(m.windows, w), nil
}
