package cli

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"amalfa/search"
)

// place is where a hit begins, as editors and terminals read it, and on a terminal a link that opens it.
func (s *session) place(id string, lines [2]int) string { return s.placeIn("", id, lines) }

// placeIn is place for a note of another workspace, whose folder is root; "" for this one.
func (s *session) placeIn(root, id string, lines [2]int) string {
	text := s.bold(plainPlace(id, lines))
	if !s.color {
		return text
	}
	host, _ := os.Hostname() // a terminal on another machine must not open a file of its own
	link := url.URL{Scheme: "file", Host: host, Path: filepath.ToSlash(filepath.Join(cmp.Or(root, s.Folder.Root), filepath.FromSlash(id))), Fragment: fmt.Sprintf("L%d", lines[0])}
	return "\x1b]8;;" + link.String() + "\x1b\\" + text + "\x1b]8;;\x1b\\"
}

func plainPlace(id string, lines [2]int) string { return fmt.Sprintf("%s:%d", cleanLine(id), lines[0]) }

// marked is a text with its marks in bold, on a terminal.
func (a *program) marked(text string, marks []search.Span) string {
	var out strings.Builder
	at := 0
	for _, m := range marks {
		out.WriteString(clean(text[at:m.From]) + a.bold(clean(text[m.From:m.To])))
		at = m.To
	}
	return out.String() + clean(text[at:])
}

// explanation is one line on how a hit came to its place.
func explanation(e search.Explanation, scores search.Scores) string {
	var parts []string
	stage := func(name string, rank int, score *float64) {
		if rank > 0 {
			text := fmt.Sprintf("%s #%d", name, rank)
			if score != nil {
				text += fmt.Sprintf(" (%.3f)", *score)
			}
			parts = append(parts, text)
		}
	}
	stage("words", e.KeywordRank, scores.Keyword)
	stage("meaning", e.VectorRank, scores.Vector)
	stage("first", e.FirstRank, nil)
	stage("fused", e.FusedRank, scores.Fused)
	if e.Named {
		parts = append(parts, "named")
	}
	if e.Verbatim {
		parts = append(parts, "verbatim")
	}
	evidence := fmt.Sprintf("found %.2f, missing %.2f", e.Evidence.Found, e.Evidence.Missing)
	if e.Evidence.Agreement > 0 {
		evidence += ", both sides agree"
	}
	parts = append(parts, evidence)
	if scores.Rerank != nil {
		parts = append(parts, fmt.Sprintf("reranked (%.3f)", *scores.Rerank))
	}
	return strings.Join(parts, " · ")
}
