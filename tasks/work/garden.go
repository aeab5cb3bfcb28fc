package work

import (
	"context"
	"errors"

	"amalfa/edit"
	"amalfa/graph"
	"amalfa/store"
	"amalfa/tasks/prompts"
)

const (
	gardenLimit   = 5   // pairs; the earlier system's
	minConfidence = 0.5 // of a relation that is written down
	noRelation    = "NONE"
)

type relation struct {
	Relation   string  `json:"relation"`
	Confidence float64 `json:"confidence"`
	Reason     string  `json:"reason"`
}

func checkRelation(v relation) error {
	switch v.Relation {
	case "EXTENDS", "SUPPORTS", "CONTRADICTS", "REFERENCES", "DUPLICATE", noRelation:
		return inRange("confidence", v.Confidence)
	}
	return errors.New("relation is none of the six")
}

// garden finds pairs of notes that lack a link, and has each judged. Only what was judged is changed.
func (r *run) garden(ctx context.Context) error {
	o := graph.GapOptions{Limit: limitOf(r.task, gardenLimit), Threshold: graph.DefaultThreshold, SuperNode: r.SuperNode}
	gaps, err := graph.Gaps(ctx, r.Store, o)
	if errors.Is(err, graph.ErrNoVectors) {
		r.degraded = append(r.degraded, "gaps by meaning: the index has no vectors yet")
		o.Kind = graph.Structural
		gaps, err = graph.Gaps(ctx, r.Store, o)
	}
	if err != nil {
		return err
	}
	if len(gaps.Gaps) == 0 {
		r.line("No two notes lack a link.")
		return nil
	}
	ws, done, err := r.Editable(ctx)
	if err != nil {
		return err
	}
	defer done()
	changed := map[string]bool{}
	for _, g := range gaps.Gaps {
		v, judged, err := r.judge(ctx, g)
		if err != nil {
			return err
		}
		r.line("## %s — %s\n", plain(g.A), plain(g.B))
		for _, reason := range g.Reasons() {
			r.line("- %s", plain(reason))
		}
		switch {
		case !judged:
			r.line("- not judged, since no model answered")
			continue
		case v.Relation == noRelation || v.Confidence < minConfidence:
			r.line("- judged: no link (%.2f): %s", v.Confidence, plain(v.Reason))
			continue
		}
		r.line("- judged: %s (%.2f): %s", v.Relation, v.Confidence, plain(v.Reason))
		if changed[g.A] {
			r.line("- the note has a change already: the next run has this one")
			continue
		}
		changed[g.A] = r.addLink(ws, g.A, g.B, v.Relation)
	}
	r.line("\n%d of %d gaps were looked at.", len(gaps.Gaps), gaps.Total)
	return nil
}

func (r *run) addLink(ws *edit.Workspace, from, to, kind string) bool {
	if len(r.present([]string{to})) == 0 {
		r.skip(to, errGone)
		return false
	}
	link, err := ws.AddLink(from, to, kind)
	if err != nil {
		r.skip(from, err)
		return false
	}
	if link.Text != "" {
		r.changes = append(r.changes, link.Change)
	}
	return link.Text != ""
}

func (r *run) judge(ctx context.Context, g graph.Gap) (v relation, ok bool, err error) {
	a, okA, errA := Beginning(ctx, r.Store, g.A, maxShown)
	b, okB, errB := Beginning(ctx, r.Store, g.B, maxShown)
	if err := errors.Join(errA, errB); err != nil && !errors.Is(err, store.ErrNotFound) || !okA || !okB {
		return v, false, err
	}
	e := r.release(a, b)
	if len(e.Passages) < 2 {
		return v, false, nil
	}
	return think(ctx, r, "link", prompts.Form{Evidence: e}, checkRelation)
}
