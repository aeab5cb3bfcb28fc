package ingest

import (
	"context"

	"amalfa/notes"
	"amalfa/store"
)

// A batch of texts is small: what is saved meanwhile, and who wants to stop, waits for one.
const (
	batchTexts   = 64
	batchSeconds = 0.5 // of all workers' time, at the speed so far
	firstTokens  = 512 // of the first batch, before there is a speed
	firstNotes   = 64  // saved meanwhile, between two looks at all
)

// next takes the most wanted passages; none when none is left.
func (m *maker) next(ctx context.Context) ([]item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.look(ctx); err != nil {
		return nil, err
	}
	m.speed.start(m.Now())
	var b []item
	for tokens := 0; len(b) < batchTexts && float64(tokens) < m.speed.in(batchSeconds); {
		it, ok, err := m.take(ctx)
		if err != nil || !ok {
			return b, err
		}
		m.claimed[it.hash] = true
		b, tokens = append(b, it), tokens+it.tokens
	}
	return b, nil
}

// look asks the index again where others have written, and puts what is most wanted now first.
func (m *maker) look(ctx context.Context) error {
	stale, err := m.queue.stale(ctx, m.Store)
	if err != nil {
		return err
	}
	named := m.First()
	switch idle := len(m.ready)+len(m.windows)+len(m.queue.notes) == 0; {
	case stale && (idle || m.queue.due()):
		if err := m.queue.load(ctx, m.Store, m.model.Digest); err != nil {
			return err
		}
		m.ready, m.windows = nil, nil
	case stale:
		saved, err := m.Store.WaitingSince(ctx, m.model.Digest, m.began.UnixNano(), firstNotes)
		if err != nil {
			return err
		}
		named = append(named, saved...)
	}
	if len(named) == 0 {
		return nil
	}
	notes, err := m.Store.Waiting(ctx, m.model.Digest, named)
	if err == nil && len(notes) > 0 {
		m.queue.sort(notes)
		m.interrupt(newWindow(notes))
	}
	return err
}

// take is the next passage, of the note in work or of the next one.
func (m *maker) take(ctx context.Context) (item, bool, error) {
	for {
		for len(m.ready) > 0 {
			it := m.ready[0]
			m.ready = m.ready[1:]
			if m.claimed[it.hash] || m.queue.refuses(it.hash) {
				continue
			}
			if m.leading { // the others when all of the window have one
				m.windows[len(m.windows)-1].keep(it.note, m.ready)
				m.ready = nil
			}
			return it, true, nil
		}
		n, leading, ok := m.nextNote()
		if !ok {
			return item{}, false, nil
		}
		m.leading = leading
		var err error
		if m.ready, err = m.open(ctx, m.windows[len(m.windows)-1], n); err != nil {
			return item{}, false, err
		}
	}
}

// open returns the passages of a note that lack vectors. There are none when its file is not what the index holds: Update comes first
// then.
func (m *maker) open(ctx context.Context, w *window, n store.Waiting) ([]item, error) {
	lacking, err := m.Store.WaitingPassages(ctx, m.model.Digest, n.ID)
	if err != nil || len(lacking) == 0 {
		return nil, err
	}
	if items := w.takeKept(n.ID, lacking); items != nil {
		return items, nil
	}
	items, whole := m.read(n, m.vault(ctx, w, n.ID), lacking)
	if !whole { // a marker of a vault may have come since the window was looked for
		items, whole = m.read(n, m.vaultsOf(ctx, []string{n.ID})[n.ID], lacking)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if !whole {
		m.queue.changed[n.ID] = n.Hash
	}
	return items, nil
}

// read reads a note again, as one of a vault, and returns those of its passages that are lacking, and whether they are all there, which
// they are not when the file holds something else than the index, or the note is in no vault.
func (m *maker) read(n store.Waiting, vault *notes.Vault, lacking map[string]int) (items []item, whole bool) {
	if vault == nil {
		return nil, false
	}
	c, err := readFile(m.root, n.ID, m.MaxFileBytes)
	if err != nil || c.hash != n.Hash {
		return nil, false
	}
	p, err := m.prepare.in(vault).prepare(n.ID, c.data)
	if err != nil {
		return nil, false
	}
	seen := make(map[string]bool, len(lacking))
	for _, c := range p.put.Chunks {
		if tokens, ok := lacking[c.Hash]; ok && !seen[c.Hash] {
			items = append(items, item{note: n.ID, hash: c.Hash, text: p.embed[c.Hash], tokens: tokens, lines: [2]int{c.FirstLine, c.LastLine}})
			seen[c.Hash] = true
		}
	}
	if len(seen) != len(lacking) {
		return items, false
	}
	return m.released(n, items), true
}

// released are the passages as the model may read them; none of a note that it must not see.
func (m *maker) released(n store.Waiting, items []item) []item {
	if m.Release == nil {
		return items
	}
	out := make([]Outgoing, len(items))
	for i, it := range items {
		out[i] = Outgoing{it.lines, it.text}
	}
	texts, ok := m.Release(n.ID, out)
	if !ok || len(texts) != len(items) {
		m.queue.held[n.ID] = n.Hash
		return nil
	}
	for i, text := range texts {
		items[i].text = text
	}
	return items
}
