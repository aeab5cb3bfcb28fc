package ask

import (
	"context"
	"slices"
	"time"

	"amalfa/search"
	"amalfa/store"
	"amalfa/store/text"
)

// How far a question reads on from what the search found.
const (
	maxReadOn   = 2  // passages added
	readFrom    = 3  // hits whose neighbours and links are looked at
	maxLinked   = 12 // notes that one note leads to
	readTime    = 300 * time.Millisecond
	maxNotePart = 40 // passages of one note that are looked at
)

// readOn adds, to what the search found, passages beside the best hits and of notes linked with theirs, where they hold words of the
// question that nothing found yet holds. It is help alone: where it fails or takes long, what was found stays as it is.
func (t Tools) readOn(ctx context.Context, question string, found *search.Answer) {
	missing := missingWords(question, found.Results)
	if t.Index == nil || len(missing) == 0 || found.Confidence == search.None {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	st, err := t.Index(ctx)
	if err != nil {
		return
	}
	defer st.Close()
	near := around(ctx, st, found.Results[:min(readFrom, len(found.Results))])
	for range maxReadOn {
		best := mostOf(near, missing)
		if best == nil {
			return
		}
		found.Results = append(found.Results, hitOf(ctx, st, *best))
		missing = missingWords(question, found.Results)
	}
}

// missingWords are the content words of a question that no hit holds.
func missingWords(question string, hits []search.Hit) map[string]bool {
	missing := map[string]bool{}
	for word := range newWords(question).content {
		missing[word] = true
	}
	for _, h := range hits {
		for _, word := range termsOf(h.Title + " " + h.Text) {
			delete(missing, word)
		}
	}
	return missing
}

// around are the passages beside hits, and those of notes that their notes are linked with.
func around(ctx context.Context, st store.Store, hits []search.Hit) (near []store.Chunk) {
	seen := map[string]bool{}
	for _, h := range hits {
		for _, id := range append([]string{h.ID}, linked(ctx, st, h.ID)...) {
			if !seen[id] {
				seen[id] = true
				chunks, _ := st.Chunks(ctx, id) // none of one that is gone
				near = append(near, chunks[:min(len(chunks), maxNotePart)]...)
			}
		}
	}
	return slices.DeleteFunc(near, func(c store.Chunk) bool {
		return slices.ContainsFunc(hits, func(h search.Hit) bool { return h.Chunk == c.ID })
	})
}

// linked are the notes that a note links to, then those that link to it.
func linked(ctx context.Context, st store.Store, id string) (all []string) {
	for _, dir := range []store.Direction{store.Out, store.In} {
		edges, _ := st.Edges(ctx, id, dir) // help alone
		for _, e := range edges {
			other := e.Target
			if dir == store.In {
				other = e.Source
			}
			if e.Resolved && !e.File && other != id && !slices.Contains(all, other) && len(all) < maxLinked {
				all = append(all, other)
			}
		}
	}
	return all
}

// mostOf is the passage that holds most of the words, nil where none holds any.
func mostOf(near []store.Chunk, missing map[string]bool) (best *store.Chunk) {
	most := 0
	for i := range near {
		held := map[string]bool{}
		for _, term := range text.Terms(near[i].Text) {
			if word := stemOf(term); missing[word] {
				held[word] = true
			}
		}
		if len(held) > most {
			most, best = len(held), &near[i]
		}
	}
	return best
}

// hitOf is a passage that no search ranked.
func hitOf(ctx context.Context, st store.Store, c store.Chunk) search.Hit {
	n, _ := st.Get(ctx, c.Note) // without a title where it has gone
	return search.Hit{ID: c.Note, Title: n.Title, Chunk: c.ID, Heading: c.Heading, Lines: [2]int{c.FirstLine, c.LastLine}, Text: c.Text}
}
