package graph

import (
	"cmp"
	"context"
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
// common as that of a gap is (together). Without vectors these are the linked notes, then those with the most neighbours in common.
//
// It reads what is near, never all of an index: see kin.candidates for what that leaves out.
func Related(ctx context.Context, st store.Store, id string, o RelatedOptions) (Relatives, error) {
	limit := cmp.Or(max(o.Limit, 0), DefaultRelated)
	k := kin{store: st, id: id, superNode: o.SuperNode, links: map[string][]Link{}}
	if err := k.readLinks(ctx); err != nil {
		return Relatives{}, err
	}
	if err := k.readCommon(ctx); err != nil {
		return Relatives{}, err
	}
	if err := k.readHome(ctx); err != nil {
		return Relatives{}, err
	}
	out := Relatives{Degraded: k.home.vectors == nil}
	var err error
	if out.Degraded {
		out.Notes, err = k.byEdges(ctx, limit)
	} else {
		out.Notes, err = k.byMeaning(ctx, limit)
	}
	if err != nil {
		return Relatives{}, err
	}
	return out, k.explain(ctx, out.Notes)
}

// kin is what is known of a note's relatives.
type kin struct {
	store     store.Store
	id        string
	superNode int
	digest    string            // of the model whose vectors are compared
	home      passages          // of the note that was asked about
	links     map[string][]Link // other end → links with it
	near      map[string]bool   // neighbours
	common    map[string]common // other note → what it has in common with this one; nothing for those that are not here
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

// byMeaning shows the best of the candidates, of linked ones up to half.
func (k *kin) byMeaning(ctx context.Context, limit int) ([]Relative, error) {
	all, err := k.candidates(ctx, limit)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, candidate.compare)
	var linked, rest []candidate
	for _, c := range all {
		if k.links[c.id] != nil {
			linked = append(linked, c)
		} else {
			rest = append(rest, c)
		}
	}
	few := min(len(linked), max((limit+1)/2, limit-len(rest)))
	chosen := slices.Concat(linked[:few], rest[:min(len(rest), limit-few)])
	slices.SortFunc(chosen, candidate.compare)
	var out []Relative
	for _, c := range chosen {
		r, err := k.relative(ctx, c)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// relative reads the passages of a candidate.
func (k *kin) relative(ctx context.Context, c candidate) (Relative, error) {
	theirs, err := k.read(ctx, c.id)
	if err != nil || theirs.vectors == nil {
		r, opened := k.opening(ctx, c.id)
		return r, cmp.Or(err, opened)
	}
	i, j, _ := best(k.home.matrix(), theirs.matrix())
	return Relative{ID: c.id, Cosine: float64(c.cosine), Passage: passageOf(theirs.chunks[j]), Of: passageOf(k.home.chunks[i])}, nil
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
		r.AdamicAdar = k.common[r.ID].adamicAdar
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
