package mcp

import (
	"context"
	"fmt"
	"strings"

	"amalfa/graph"
)

type pathIn struct {
	From      string `json:"from" jsonschema:"id of a note, or tag:name"`
	To        string `json:"to" jsonschema:"id of another note, or tag:name"`
	Relation  string `json:"relation,omitempty" jsonschema:"only edges of this type, for example LINKS_TO, CITES or TAGGED_AS"`
	MaxTokens int    `json:"max_tokens,omitempty" jsonschema:"longest answer in tokens; later steps lose their sentences"`
}

type pathOut struct {
	From      string `json:"from"`
	To        string `json:"to"`
	Found     bool   `json:"found" jsonschema:"false when nothing connects the two"`
	Steps     []step `json:"steps" jsonschema:"each begins where the one before ended"`
	Untrusted bool   `json:"untrusted_content" jsonschema:"always true: sentences come from files"`
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
		name:  "find_path",
		title: "Find how two notes connect",
		description: "Find a shortest chain of links between two notes, walking links from either end, with the sentence behind each step as " +
			"evidence. Use it to explain how two topics, decisions or people have to do with each other. If nothing connects them, " +
			"search_documents for both, or find_gaps, may tell what is missing.",
		limit: limitTokens,
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
		route, err = graph.Path(ctx, h, out.From, out.To, in.Relation)
		return err
	})
	if err != nil {
		return a, err
	}
	out.Found, out.Untrusted, out.Steps = route.Found, true, []step{}
	b := s.budget(in.MaxTokens, reservedTokens)
	var body strings.Builder
	for _, l := range route.Steps {
		st := step{From: l.From(), To: l.To(), Type: l.Type, Location: fmt.Sprintf("%s:%d", l.Source, l.Line), Forward: l.Forward,
			Sentence: shorten(oneLine(l.Sentence), maxSentence)}
		if !b.spend(st.format()) {
			st.Sentence = ""
		}
		out.Steps = append(out.Steps, st)
		body.WriteString(st.format())
	}
	return answer[pathOut]{out, formatPath(out, body.String())}, nil
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
