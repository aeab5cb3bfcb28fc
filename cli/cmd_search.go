package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"amalfa/app"
	"amalfa/notes"
	"amalfa/search"

	"github.com/urfave/cli/v3"
)

// A searchAnswer is `search --json`; design.md section 7 fixes its shape.
type searchAnswer struct {
	Query string `json:"query"`
	Mode  string `json:"mode"`

	Confidence  string       `json:"confidence"` // that of the first hit: high, medium, low or none
	Probability float64      `json:"probability"`
	Judged      int          `json:"judged"` // passages that the reranker read
	Vectors     search.Share `json:"vectors"`

	Relaxed     []string `json:"relaxed"`     // what the question asks for and some results lack, as typed
	Suggestions []string `json:"suggestions"` // what to ask instead

	listed  bool // filters alone: none was judged
	several bool // workspaces were asked

	Results  []searchResult    `json:"results"`
	Contexts []notes.Context   `json:"contexts"` // what the folders of the results say about their notes
	Degraded []string          `json:"degraded"`
	Sonar    *app.SearchStages `json:"sonar,omitempty"` // where sonar.tasks.search.enabled is true
	IndexLag indexLag          `json:"indexLag"`
	TookMs   int64             `json:"tookMs"`
}

type searchResult struct {
	Workspace string `json:"workspace,omitempty"` // with --workspace

	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Heading []string `json:"heading"`
	Lines   [2]int   `json:"lines"`
	Ref     string   `json:"ref"` // of the passage; commands take it in place of a note
	Snippet string   `json:"snippet"`
	Score   float64  `json:"score,omitempty"` // probability that it answers; none in a list by filters alone

	Confidence string `json:"confidence,omitempty"`

	Relevance *float64  `json:"relevance,omitempty"` // what the language model says of it
	Answer    *answered `json:"answer,omitempty"`    // the words that answer, as the language model found them

	Relaxed bool `json:"relaxed"` // it lacks something of the question

	Scores search.Scores `json:"scores"`

	Same    []string            `json:"same,omitempty"`    // other notes that say nearly the same
	Before  []search.Passage    `json:"before,omitempty"`  // with --context
	After   []search.Passage    `json:"after,omitempty"`   // with --context
	Explain *search.Explanation `json:"explain,omitempty"` // with --explain

	Elsewhere bool `json:"elsewhere,omitempty"` // no file of it is on this machine; "amalfa read" has its text

	marks []search.Span // of the snippet
	root  string        // of its workspace, "" for this one and for one without a folder here
}

// An answered is the words of a result that answer, "" for none, and that they do, 0 to 1.
type answered struct {
	Snippet    string  `json:"snippet"`
	Context    string  `json:"context"`
	Confidence float64 `json:"confidence"`
}

type indexLag struct {
	Files   int  `json:"files"`
	AtLeast bool `json:"atLeast,omitempty"` // not all files were looked at
}

// line says what the index lacks, "" for nothing.
func (l indexLag) line() string {
	switch {
	case l.Files > 0 && l.AtLeast:
		return fmt.Sprintf("at least %s on disk changed since the last index: start the watcher, or run \"amalfa init\"", count(l.Files, "file"))
	case l.Files > 0:
		return count(l.Files, "file") + " on disk changed since the last index: run \"amalfa init\", or start the watcher"
	case l.AtLeast:
		return "not every file was looked at for changes: start the watcher, which knows them (\"amalfa watcher start\")"
	}
	return ""
}

func (a *program) searchCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "search", Category: categoryMemory, Usage: "ask the notes a question",
		ArgsUsage: "QUERY",
		UsageText: "amalfa search \"what did we decide about auth\"\namalfa search --limit 3 --json QUERY\namalfa search --workspace work,home \"what did we decide\"\namalfa search 'words: retry backoff' 'meaning: wait, then try again'\namalfa search -- -starts-with-a-dash",
		Flags: append([]cli.Flag{
			&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, HideDefault: true, Usage: "at most `N` results, 1 to 200 (default: search.limit, 10)"},
			&cli.StringFlag{Name: "mode", Usage: "hybrid, keyword or vector (default: search.mode, hybrid)"},
			&cli.BoolFlag{Name: "passages", Usage: "every matching passage, not only the best of each note"},
			&cli.IntFlag{Name: "context", Aliases: []string{"C"}, HideDefault: true, Usage: "show `N` passages before and after each result"},
			&cli.StringFlag{Name: "min-confidence", HideDefault: true, Usage: "leave out results below high, medium or low `CONFIDENCE` that they answer"},
			&cli.BoolFlag{Name: "strict", Usage: "only results that satisfy every filter, phrase and -word"},
			&cli.BoolFlag{Name: "explain", Usage: "show the rank and score that each stage gave"},
			&cli.StringSliceFlag{Name: "workspace", Aliases: []string{"w"}, Usage: "ask these workspaces, each by its `NAME` or path, or all; \"amalfa workspaces\" lists them (default: the one of this folder)"},
			&cli.BoolFlag{Name: "no-daemon", Usage: "load the model in this process"},
		}, slices.Concat(formatFlags(), rankingFlags())...),
		Description: filterHelp + codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeUnusable, codeInterrupted),
		Action:      checked(arguments(1, -1, "a question"), with(a, searchFlags, (*session).search)),
	})
}

// filterHelp tells of the language of questions.
const filterHelp = "Results with all \"quoted words\" and no -word come first; others follow where these are few, and are\nmarked. Filters narrow the question:\n" +
	"path:docs/api  tag:sea  type:md  after:2024-03  before:2025-01-31  link:Moon (notes that link there).\n" +
	"All hold while any note satisfies them, a comma separates alternatives, a leading - turns one around.\nFilters alone list the newest notes.\n" +
	"A line or an argument that begins with words: or meaning: is for one side of the search: the words to\nlook for, and a text like the answer.\n\n"

// rankingFlags are those of reranking.
func rankingFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "rerank", Usage: "read the best results again with the reranker, started if need be (without it: when it is running)"},
		&cli.BoolFlag{Name: "no-rerank", Usage: "leave the reranker out"},
		&cli.IntFlag{Name: "budget-ms", HideDefault: true, Usage: "spend at most `N` milliseconds on reranking, 0 for as long as it takes (default: reranker.budgetMs, 1500)"},
	}
}

type searchOptions struct {
	Query             string
	Mode              *string // nil: search.mode
	Limit             *int    // nil: search.limit
	Passages, Explain bool
	MinConfidence     string
	Strict            bool
	Context           int // passages before and after each result
	Format            string
	Tokens            *int // of a pack; nil: defaultPackTokens
	Rerank, NoRerank  bool
	Budget            *int // of reranking, in milliseconds
	NoDaemon          bool
	Workspaces        []string // nil: the one of this folder
}

func searchFlags(c *cli.Command) searchOptions {
	return searchOptions{
		Query: search.JoinArguments(c.Args().Slice()), Mode: given(c, "mode", c.String("mode")), Limit: given(c, "limit", c.Int("limit")),
		Passages: c.Bool("passages"), Explain: c.Bool("explain"), MinConfidence: c.String("min-confidence"), Strict: c.Bool("strict"), Context: c.Int("context"),
		Format: c.String("format"), Tokens: given(c, "tokens", c.Int("tokens")),
		Rerank: c.Bool("rerank"), NoRerank: c.Bool("no-rerank"), Budget: given(c, "budget-ms", c.Int("budget-ms")), NoDaemon: c.Bool("no-daemon"),
		Workspaces: c.StringSlice("workspace"),
	}
}

func (s *session) search(ctx context.Context, o searchOptions) error {
	q, err := s.query(o)
	if err != nil {
		return err
	}
	as, err := s.format(o)
	if err != nil {
		return err
	}
	with, err := s.ranking(o)
	if err != nil {
		return err
	}
	if with.Query = q; as == "pack" {
		with.Passages, with.Limit = true, max(q.Limit, packCandidates)
		with.Pack = packOptions(o)
	}
	collectSeldom()
	found, err := s.find(ctx, with, o.Workspaces)
	if err != nil {
		return asUsage(err)
	}
	return s.writeHits(as, o, found)
}

// find asks this workspace, or those that are named.
func (s *session) find(ctx context.Context, with app.SearchOptions, workspaces []string) (app.Found, error) {
	switch {
	case len(workspaces) == 0:
		return s.Search(ctx, with)
	case with.Pack != nil:
		return app.Found{}, usageError("--format pack is made of one workspace", "leave --workspace out, and choose the workspace with --root")
	}
	return s.SearchAmong(ctx, workspaces, with)
}

// collectSeldom lets the heap grow to five times what is alive, where it would be collected at twice that: this process ends with its
// answer, about 8 MB later. Seven collections took a tenth of the processor time of a search over 100,000 passages. GOGC wins.
func collectSeldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

// ranking says how the best results are ranked anew. A search never waits for a reranker that nobody asked for.
func (s *session) ranking(o searchOptions) (app.SearchOptions, error) {
	with := app.SearchOptions{NoDaemon: o.NoDaemon}
	switch {
	case o.Budget != nil && *o.Budget < 0:
		return with, usageError(fmt.Sprintf("--budget-ms takes 0 or more, not %d", *o.Budget), "leave it out for reranker.budgetMs")
	case o.Rerank && o.NoRerank:
		return with, usageError("--rerank and --no-rerank exclude each other", "choose one of them")
	case o.Rerank:
		with.Reranker = app.RerankAlways
	case o.NoRerank:
		with.Reranker = app.RerankNever
	}
	if o.Budget != nil {
		budget := milliseconds(o.Budget)
		with.Budget = &budget
	}
	return with, nil
}

// packCandidates are the passages that a pack chooses from, at least.
const packCandidates = 50

// asUsage makes a question that cannot be asked a matter of usage.
func asUsage(err error) error {
	if errors.Is(err, search.ErrQuery) {
		return usageError(err.Error(), "run \"amalfa search --help\" for the language of questions")
	}
	return err
}

func (s *session) query(o searchOptions) (search.Query, error) {
	q := search.Query{Text: o.Query, Limit: s.Settings.Search.Limit, Passages: o.Passages, Around: o.Context, MinConfidence: o.MinConfidence, Strict: o.Strict}
	if q.Around < 0 || q.Around > search.MaxAround {
		return q, usageError(fmt.Sprintf("--context takes 0 to %d, not %d", search.MaxAround, q.Around), "")
	}
	if o.Limit != nil {
		if q.Limit = *o.Limit; q.Limit < 1 || q.Limit > 200 {
			return q, usageError(fmt.Sprintf("--limit takes 1 to 200, not %d", q.Limit), "leave it out for the best 10")
		}
	}
	var err error
	if q.Mode, err = s.SearchMode(o.Mode); err != nil {
		return q, err
	}
	if strings.TrimSpace(q.Text) == "" {
		return q, usageError("the question is empty", `try: amalfa search "what did we decide"`)
	}
	return q, nil
}

func newSearchAnswer(ans app.Found, away []bool, explain bool) searchAnswer {
	out := searchAnswer{Query: ans.Query, Mode: ans.Mode, Confidence: ans.Confidence, Probability: ans.Probability, Judged: ans.Judged, Vectors: ans.Vectors, Relaxed: append([]string{}, ans.Relaxed...), Suggestions: append([]string{}, ans.Suggestions...), Results: []searchResult{}, Contexts: ans.Contexts, Degraded: append([]string{}, ans.Degraded...),
		Sonar: ans.Stages, IndexLag: indexLag(ans.Lag), TookMs: ans.Took.Milliseconds(), listed: ans.Listed, several: ans.Roots != nil}
	for i, h := range ans.Results {
		r := searchResult{
			Workspace: h.Workspace, ID: h.ID, Title: h.Title, Heading: append([]string{}, h.Heading...),
			Lines: h.Lines, Ref: h.Ref, Snippet: h.Snippet, Score: h.Score, Confidence: h.Confidence, Relaxed: h.Relaxed, Scores: h.Scores,
			Same: h.Same, Before: h.Before, After: h.After, marks: h.Marks, root: ans.Roots[h.Workspace], Elsewhere: away[i],
		}
		if explain {
			r.Explain = &h.Why
		}
		if ans.Stages != nil {
			told := ans.Stages.Hits[i]
			if r.Relevance = told.Relevance; told.Answer != nil {
				r.Answer = &answered{told.Answer.Snippet, told.Answer.Context, told.Answer.Confidence}
			}
		}
		out.Results = append(out.Results, r)
	}
	return out
}

func (s *session) printHits(ans searchAnswer) {
	s.tellContexts(ans.Contexts)
	footer := s
	if ans.Confidence == search.None && len(ans.Results) > 0 {
		s.line("Nothing here answers that. Closest:")
		s = s.dimmed()
	}
	for i, h := range ans.Results {
		s.printPlace(i+1, h, ans.listed)
		for _, p := range h.Before {
			s.printPassage(p)
		}
		s.printSnippet(h)
		if h.Answer != nil && h.Answer.Snippet != "" {
			s.line("          answers: %s", cleanLine(h.Answer.Snippet))
		}
		for _, p := range h.After {
			s.printPassage(p)
		}
		if len(h.Same) > 0 {
			s.line("          %s", s.faint("the same in "+cleanLine(strings.Join(h.Same, ", "))))
		}
		if h.Explain != nil {
			s.line("          %s", s.faint(explanation(*h.Explain, h.Scores)))
		}
	}
	switch s = footer; {
	case len(ans.Results) > 0:
	case ans.Probability > 0:
		s.line("Nothing reaches that confidence: the best result has %s (%.2f).", ans.Confidence, ans.Probability)
	default:
		s.line("No note matches.")
		s.aside("%s", s.faint("why a note is not here: amalfa why-not NOTE "+cleanLine(strconv.Quote(ans.Query))))
	}
	s.notes(ans)
	s.aside("%s%s · %d ms", count(len(ans.Results), "result"), ranking(ans), ans.TookMs)
}

// printPlace writes where a hit stands; the headings give way where a line is short.
func (s *session) printPlace(rank int, h searchResult, listed bool) {
	score := fmt.Sprintf("  %.2f", h.Score)
	if listed {
		score = "" // none was judged
	}
	head, place := fmt.Sprintf("%2d%s  ", rank, score), plainPlace(h.ID, h.Lines)
	if h.Workspace != "" {
		head += "[" + cleanLine(h.Workspace) + "] "
	}
	headings := cleanLine(strings.Join(h.Heading, " › "))
	headings = s.beside(headings, head+place+"    "+h.Ref)
	linked := s.bold(place)
	if !h.Elsewhere {
		linked = s.placeIn(h.root, h.ID, h.Lines)
	}
	s.line("%s%s  %s  %s", head, linked, s.faint(headings), s.faint(h.Ref))
}

// maxTextColumns is how wide text is set at most: a longer line is hard to read on.
const maxTextColumns = 110

// printSnippet writes it in lines that stand below each other.
func (s *session) printSnippet(h searchResult) {
	const indent = "          "
	columns := 0
	if s.columns > 0 {
		columns = max(min(s.columns, maxTextColumns)-len(indent), 20)
	}
	for _, line := range folded(h.Snippet, columns) {
		s.line("%s%s", indent, strings.TrimRight(s.marked(h.Snippet[line.From:line.To], within(line, h.marks)), " "))
	}
}

// ranking says what ranked an answer: nothing where filters alone list the newest notes.
func ranking(ans searchAnswer) string {
	switch {
	case ans.listed:
		return ""
	case ans.Judged > 0:
		return fmt.Sprintf(" · %s · %d reranked", ans.Mode, ans.Judged)
	}
	return " · " + ans.Mode
}

func (s *session) printPassage(p search.Passage) {
	s.line("          %s", s.faint(fmt.Sprintf("%d-%d  %s", p.Lines[0], p.Lines[1], cleanLine(p.Text))))
}

// notes says what the answer lacks.
func (s *session) notes(ans searchAnswer) {
	if len(ans.Relaxed) > 0 {
		s.aside("%s", s.faint(cleanLine(relaxedLine(ans))))
	}
	for _, text := range ans.Suggestions {
		s.aside("%s", s.faint(cleanLine(text)))
	}
	for _, d := range ans.Degraded {
		s.note("degraded: %s", d)
	}
	if text := awayLine(ans); text != "" {
		s.aside("%s", s.faint(text))
	}
	if text := ans.Vectors.Waiting(ans.Mode); text != "" {
		s.aside("%s", s.faint(text))
	}
	if text := ans.IndexLag.line(); text != "" {
		s.note("%s", text)
	}
}

// awayLine says how to read results without a file on this machine, "" where all have one.
func awayLine(ans searchAnswer) string {
	n, of := 0, ""
	for _, h := range ans.Results {
		if h.Elsewhere {
			n, of = n+1, h.Workspace
		}
	}
	switch {
	case n == 0:
		return ""
	case of != "":
		of = " --workspace " + cleanLine(of)
	}
	is := "are"
	if n == 1 {
		is = "is"
	}
	return fmt.Sprintf("%d of these %s on other machines only: \"amalfa read%s NOTE\" shows what the team's index holds", n, is, of)
}

// relaxedLine says what was relaxed, and from which result on.
func relaxedLine(ans searchAnswer) string {
	what := strings.Join(ans.Relaxed, ", ")
	switch first := slices.IndexFunc(ans.Results, func(h searchResult) bool { return h.Relaxed }); {
	case first < 0:
		return "relaxed: " + what
	case first == 0:
		return "relaxed: nothing satisfies " + what
	default:
		return fmt.Sprintf("relaxed: %s, from result %d on", what, first+1)
	}
}

func count(n int, what string) string { return app.Count(n, what) }
