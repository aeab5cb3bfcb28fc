package mcp

import (
	"context"
	"fmt"
	"strings"

	"amalfa/graph"

	"github.com/google/jsonschema-go/jsonschema"
)

type relatedIn struct {
	ID        string `json:"id" jsonschema:"id of a note, as search_documents gives it"`
	Limit     int    `json:"limit,omitempty" jsonschema:"most notes"`
	MaxTokens int    `json:"max_tokens,omitempty" jsonschema:"longest answer in tokens"`
}

type relatedOut struct {
	ID        string     `json:"id"`
	Results   []relative `json:"results"`
	Omitted   int        `json:"omitted" jsonschema:"further notes that max_tokens had no room for"`
	Degraded  []string   `json:"degraded" jsonschema:"what this answer had to do without"`
	Untrusted bool       `json:"untrusted_content" jsonschema:"always true: passages come from files"`
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
		description: "List passages of other notes that belong to a note, each with its reasons: a passage says something alike, one links to " +
			"the other, or both link to the same. Use it after reading a note to see what else bears on it, and before changing one to see " +
			"what else must follow. Up to half of the results are linked notes.",
		limit: func(p map[string]*jsonschema.Schema) {
			limitInteger(p["limit"], 1, 50, graph.DefaultRelated)
			limitTokens(p)
		},
	}
}

func (s *Server) related(ctx context.Context, in relatedIn) (a answer[relatedOut], err error) {
	out := relatedOut{Degraded: []string{}, Untrusted: true}
	var found graph.Relatives
	err = s.index.with(ctx, func(h *handle) error {
		n, _, err := resolve(ctx, h, in.ID)
		if err != nil {
			return err
		}
		out.ID = n.ID
		found, err = graph.Related(ctx, h, n.ID, in.Limit)
		return err
	})
	if err != nil {
		return a, err
	}
	if found.Degraded {
		out.Degraded = append(out.Degraded, "this note has no vectors, so only links were followed")
	}
	var body string
	out.Results, body = pack(s.budget(in.MaxTokens, reservedTokens), found.Notes, relativeForms)
	out.Omitted = len(found.Notes) - len(out.Results)
	return answer[relatedOut]{out, formatRelated(out, body)}, nil
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
