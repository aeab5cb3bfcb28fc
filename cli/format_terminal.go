package cli

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"amalfa/search"
	storetext "amalfa/store/text"
)

// place is where a hit stands, on a terminal as a link that opens it.
func (s *session) place(id string, lines [2]int) string {
	text := s.bold(fmt.Sprintf("%s:%d-%d", cleanLine(id), lines[0], lines[1]))
	if !s.color {
		return text
	}
	host, _ := os.Hostname() // a terminal on another machine must not open a file of its own
	link := url.URL{Scheme: "file", Host: host, Path: filepath.ToSlash(filepath.Join(s.Folder.Root, filepath.FromSlash(id))), Fragment: fmt.Sprintf("L%d", lines[0])}
	return "\x1b]8;;" + link.String() + "\x1b\\" + text + "\x1b]8;;\x1b\\"
}

// mark shows the words of a question within a line of text, on a terminal.
func (a *program) mark(text, query string) string {
	if !a.color {
		return text
	}
	var words []string
	for _, w := range storetext.Terms(query) {
		if len(w) > 2 {
			words = append(words, regexp.QuoteMeta(w))
		}
	}
	if len(words) == 0 {
		return text
	}
	return regexp.MustCompile(`(?i)\b(`+strings.Join(words, "|")+`)`).ReplaceAllStringFunc(text, a.bold)
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
