package mcp

import (
	"context"
	"fmt"
	"strings"

	"amalfa/graph"

	"github.com/google/jsonschema-go/jsonschema"
)

type pathIn struct {
	From      string `json:"from" jsonschema:"note or tag:name"`
	To        string `json:"to"`
	Relation  string `json:"relation,omitempty"`
	MaxSteps  int    `json:"max_steps,omitempty"`
	MaxTokens int    `json:"max_tokens,omitempty"`
}

type pathOut struct {
	quoted
	From  string `json:"from"`
	To    string `json:"to"`
	Found bool   `json:"found" jsonschema:"false when nothing connects the two"`
	Steps []step `json:"steps" jsonschema:"each begins where the one before ended"`
}

type step struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Type     string `json:"type"`
	Location string `json:"location" jsonschema:"id:line of the evidence"`
	Sentence string `json:"sentence"`
	Forward  bool   `json:"forward" jsonschema:"the edge leads from from to to; otherwise the other way round"`
}

func pathTool() tool {
	return tool{
		name:        "find_path",
		title:       "Find how two notes connect",
		description: "Find a shortest chain of links between two notes, with the sentence behind each step.",
		limit: func(p map[string]*jsonschema.Schema) {
			least := 1.0
			p["max_steps"].Minimum = &least
			limitTokens(p)
		},
	}
}

func (s *Server) path(ctx context.Context, in pathIn) (a answer[pathOut], err error) {
	var out pathOut
	var route graph.Route
	err = s.index.with(ctx, func(h *handle) (err error) {
		if out.From, err = resolveNode(ctx, h, in.From); err != nil {
			return err
		}
		if out.To, err = resolveNode(ctx, h, in.To); err != nil {
			return err
		}
		if route, err = graph.Path(ctx, h, out.From, out.To, in.Relation); in.MaxSteps > 0 && len(route.Steps) > in.MaxSteps {
			route = graph.Route{}
		}
		return err
	})
	if err != nil {
		return a, err
	}
	out.quoted, out.Found, out.Steps = fromNotes(), route.Found, []step{}
	b := s.budget(in.MaxTokens, formatPath(out, ""), out)
	var body strings.Builder
	for _, l := range route.Steps {
		st := step{From: l.From(), To: l.To(), Type: l.Type, Location: fmt.Sprintf("%s:%d", l.Source, l.Line), Forward: l.Forward,
			Sentence: shorten(oneLine(l.Sentence), maxSentence)}
		if !b.spendRow(st.format(), st) {
			if st.Sentence = ""; !b.spendRow(st.format(), st) {
				return a, b.tooSmall()
			}
		}
		out.Steps = append(out.Steps, st)
		body.WriteString(st.format())
	}
	return answer[pathOut]{out, formatPath(out, body.String()), b.brief}, nil
}

func (st step) format() string {
	arrow := "-" + oneLine(st.Type) + "->"
	if !st.Forward {
		arrow = "<-" + oneLine(st.Type) + "-"
	}
	text := fmt.Sprintf("%s %s %s\n", oneLine(st.From), arrow, oneLine(st.To))
	if st.Sentence != "" {
		text += fmt.Sprintf("  %s | %s\n", oneLine(st.Location), st.Sentence)
	}
	return text
}

func formatPath(out pathOut, body string) string {
	switch {
	case !out.Found:
		return fmt.Sprintf("Nothing connects %s and %s.\n", oneLine(out.From), oneLine(out.To))
	case len(out.Steps) == 0:
		return fmt.Sprintf("%s is both.\n", oneLine(out.From))
	}
	return fmt.Sprintf("Steps: %d\n%s%s", len(out.Steps), untrustedNotice, body)
}

type relatedIn struct {
	ID        string `json:"id"`
	Limit     int    `json:"limit,omitempty"`
	MaxTokens int    `json:"max_tokens,omitempty"`
}

type relatedOut struct {
	quoted
	ID       string     `json:"id"`
	Results  []relative `json:"results"`
	Omitted  int        `json:"omitted" jsonschema:"further notes that max_tokens had no room for"`
	Degraded []string   `json:"degraded" jsonschema:"what this answer had to do without"`
}

type relative struct {
	ID      string   `json:"id"`
	Score   float64  `json:"score" jsonschema:"cosine of the nearest passages; 0 without vectors"`
	Reasons []string `json:"reasons" jsonschema:"why it is here, to be read after its id"`
	Passage quote    `json:"passage"`
}

func relatedTool() tool {
	return tool{
		name:  "related",
		title: "Notes related to a note",
		description: "List passages of other notes that bear on a note: alike, linked, or linked with the same notes. Use it before changing one to " +
			"see what must follow.",
		limit: func(p map[string]*jsonschema.Schema) {
			limitInteger(p["limit"], 1, 50, graph.DefaultRelated)
			limitTokens(p)
		},
	}
}

func (s *Server) related(ctx context.Context, in relatedIn) (a answer[relatedOut], err error) {
	out := relatedOut{quoted: fromNotes(), Degraded: []string{}}
	var found graph.Relatives
	err = s.index.with(ctx, func(h *handle) error {
		n, _, err := resolve(ctx, h, in.ID)
		if err != nil {
			return err
		}
		out.ID = n.ID
		found, err = graph.Related(ctx, h, n.ID, graph.RelatedOptions{Limit: in.Limit, SuperNode: s.o.SuperNode})
		return err
	})
	if err != nil {
		return a, err
	}
	if found.Degraded {
		out.Degraded = append(out.Degraded, "this note has no vectors, so only links were followed")
	}
	var body string
	b := s.budget(in.MaxTokens, formatRelated(out, ""), out)
	out.Results, body, err = pack(b, found.Notes, relativeForms)
	out.Omitted = len(found.Notes) - len(out.Results)
	return answer[relatedOut]{out, formatRelated(out, body), b.brief}, err
}

func relativeForms(i int, r graph.Relative) (forms []form[relative]) {
	for _, limit := range quoteLimits {
		row := relative{ID: r.ID, Score: r.Cosine, Reasons: []string{}, Passage: newQuote(r.ID, r.Passage, limit)}
		for _, reason := range r.Reasons() {
			row.Reasons = append(row.Reasons, shorten(oneLine(reason), min(limit, maxSentence)))
		}
		forms = append(forms, form[relative]{row, row.format(i + 1)})
	}
	return forms
}

func (r relative) format(rank int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d. %s · cosine %.3f\n", rank, oneLine(r.ID), r.Score)
	for _, reason := range r.Reasons {
		fmt.Fprintf(&b, "   it %s\n", reason)
	}
	return b.String() + r.Passage.format()
}

func formatRelated(out relatedOut, body string) string {
	var b strings.Builder
	for _, d := range out.Degraded {
		fmt.Fprintf(&b, "Degraded: %s\n", d)
	}
	if len(out.Results) == 0 {
		fmt.Fprintf(&b, "Nothing is related to %s.\n", oneLine(out.ID))
		return b.String()
	}
	fmt.Fprintf(&b, "Related to %s\n%s%s", oneLine(out.ID), untrustedNotice, body)
	if out.Omitted > 0 {
		fmt.Fprintf(&b, "\n%d more did not fit: ask with a larger max_tokens.\n", out.Omitted)
	}
	return b.String()
}
