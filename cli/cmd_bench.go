package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"amalfa/search"
	"amalfa/search/eval"
	"amalfa/store"
	"amalfa/store/sqlite"

	"github.com/urfave/cli/v3"
)

func (a *program) benchCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "bench", Category: categorySelf, Usage: "measure how well your own notes are found",
		UsageText: "amalfa bench --from-notes",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "from-notes", Usage: "ask with the headings and links of the notes, the only source there is"},
			&cli.IntFlag{Name: "questions", Value: 200, Usage: "ask `N` of each kind, spread over all notes"},
			&cli.StringFlag{Name: "mode", Usage: "hybrid, keyword or vector (default: search.mode, hybrid)"},
			&cli.BoolFlag{Name: "no-daemon", Usage: "load the model in this process"},
		},
		Description: "A heading that one note has asks for that note; the sentence around a link, without the name of the\n" +
			"target, asks for the target. Nothing is written.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeUnusable),
		Action: checked(arguments(0, 0, ""), a.bench),
	})
}

// A benchAnswer is `bench --json`.
type benchAnswer struct {
	Mode      string     `json:"mode"`
	Headings  benchScore `json:"headings"`
	Links     benchScore `json:"links"`
	LatencyMs latency    `json:"latencyMs"`
	Degraded  []string   `json:"degraded"`
}

type benchScore struct {
	Questions int     `json:"questions"`
	First     float64 `json:"recall@1"`
	Five      float64 `json:"recall@5"`
	MRR       float64 `json:"mrr@10"`
}

func (a *program) bench(ctx context.Context, c *cli.Command) error {
	if !c.Bool("from-notes") || c.Int("questions") < 1 {
		return usageError("bench needs --from-notes, and --questions of 1 or more", "run \"amalfa bench --from-notes\"")
	}
	return a.withIndex(ctx, c, func(s *session, st *sqlite.Store) error {
		mode, err := s.mode(c)
		if err != nil {
			return err
		}
		headings, links, err := trials(ctx, st)
		if err != nil {
			return err
		}
		emb := s.NewEmbedder(c.Bool("no-daemon"))
		defer emb.Close()
		b := bench{searcher: search.New(st, emb, nil), mode: mode}
		ans := benchAnswer{Mode: mode}
		if ans.Headings, err = b.ask(ctx, spread(headings, c.Int("questions"))); err != nil {
			return err
		}
		if ans.Links, err = b.ask(ctx, spread(links, c.Int("questions"))); err != nil {
			return err
		}
		if len(b.took) > 0 {
			ans.LatencyMs = b.latency()
		}
		ans.Degraded = append([]string{}, b.degraded...)
		return a.print(c, ans, func() { a.printBench(ans) })
	})
}

func trials(ctx context.Context, st *sqlite.Store) (headings, links []eval.Trial, err error) {
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

func (b *bench) ask(ctx context.Context, list []eval.Trial) (benchScore, error) {
	s := benchScore{Questions: len(list)}
	for _, t := range list {
		from := time.Now()
		ans, err := b.searcher.Search(ctx, search.Query{Text: fmt.Sprintf("%.*s", search.MaxQuery/4, t.Question), Mode: b.mode, Limit: 11})
		if err != nil {
			return s, asUsage(err)
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
func (s *benchScore) count(i int) {
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

func (a *program) printBench(ans benchAnswer) {
	a.line("%-9s questions  first  in five  MRR@10   (%s)", "", ans.Mode)
	for _, row := range []struct {
		name string
		s    benchScore
	}{{"headings", ans.Headings}, {"links", ans.Links}} {
		a.line("%-9s %9d  %4.0f%%  %6.0f%%   %.3f", row.name, row.s.Questions, 100*row.s.First, 100*row.s.Five, row.s.MRR)
	}
	a.line("%.1f ms a question, 95 of 100 within %.1f ms", ans.LatencyMs.P50, ans.LatencyMs.P95)
	for _, d := range ans.Degraded {
		a.note("degraded: %s", d)
	}
}
