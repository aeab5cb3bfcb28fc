package mcp

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"amalfa/notes"
	"amalfa/notes/files"
	"amalfa/search"

	"github.com/google/jsonschema-go/jsonschema"
)

// maxRanked is how far down the ranking cursors lead.
const maxRanked = 200

const searchName = "search_documents"

type searchIn struct {
	Query         string `json:"query" jsonschema:"question, words, names or titles; a line 'words: ' for exact words, 'meaning: ' for a text like the answer"`
	Limit         int    `json:"limit,omitempty"`
	Mode          string `json:"mode,omitempty"`
	Passages      bool   `json:"passages,omitempty" jsonschema:"several of one note"`
	MinConfidence string `json:"min_confidence,omitempty"`
	Strict        bool   `json:"strict,omitempty" jsonschema:"only what satisfies all filters, quoted phrases and -words"`
	MaxTokens     int    `json:"max_tokens,omitempty"`
	Cursor        string `json:"cursor,omitempty" jsonschema:"next_cursor of the last answer"`
}

type searchOut struct {
	quoted
	Query string `json:"query" brief:"-"`
	Mode  string `json:"mode" brief:"-"`

	Confidence  string       `json:"confidence" jsonschema:"whether the first result answers: high, medium, low, or none when nothing here does"`
	Probability float64      `json:"probability" brief:"-" jsonschema:"that the first result answers, 0 to 1"`
	Judged      int          `json:"judged" brief:"-" jsonschema:"passages that a reranker read"`
	Vectors     search.Share `json:"vectors" brief:"-" jsonschema:"how many of the passages can be found by meaning"`

	Relaxed     []string `json:"relaxed" brief:"-" jsonschema:"filters, phrases and -words of the query that some results do not satisfy; those stand last"`
	Suggestions []string `json:"suggestions" brief:"-" jsonschema:"what to ask instead"`

	Results    []result        `json:"results"`
	Contexts   []notes.Context `json:"contexts" brief:"-" jsonschema:"what the folders of the results say about their notes, outer folders first; text of files, too"`
	Degraded   []string        `json:"degraded" brief:"-" jsonschema:"what this answer had to do without"`
	IndexLag   lag             `json:"index_lag" brief:"-"`
	NextCursor *string         `json:"next_cursor"`
	Scratchpad *string         `json:"scratchpad_id" brief:"-" jsonschema:"entry with all results in full, if they did not fit"`
}

type result struct {
	Workspace  string        `json:"workspace,omitempty" jsonschema:"which of several that were asked"`
	ID         string        `json:"id"`
	Title      string        `json:"title" brief:"-"`
	Heading    []string      `json:"heading" brief:"-"`
	Lines      [2]int        `json:"lines" jsonschema:"first and last line, from 1"`
	Location   string        `json:"location" brief:"-" jsonschema:"id:first-last, which read_node_content takes as id"`
	Ref        string        `json:"ref" brief:"-" jsonschema:"short id of the passage, which every tool takes as id while the passage stays as it is"`
	Score      float64       `json:"score" jsonschema:"probability that it answers, 0 to 1"`
	Confidence string        `json:"confidence" brief:"-"`
	Relaxed    bool          `json:"relaxed" brief:"-" jsonschema:"it does not satisfy all of the query"`
	Scores     search.Scores `json:"scores" brief:"-"`
	Text       string        `json:"text"`
	Complete   bool          `json:"complete" jsonschema:"text is the whole passage, not a part of it"`
	HiddenText bool          `json:"hidden_text" brief:"-" jsonschema:"the passage holds text that a reader of the file would not see"`
}

func (s *Server) searchTool() tool {
	return tool{
		name:  searchName,
		title: "Search the notes",
		description: "Find passages of the notes by meaning and by words. Use it first for any question about the project: decisions, " +
			"reasons, people, terms, how things work, what was tried. Ask in one plain sentence; if nothing fits, try other words " +
			"or the exact name. Cite path:lines; open a result with read_node_content.",
		limit: func(p map[string]*jsonschema.Schema) {
			limitInteger(p["limit"], 1, 50, s.o.Limit)
			p["mode"].Enum = []any{"hybrid", "keyword", "vector"}
			p["min_confidence"].Enum = []any{search.High, search.Medium, search.Low}
			p["mode"].Default = []byte(`"hybrid"`)
			limitTokens(p)
		},
	}
}

func (s *Server) search(ctx context.Context, in searchIn) (a answer[searchOut], err error) {
	if strings.TrimSpace(in.Query) == "" {
		return a, errors.New("the query is empty")
	}
	if isEverywhere(ctx) {
		return s.everywhere(ctx, in)
	}
	asked := fingerprint(searchName, in.Query, in.Mode, in.Passages, in.MinConfidence, in.Strict)
	at, err := decodeCursor(in.Cursor, asked)
	if err != nil {
		return a, err
	}
	if at.Line >= maxRanked {
		return a, errCursor
	}
	var found search.Answer
	s.lag.begin() // beside the search
	err = s.index.with(ctx, func(h *handle) error {
		// One more than is shown tells whether there is a next answer.
		q := search.Query{Text: in.Query, Mode: in.Mode, Passages: in.Passages, Limit: min(at.Line+in.Limit+1, maxRanked), Rerank: s.rerankOptions(at.Line > 0), MinConfidence: in.MinConfidence, Strict: in.Strict}
		found, err = h.searcher.Search(ctx, q)
		return err
	})
	if err != nil {
		return a, err
	}
	s.think(ctx, asked, at.Line > 0, &found)
	return s.packSearch(in, at, found, s.lag.known(ctx))
}

// everywhere is a search of all workspaces, one page of it. How far their files have changed is not looked at, and no model thinks.
func (s *Server) everywhere(ctx context.Context, in searchIn) (a answer[searchOut], err error) {
	if in.Cursor != "" {
		return a, fmt.Errorf("a search of %q workspaces has no next page: raise limit, at most %d, or name one workspace", everywhere, maxEverywhere)
	}
	found, err := s.searchEverywhere(ctx, search.Query{Text: in.Query, Mode: in.Mode, Passages: in.Passages, Limit: in.Limit, MinConfidence: in.MinConfidence, Strict: in.Strict})
	if err != nil {
		return a, err
	}
	return s.packSearch(in, cursor{}, found, lag{})
}

// packSearch gives the brief form where the other one has no room for a result.
func (s *Server) packSearch(in searchIn, at cursor, found search.Answer, behind lag) (a answer[searchOut], err error) {
	out := searchHead(in, found, behind)
	head := out.head(1)
	b := s.budget(in.MaxTokens, head, out)
	a, err = s.fillSearch(in, at, found, out, b)
	if err != nil && !b.brief {
		return s.fillSearch(in, at, found, out, s.briefBudget(in.MaxTokens, head, out))
	}
	return a, err
}

func (s *Server) fillSearch(in searchIn, at cursor, found search.Answer, out searchOut, b *budget) (a answer[searchOut], err error) {
	hits := found.Results[min(at.Line, len(found.Results)):]
	page := hits[:min(in.Limit, len(hits))]
	keeps := s.o.Scratchpad != nil && !b.brief
	if keeps { // its entry is named when not all fits
		b.text, b.structure = b.text-tailTokens, b.structure-tailTokens
	}
	contexts := s.contextsOf(page, b)
	var body strings.Builder
	whole := 0
	for i, h := range page {
		r := fitHit(b, h, at.Line+i+1, i == 0)
		if r == nil {
			break
		}
		if r.Complete {
			whole++
		}
		out.Results = append(out.Results, *r)
		body.WriteString(formatHit(*r, at.Line+i+1))
	}
	if len(out.Results) == 0 && len(page) > 0 {
		return a, b.tooSmall()
	}
	out.Contexts = notes.ContextsOf(contexts, idsOf(page[:len(out.Results)]))
	if out.NextCursor = at.next(len(out.Results), len(hits)); len(hits) > 0 && hits[0].Workspace != "" {
		out.NextCursor = nil
	}
	if keeps && whole < len(page) {
		out.Scratchpad = s.saveToScratchpad("search_documents", in.Query, page)
	}
	return answer[searchOut]{out, formatSearch(out, body.String()), b.brief}, nil
}

const (
	// maxEcho bounds what an answer repeats of the question, and each thing it says about it, in bytes: all of it may be 8 KiB long.
	maxEcho = 160
	// maxSaid is how many filters, and how many suggestions, an answer names.
	maxSaid = 4
)

// searchHead is an answer without its results.
func searchHead(in searchIn, found search.Answer, behind lag) searchOut {
	return searchOut{quoted: fromNotes(), Query: shorten(oneLine(in.Query), maxEcho), Mode: found.Mode, Confidence: found.Confidence, Probability: found.Probability,
		Judged: found.Judged, Vectors: found.Vectors, Relaxed: said(found.Relaxed), Suggestions: said(found.Suggestions), Results: []result{}, Contexts: []notes.Context{},
		Degraded: append([]string{}, found.Degraded...), IndexLag: behind}
}

// said shortens what an answer says in a list.
func said(list []string) []string {
	out := []string{}
	for _, text := range list[:min(maxSaid, len(list))] {
		out = append(out, shorten(text, maxEcho))
	}
	return out
}

// contextsOf returns what the folders of hits say, as far as a quarter of the budget goes.
func (s *Server) contextsOf(hits []search.Hit, b *budget) []notes.Context {
	if len(hits) > 0 && hits[0].Workspace != "" { // those of one workspace say nothing about the others' notes
		return nil
	}
	if s.o.Root == "" {
		return nil
	}
	all := files.Contexts(s.o.Root, idsOf(hits))
	fit, taken := notes.FitContexts(all, min(b.text, b.structure)/4, func(c notes.Context) int { return max(b.count(formatContext(c)), b.count(encode(c, false))+1) })
	b.text, b.structure = b.text-taken, b.structure-taken
	return fit
}

func idsOf(hits []search.Hit) []string {
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	return ids
}

func formatContext(c notes.Context) string {
	return fmt.Sprintf("About %s\n| %s\n", oneLine(c.Folder), oneLine(c.Text))
}

// fitHit makes the longest form of a hit that the budget has room for: the passage, its snippet, or, for the first hit of an
// answer, as much as fits, since a page without a hit would have a cursor that leads back to itself. nil means that nothing does.
func fitHit(b *budget, h search.Hit, rank int, first bool) *result {
	r := result{Workspace: h.Workspace, ID: h.ID, Title: cleanTitle(h.Title), Heading: []string{}, Lines: h.Lines, Ref: h.Ref, Score: h.Score, Confidence: h.Confidence, Relaxed: h.Relaxed, Scores: h.Scores,
		Location: fmt.Sprintf("%s:%d-%d", h.ID, h.Lines[0], h.Lines[1])}
	for _, part := range h.Heading {
		r.Heading = append(r.Heading, cleanTitle(part))
	}
	if b.brief { // they may be longer than what they stand above
		r.Title, r.Heading = "", nil
	}
	var whole string
	whole, r.HiddenText = clean(h.Text)
	if _, hidden := clean(h.ID + h.Title + strings.Join(h.Heading, "")); hidden {
		r.HiddenText = true
	}
	r.Text, r.Complete = whole, true
	if b.spendRow(formatHit(r, rank), r) {
		return &r
	}
	r.Complete = false
	if r.Text, _ = clean(h.Snippet); b.spendRow(formatHit(r, rank), r) {
		return &r
	}
	if !first {
		return nil
	}
	r.Text = b.truncate(whole, func(part string) (string, string) {
		cut := r
		cut.Text = part
		return formatHit(cut, rank), encode(cut, b.brief)
	})
	if r.Text == "" || !b.spendRow(formatHit(r, rank), r) {
		return nil
	}
	return &r
}

// formatHit is a result as a model reads it.
func formatHit(r result, rank int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d. ", rank)
	if r.Workspace != "" {
		fmt.Fprintf(&b, "[workspace %s] ", oneLine(r.Workspace))
	}
	b.WriteString(oneLine(r.Location))
	if len(r.Heading) > 0 {
		fmt.Fprintf(&b, " · %s", strings.Join(r.Heading, " > "))
	} else if r.Title != "" {
		fmt.Fprintf(&b, " · %s", r.Title)
	}
	fmt.Fprintf(&b, " · ref %s", r.Ref)
	if r.Confidence != "" { // not of a list by filters alone
		fmt.Fprintf(&b, " · score %.3f (%s)", r.Score, r.Confidence)
	}
	if r.Relaxed {
		b.WriteString(" · relaxed")
	}
	if !r.Complete {
		b.WriteString(" · shortened")
	}
	if r.HiddenText {
		b.WriteString(" · holds hidden text")
	}
	b.WriteByte('\n')
	if r.Complete {
		b.WriteString(numberLines(r.Text, r.Lines[0]))
	} else {
		b.WriteString("| " + strings.ReplaceAll(strings.TrimSpace(r.Text), "\n", "\n| ") + "\n")
	}
	return b.String()
}

// head is what stands above results, as many of them as there may be: it is counted before they are packed.
func (out searchOut) head(results int) string {
	var b strings.Builder
	for _, d := range out.Degraded {
		fmt.Fprintf(&b, "Degraded: %s\n", oneLine(d))
	}
	for _, caution := range search.Cautions(out.Confidence, out.Relaxed, results) {
		fmt.Fprintln(&b, oneLine(caution))
	}
	for _, text := range out.Suggestions {
		fmt.Fprintf(&b, "Suggestion: %s\n", oneLine(text))
	}
	if text := out.Vectors.Waiting(out.Mode); text != "" {
		fmt.Fprintf(&b, "%s\n", text)
	}
	if n := out.IndexLag.Files; n != nil && *n > 0 {
		fmt.Fprintf(&b, "%s%d changed files are not indexed yet.\n", out.IndexLag.prefix(), *n)
	}
	return b.String()
}

func formatSearch(out searchOut, body string) string {
	var b strings.Builder
	b.WriteString(out.head(len(out.Results)))
	if len(out.Results) == 0 && out.Probability > 0 {
		fmt.Fprintf(&b, "No passage reaches that confidence: the best one has %s (%.3f). Ask in other words, or without min_confidence.\n", out.Confidence, out.Probability)
		return b.String()
	}
	if len(out.Results) == 0 {
		b.WriteString("No passage found. Try other words, or list_directory_structure to see what there is.\n")
		return b.String()
	}
	b.WriteString(untrustedNotice)
	for _, c := range out.Contexts {
		b.WriteString(formatContext(c))
	}
	b.WriteString(body)
	if out.NextCursor != nil {
		b.WriteString("\n" + moreText(out.NextCursor))
	}
	if out.Scratchpad != nil {
		fmt.Fprintf(&b, "All in full: scratchpad_read %s\n", *out.Scratchpad)
	}
	return b.String()
}

// saveToScratchpad stores the full form of hits and returns the id, or nil when it is small or there is no scratchpad.
func (s *Server) saveToScratchpad(tool, title string, hits []search.Hit) *string {
	if s.o.Scratchpad == nil {
		return nil
	}
	unlimited := &budget{text: 1 << 30, structure: 1 << 30, count: func(string) int { return 0 }}
	var b strings.Builder
	for i, h := range hits {
		b.WriteString(formatHit(*fitHit(unlimited, h, i+1, true), i+1))
	}
	if b.Len() <= s.o.ScratchpadAbove {
		return nil
	}
	e, err := s.o.Scratchpad.Save(tool, title, b.String())
	if err != nil {
		s.warn("Save to scratchpad", err)
		return nil
	}
	return &e.ID
}
