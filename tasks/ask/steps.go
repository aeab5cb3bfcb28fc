package ask

import (
	"context"
	"errors"

	"amalfa/search"
	"amalfa/store"
)

// follow does what the model decided, and notes what came of it.
func (r *researcher) follow(ctx context.Context, d decision) error {
	if d.Action == "search" {
		return r.search(ctx, d.Query)
	}
	from := r.found.Results[d.Passage]
	added, err := r.beside(ctx, d.Action, from)
	what := map[string]string{"read": "read on in", "explore": "followed the links of"}[d.Action]
	r.note("%s %s: %d new passages", what, place(from.ID, from.Lines), added)
	return err
}

func (r *researcher) search(ctx context.Context, query string) error {
	r.queries = append(r.queries, query)
	found, err := r.tools.find(ctx, query, passagesAStep)
	if err != nil {
		return err
	}
	r.note("searched for %q: %d new passages", query, r.add(found.Results...))
	r.found.Contexts = append(r.found.Contexts, found.Contexts...)
	return nil
}

// beside adds the passages before and after one, or the beginnings of the notes that its note is linked with.
func (r *researcher) beside(ctx context.Context, action string, from search.Hit) (added int, err error) {
	if r.tools.Index == nil {
		return 0, errors.New("there is no index to read on in")
	}
	st, err := r.tools.Index(ctx)
	if err != nil {
		return 0, err
	}
	defer st.Close()
	if action == "read" {
		return r.add(neighbours(ctx, st, from)...), nil
	}
	return r.add(exploreFrom(ctx, st, from, r.question.Text)...), nil
}

// neighbours are the two passages before one, and the two behind it.
func neighbours(ctx context.Context, st store.Store, from search.Hit) (near []search.Hit) {
	chunks, _ := st.Chunks(ctx, from.ID) // none of a note that has gone
	for i, c := range chunks {
		if c.FirstLine == from.Lines[0] && c.LastLine == from.Lines[1] {
			for _, other := range chunks[max(0, i-2):min(len(chunks), i+3)] {
				near = append(near, hitOf(ctx, st, other))
			}
		}
	}
	return near
}

// exploreFrom is, of each linked note, the passage that holds most words of the question, or its first.
func exploreFrom(ctx context.Context, st store.Store, from search.Hit, question string) (near []search.Hit) {
	wanted := missingWords(question, nil)
	for _, id := range linked(ctx, st, from.ID) {
		chunks, _ := st.Chunks(ctx, id) // none of a note that has gone
		chunks = chunks[:min(len(chunks), maxNotePart)]
		if best := mostOf(chunks, wanted); best != nil {
			near = append(near, hitOf(ctx, st, *best))
		} else if len(chunks) > 0 {
			near = append(near, hitOf(ctx, st, chunks[0]))
		}
	}
	return near[:min(len(near), passagesAStep)]
}

// add adds passages that are not there yet, as long as there is room, and tells how many.
func (r *researcher) add(hits ...search.Hit) (added int) {
	known := map[string]bool{}
	for _, h := range r.found.Results {
		known[place(h.ID, h.Lines)] = true
	}
	for _, h := range hits {
		if at := place(h.ID, h.Lines); !known[at] && len(r.found.Results) < researchPassages {
			known[at] = true
			r.found.Results = append(r.found.Results, h)
			added++
		}
	}
	return added
}
