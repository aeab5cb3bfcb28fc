package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"amalfa/search"
	"amalfa/search/eval"
	"amalfa/store"
)

// BenchOptions say how well a workspace's own notes are found.
type BenchOptions struct {
	Mode      string // of [search.Query]
	Questions int    // at most, of each kind, spread over all notes
	NoDaemon  bool
}

// A BenchReport is `bench --json`.
type BenchReport struct {
	Mode      string     `json:"mode"`
	Headings  BenchScore `json:"headings"`
	Links     BenchScore `json:"links"`
	LatencyMs Latency    `json:"latencyMs"`
	Degraded  []string   `json:"degraded"`
}

// A BenchScore says how often the note was first, among the first five, and the mean of 1/place among the first ten.
type BenchScore struct {
	Questions int     `json:"questions"`
	First     float64 `json:"recall@1"`
	Five      float64 `json:"recall@5"`
	MRR       float64 `json:"mrr@10"`
}

// Bench asks with the headings and links of the notes: a heading that one note has asks for that note, the sentence around a
// link for its target.
func (w *Workspace) Bench(ctx context.Context, o BenchOptions) (r BenchReport, err error) {
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return r, err
	}
	defer st.Close()
	headings, links, err := trials(ctx, st)
	if err != nil {
		return r, err
	}
	if err := w.needModelFor(o.Mode); err != nil {
		return r, err
	}
	emb := w.NewEmbedder(o.NoDaemon)
	defer emb.Close()
	b := bench{searcher: search.New(st, emb, nil), mode: o.Mode}
	r.Mode = o.Mode
	if r.Headings, err = b.ask(ctx, spread(headings, o.Questions)); err != nil {
		return r, err
	}
	if r.Links, err = b.ask(ctx, spread(links, o.Questions)); err != nil {
		return r, err
	}
	if len(b.took) > 0 {
		r.LatencyMs = b.latency()
	}
	r.Degraded = append([]string{}, b.degraded...)
	return r, nil
}

func trials(ctx context.Context, st store.Store) (headings, links []eval.Trial, err error) {
	notes, err := st.List(ctx, "", "", 0)
	if err != nil {
		return nil, nil, err
	}
	var chunks []store.Chunk
	var edges []store.Edge
	for _, n := range notes {
		own, err := st.Chunks(ctx, n.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, c := range own {
			chunks = append(chunks, store.Chunk{Note: c.Note, Heading: c.Heading})
		}
		out, err := st.Edges(ctx, n.ID, store.Out)
		if err != nil {
			return nil, nil, err
		}
		edges = append(edges, out...)
	}
	return eval.HeadingTrials(chunks), eval.LinkTrials(edges), nil
}

// spread takes n of a list, from all over it.
func spread(list []eval.Trial, n int) []eval.Trial {
	if len(list) <= n {
		return list
	}
	out := make([]eval.Trial, n)
	for i := range out {
		out[i] = list[i*len(list)/n]
	}
	return out
}

// bench asks trials.
type bench struct {
	searcher *search.Searcher
	mode     string
	answers
}

func (b *bench) ask(ctx context.Context, list []eval.Trial) (BenchScore, error) {
	s := BenchScore{Questions: len(list)}
	for _, t := range list {
		from := time.Now()
		ans, err := b.searcher.Search(ctx, search.Query{Text: fmt.Sprintf("%.*s", search.MaxQuery/4, t.Question), Plain: true, Mode: b.mode, Limit: 11})
		if err != nil {
			return s, err
		}
		b.took = append(b.took, time.Since(from))
		if len(b.degraded) == 0 {
			b.degraded = ans.Degraded
		}
		hits := slices.DeleteFunc(ans.Results, func(h search.Hit) bool { return h.ID == t.Not })
		s.count(slices.IndexFunc(hits, func(h search.Hit) bool { return h.ID == t.Answer || slices.Contains(h.Same, t.Answer) }))
	}
	if n := float64(len(list)); n > 0 {
		s.First, s.Five, s.MRR = s.First/n, s.Five/n, s.MRR/n
	}
	return s, nil
}

// count adds an answer at place i, from 0; less than 0 is none.
func (s *BenchScore) count(i int) {
	if i < 0 || i >= 10 {
		return
	}
	if i == 0 {
		s.First++
	}
	if i < 5 {
		s.Five++
	}
	s.MRR += 1 / float64(i+1)
}
