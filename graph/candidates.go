package graph

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"amalfa/store"
)

// Bounds of what a note is compared with.
const (
	mostHome   = 32  // passages of the note itself that look for near ones, evenly over it; all of them are compared with what was found
	mostShared = 64  // notes that have most in common with it and are not near
	leastNear  = 200 // passages that each of the note's is near to
)

// passages are those of one note that have a vector.
type passages struct {
	chunks  []store.Chunk
	vectors *store.Vectors // nil where none has
}

// matrix has their vectors, in the order of chunks.
func (p passages) matrix() matrix {
	return matrix{rows: len(p.chunks), dim: p.vectors.Model.Dim, data: p.vectors.Data}
}

// A candidate is a note that may be related.
type candidate struct {
	id     string
	cosine float32 // of the nearest pair of passages; 0 without vectors
	score  float64
}

func (c candidate) compare(d candidate) int {
	return cmp.Or(cmp.Compare(d.score, c.score), cmp.Compare(c.id, d.id))
}

func (k *kin) readHome(ctx context.Context) error {
	model, err := k.store.ActiveModel(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	k.digest = model.Digest
	k.home, err = k.read(ctx, k.id)
	return err
}

// read returns the passages of a note that have a vector.
func (k *kin) read(ctx context.Context, id string) (p passages, err error) {
	all, err := k.store.Chunks(ctx, id)
	if err != nil || len(all) == 0 {
		return p, err
	}
	ids, byID := make([]int64, len(all)), map[int64]store.Chunk{}
	for i, c := range all {
		ids[i], byID[c.ID] = c.ID, c
	}
	v, err := k.store.VectorsOf(ctx, k.digest, ids)
	if err != nil || len(v.IDs) == 0 {
		return p, err
	}
	for _, id := range v.IDs {
		p.chunks = append(p.chunks, byID[id])
	}
	p.vectors = v
	return p, nil
}

// candidates are the notes with the nearest passages, the linked ones, and those that have most in common with this one. A note that is left
// out has less in common than mostShared others, and is less like this one in meaning than as many notes as are asked for; the score of one
// that has nothing in common is its cosine, so that of those none is missed.
func (k *kin) candidates(ctx context.Context, limit int) ([]candidate, error) {
	cosines, err := k.nearest(ctx, limit)
	if err != nil {
		return nil, err
	}
	for _, id := range k.others(cosines) {
		theirs, err := k.read(ctx, id)
		switch {
		case err != nil:
			return nil, err
		case theirs.vectors != nil:
			_, _, cosines[id] = best(k.home.matrix(), theirs.matrix())
		case k.links[id] != nil: // it has no vectors yet, or no text
			cosines[id] = 0
		}
	}
	out := make([]candidate, 0, len(cosines))
	for id, cosine := range cosines {
		cosine = min(cosine, 1)
		out = append(out, candidate{id, cosine, together(cosine, k.common[id].weight)})
	}
	return out, nil
}

// nearest is the cosine of the nearest passages of each note that has one near enough: of at least limit notes without a link, if there are.
func (k *kin) nearest(ctx context.Context, limit int) (map[string]float32, error) {
	for most := max(leastNear, 4*limit) + len(k.home.chunks); ; most *= 4 {
		found, all, err := k.nearestPassages(ctx, most)
		if err != nil {
			return nil, err
		}
		notes, err := k.notesOf(ctx, found)
		if err != nil {
			return nil, err
		}
		apart := 0
		for id := range notes {
			if k.links[id] == nil {
				apart++
			}
		}
		if all || apart >= limit {
			return notes, nil
		}
	}
}

// nearestPassages has the greatest cosine of each passage that is among the most nearest of one of the note's; all says that there are no more.
func (k *kin) nearestPassages(ctx context.Context, most int) (found map[int64]float32, all bool, err error) {
	found = map[int64]float32{}
	mine := k.home.matrix()
	step := max(1, (mine.rows+mostHome-1)/mostHome)
	for row := 0; row < mine.rows; row += step {
		near, err := k.store.Nearest(ctx, k.digest, mine.row(row), most, nil)
		if err != nil {
			return nil, false, err
		}
		all = all || len(near) < most
		for _, m := range near {
			if before, ok := found[m.Chunk]; !ok || float32(m.Score) > before {
				found[m.Chunk] = float32(m.Score)
			}
		}
	}
	return found, all, nil
}

// notesOf has the greatest cosine of each note's passages.
func (k *kin) notesOf(ctx context.Context, found map[int64]float32) (map[string]float32, error) {
	notes := map[string]float32{}
	ids := slices.Sorted(maps.Keys(found))
	for batch := range slices.Chunk(ids, idBatch) {
		chunks, err := k.store.ChunksByID(ctx, batch)
		if err != nil {
			return nil, err
		}
		for id, c := range chunks {
			if before, ok := notes[c.Note]; c.Note != k.id && (!ok || found[id] > before) {
				notes[c.Note] = found[id]
			}
		}
	}
	return notes, nil
}

// others are the linked notes and those with most in common, but for those that are known to be near.
func (k *kin) others(known map[string]float32) []string {
	for id := range k.links {
		if _, ok := k.common[id]; !ok {
			k.common[id] = common{}
		}
	}
	ids := slices.DeleteFunc(slices.Collect(maps.Keys(k.common)), func(id string) bool { _, ok := known[id]; return ok })
	slices.SortFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(k.common[b].weight, k.common[a].weight), cmp.Compare(a, b))
	})
	linked, rest := []string{}, []string{}
	for _, id := range ids {
		if k.links[id] != nil {
			linked = append(linked, id)
		} else {
			rest = append(rest, id)
		}
	}
	return slices.Concat(linked[:min(len(linked), mostShared)], rest[:min(len(rest), mostShared)])
}
