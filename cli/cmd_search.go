package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"amalfa/search"

	"github.com/urfave/cli/v3"
)

// A searchAnswer is `search --json`; design.md section 7 fixes its shape.
type searchAnswer struct {
	Query    string         `json:"query"`
	Mode     string         `json:"mode"`
	Results  []searchResult `json:"results"`
	Degraded []string       `json:"degraded"`
	IndexLag indexLag       `json:"indexLag"`
	TookMs   int64          `json:"tookMs"`
}

type searchResult struct {
	ID      string        `json:"id"`
	Title   string        `json:"title"`
	Heading []string      `json:"heading"`
	Lines   [2]int        `json:"lines"`
	Snippet string        `json:"snippet"`
	Score   float64       `json:"score"`
	Scores  search.Scores `json:"scores"`
}

type indexLag struct {
	Files int `json:"files"`
}

func (a *app) searchCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "search", Category: categoryMemory, Usage: "ask the notes a question",
		ArgsUsage: "QUERY",
		UsageText: "amalfa search \"what did we decide about auth\"\namalfa search --limit 3 --json QUERY\namalfa search -- -starts-with-a-dash",
		Flags: append([]cli.Flag{
			&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, HideDefault: true, Usage: "at most `N` results, 1 to 200 (default: search.limit, 10)"},
			&cli.StringFlag{Name: "mode", Usage: "hybrid, keyword or vector (default: search.mode, hybrid)"},
			&cli.BoolFlag{Name: "passages", Usage: "every matching passage, not only the best of each note"},
			&cli.BoolFlag{Name: "no-daemon", Usage: "load the model in this process"},
		}, rerankFlags()...),
		Description: "\"quoted words\" must stand together, -word must be absent.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeUnusable, codeInterrupted),
		Action:      checked(arguments(1, -1, "a question"), a.search),
	})
}

func (a *app) search(ctx context.Context, c *cli.Command) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	q, err := s.query(c)
	if err != nil {
		return err
	}
	started := time.Now()
	st, err := s.readIndex(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	emb := s.embedder(c.Bool("no-daemon"))
	defer emb.Close()
	var skipped string
	if q.Rerank, skipped, err = s.searchRerank(ctx, c); err != nil {
		return err
	}
	ans, err := search.New(st, emb, nil).Search(ctx, q)
	if err != nil {
		return err
	}
	if skipped != "" {
		ans.Degraded = append(ans.Degraded, skipped)
	}
	lag, err := s.lag(ctx, st)
	if err != nil {
		return err
	}
	out := newSearchAnswer(ans)
	out.IndexLag.Files = lag
	out.TookMs = time.Since(started).Milliseconds()
	return a.print(c, out, func() { a.printHits(out) })
}

func (s *session) query(c *cli.Command) (search.Query, error) {
	q := search.Query{
		Text: strings.Join(c.Args().Slice(), " "), Mode: s.settings.Search.Mode,
		Limit: s.settings.Search.Limit, Passages: c.Bool("passages"),
	}
	if c.IsSet("limit") {
		if q.Limit = c.Int("limit"); q.Limit < 1 || q.Limit > 200 {
			return q, &usageError{fmt.Sprintf("--limit takes 1 to 200, not %d", q.Limit), "leave it out for the best 10"}
		}
	}
	if c.IsSet("mode") {
		q.Mode = c.String("mode")
	}
	switch q.Mode {
	case "hybrid", "keyword", "vector":
	default:
		return q, &usageError{fmt.Sprintf("--mode has no %q", q.Mode), "choose hybrid, keyword or vector"}
	}
	if strings.TrimSpace(q.Text) == "" {
		return q, &usageError{"the question is empty", `try: amalfa search "what did we decide"`}
	}
	return q, nil
}

func newSearchAnswer(ans search.Answer) searchAnswer {
	out := searchAnswer{Query: ans.Query, Mode: ans.Mode, Results: []searchResult{}, Degraded: append([]string{}, ans.Degraded...)}
	for _, h := range ans.Results {
		out.Results = append(out.Results, searchResult{
			ID: h.ID, Title: h.Title, Heading: append([]string{}, h.Heading...),
			Lines: h.Lines, Snippet: h.Snippet, Score: h.Score, Scores: h.Scores,
		})
	}
	return out
}

func (a *app) printHits(ans searchAnswer) {
	for i, h := range ans.Results {
		where := fmt.Sprintf("%s:%d-%d", cleanLine(h.ID), h.Lines[0], h.Lines[1])
		a.line("%2d  %.2f  %s  %s", i+1, h.Score, a.bold(where), a.faint(cleanLine(strings.Join(h.Heading, " › "))))
		a.line("          %s", cleanLine(h.Snippet))
	}
	if len(ans.Results) == 0 {
		a.line("No note matches.")
	}
	for _, d := range ans.Degraded {
		a.note("degraded: %s", d)
	}
	if n := ans.IndexLag.Files; n > 0 {
		a.note("%s on disk changed since the last index: run \"amalfa init\", or start the watcher", count(n, "file"))
	}
	a.note("%s · %s · %d ms", count(len(ans.Results), "result"), ans.Mode, ans.TookMs)
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
