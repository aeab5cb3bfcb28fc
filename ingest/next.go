package ingest

import (
	"context"

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
			if m.leading {
				m.ready = nil // the others when all of the window have one
			}
			return it, true, nil
		}
		n, leading, ok := m.nextNote()
		if !ok {
			return item{}, false, nil
		}
		m.leading = leading
		var err error
		if m.ready, err = m.open(ctx, n); err != nil {
			return item{}, false, err
		}
	}
}

// open reads a note again and returns its passages that lack vectors. There are none when the file is not what the index holds: Update
// comes first then.
func (m *maker) open(ctx context.Context, n store.Waiting) ([]item, error) {
	lacking, err := m.Store.WaitingPassages(ctx, m.model.Digest, n.ID)
	if err != nil || len(lacking) == 0 {
		return nil, err
	}
	p, err := m.prepareNote(ctx, n)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var items []item
	for _, c := range p.put.Chunks {
		if tokens, ok := lacking[c.Hash]; ok {
			items = append(items, item{note: n.ID, hash: c.Hash, text: p.embed[c.Hash], tokens: tokens})
			delete(lacking, c.Hash)
		}
	}
	if err != nil || len(lacking) > 0 {
		m.queue.changed[n.ID] = n.Hash
	}
	return items, nil
}

// prepareNote is a note as Update would put it, if its file holds what the index has.
func (m *maker) prepareNote(ctx context.Context, n store.Waiting) (prepared, error) {
	f, err := discover(ctx, m.root, m.sources, m.Options, newScope([]string{n.ID}))
	if err != nil || len(f.files) != 1 {
		return prepared{}, errChanging
	}
	c, err := readFile(m.root, n.ID, m.MaxFileBytes)
	if err != nil || c.hash != n.Hash {
		return prepared{}, errChanging
	}
	return m.prepare.in(f.files[0].vault).prepare(n.ID, c.data)
}
