package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"amalfa/store"
)

// DefaultRelated is how many notes Related returns when limit is 0.
const DefaultRelated = 10

// RelatedOptions narrow Related.
type RelatedOptions struct {
	Limit     int // most notes; 0 is DefaultRelated
	SuperNode int // links beyond which a note that two are linked with counts less; 0 for none
}

// A Relative is a note that has to do with another one, and why.
type Relative struct {
	ID      string
	Cosine  float64  // of the nearest pair of passages; 0 without vectors
	Passage Passage  // of this note, nearest to Of; its first one without vectors
	Of      Passage  // of the note that was asked about; zero without vectors
	Links   []Link   // edges between the two, as Explore walks them from the note that was asked about
	Shared  []string // neighbours of both, notes first
	// AdamicAdar is how much the notes that both are linked with tell of the two.
	AdamicAdar float64
}

// Relatives answer Related. Degraded says that nothing could be compared by meaning.
type Relatives struct {
	Notes    []Relative // highest score first, ties by id
	Degraded bool
}

// Related returns the notes nearest to one: of the linked ones up to half of the limit, and for the rest those without a link, so that neither
// a hub's links nor its likenesses crowd out the other. Both are ranked by the cosine of the nearest passages, raised by what the two have in
// common as that of a gap is (score). Without vectors these are the linked notes, then those with the most neighbours in common.
func Related(ctx context.Context, st store.Store, id string, o RelatedOptions) (Relatives, error) {
	limit := cmp.Or(max(o.Limit, 0), DefaultRelated)
	n, err := Load(ctx, st)
	if err != nil {
		return Relatives{}, err
	}
	k := kin{store: st, id: id, links: map[string][]Link{}, seeker: newSeeker(n, nil, GapOptions{SuperNode: o.SuperNode})}
	if err := k.readLinks(ctx); err != nil {
		return Relatives{}, err
	}
	sp, err := readSpace(ctx, st)
	if err != nil && !errors.Is(err, ErrNoVectors) {
		return Relatives{}, err
	}
	home := -1
	if sp != nil {
		home = slices.Index(sp.notes, id)
	}
	var out Relatives
	if home < 0 {
		out.Degraded = true
		out.Notes, err = k.byEdges(ctx, limit)
	} else {
		out.Notes, err = k.byMeaning(ctx, sp, home, limit)
	}
	if err != nil {
		return Relatives{}, err
	}
	return out, k.explain(ctx, out.Notes)
}

// kin is what is known of a note's relatives.
type kin struct {
	store   store.Store
	id      string
	links   map[string][]Link // other end → links with it
	near    map[string]bool   // neighbours
	*seeker                   // knows what two notes have in common
}

func (k *kin) readLinks(ctx context.Context) (err error) {
	hood, err := Explore(ctx, k.store, k.id, ExploreOptions{Limit: math.MaxInt})
	if err != nil {
		return err
	}
	for _, l := range hood.Links {
		if l.Resolved && !l.File && l.To() != k.id && looseness(l.To()) == 0 {
			k.links[l.To()] = append(k.links[l.To()], l)
		}
	}
	k.near, err = neighbours(ctx, k.store, k.id)
	return err
}

// candidate is the nearest pair of rows between home and another note; row is -1 for a note without vectors.
type candidate struct {
	id        string
	row, home int
	cosine    float32
	score     float64
}

func (k *kin) byMeaning(ctx context.Context, sp *space, home, limit int) ([]Relative, error) {
	linked, rest := k.rank(sp, home)
	some := min(len(linked), max((limit+1)/2, limit-len(rest)))
	chosen := slices.Concat(linked[:some], rest[:min(len(rest), limit-some)])
	slices.SortFunc(chosen, candidate.compare)
	var out []Relative
	for _, c := range chosen {
		r, err := k.relative(ctx, sp, c)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// rank finds the nearest passages of every other note, linked ones apart, best first.
func (k *kin) rank(sp *space, home int) (linked, rest []candidate) {
	mine := sp.passages(home)
	known := map[string]bool{}
	for note, id := range sp.notes {
		if note == home {
			continue
		}
		i, j, cosine := best(mine, sp.passages(note))
		c := candidate{id: id, row: sp.first[note] + j, home: sp.first[home] + i, cosine: min(cosine, 1)}
		c.score = k.score(c.cosine, k.inCommon(id))
		if known[id] = true; k.links[id] != nil {
			linked = append(linked, c)
		} else {
			rest = append(rest, c)
		}
	}
	for id := range k.links {
		if !known[id] {
			linked = append(linked, candidate{id: id, row: -1, score: k.score(0, k.inCommon(id))})
		}
	}
	slices.SortFunc(linked, candidate.compare)
	slices.SortFunc(rest, candidate.compare)
	return linked, rest
}

func (c candidate) compare(d candidate) int {
	return cmp.Or(cmp.Compare(d.score, c.score), cmp.Compare(c.id, d.id))
}

// inCommon is what a note has in common with home, weighed; 0 for one that has just come.
func (k *kin) inCommon(id string) float64 {
	a, b, ok := k.pair(id)
	if !ok {
		return 0
	}
	return k.common(a, b)
}

func (k *kin) pair(id string) (a, b int32, ok bool) {
	a, here := k.at(k.id)
	b, there := k.at(id)
	return a, b, here && there
}

// relative reads the passages of a candidate.
func (k *kin) relative(ctx context.Context, sp *space, c candidate) (r Relative, err error) {
	if c.row < 0 {
		return k.opening(ctx, c.id)
	}
	r = Relative{ID: c.id, Cosine: float64(c.cosine)}
	if r.Passage, err = sp.passage(ctx, k.store, c.row); err != nil {
		return r, err
	}
	r.Of, err = sp.passage(ctx, k.store, c.home)
	return r, err
}

// opening shows a note by its first passage.
func (k *kin) opening(ctx context.Context, id string) (Relative, error) {
	chunks, err := k.store.Chunks(ctx, id)
	if err != nil || len(chunks) == 0 {
		return Relative{ID: id}, err
	}
	return Relative{ID: id, Passage: passageOf(chunks[0])}, nil
}

// byEdges ranks by links, then by neighbours in common.
func (k *kin) byEdges(ctx context.Context, limit int) ([]Relative, error) {
	common := map[string]int{}
	for node := range k.near {
		further, err := neighbours(ctx, k.store, node)
		if err != nil {
			return nil, err
		}
		for id := range further {
			if id != k.id && looseness(id) == 0 {
				common[id]++
			}
		}
	}
	for id := range k.links {
		common[id] += 1 << 20 // before all that are not linked
	}
	ids := slices.SortedFunc(maps.Keys(common), func(a, b string) int { return cmp.Or(common[b]-common[a], cmp.Compare(a, b)) })
	var out []Relative
	for _, id := range ids[:min(limit, len(ids))] {
		r, err := k.opening(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// explain adds links and shared neighbours.
func (k *kin) explain(ctx context.Context, notes []Relative) error {
	for i := range notes {
		r := &notes[i]
		r.Links = k.links[r.ID]
		if a, b, ok := k.pair(r.ID); ok {
			r.AdamicAdar = k.AdamicAdar(a, b)
		}
		theirs, err := neighbours(ctx, k.store, r.ID)
		if err != nil {
			return err
		}
		for node := range theirs {
			if k.near[node] {
				r.Shared = append(r.Shared, node)
			}
		}
		slices.SortFunc(r.Shared, func(a, b string) int { return cmp.Or(looseness(a)-looseness(b), cmp.Compare(a, b)) })
	}
	return nil
}

// Reasons says in words why the note is there, each to be read after "it": "says something like lines 3-9 (cosine 0.91)".
func (r Relative) Reasons() []string {
	reasons := []string{}
	if r.Of.Lines[0] > 0 {
		reasons = append(reasons, fmt.Sprintf("says something like lines %d-%d (cosine %.2f)", r.Of.Lines[0], r.Of.Lines[1], r.Cosine))
	}
	for _, l := range r.Links {
		how := "is linked from line"
		if !l.Forward {
			how = "links here in its line"
		}
		reasons = append(reasons, fmt.Sprintf("%s %d (%s): %s", how, l.Line, l.Type, l.Sentence))
	}
	if len(r.Shared) > 0 {
		shared := "shares " + some(r.Shared)
		if r.AdamicAdar > 0 {
			shared += fmt.Sprintf(" (Adamic-Adar %.2f)", r.AdamicAdar)
		}
		reasons = append(reasons, shared)
	}
	return reasons
}
