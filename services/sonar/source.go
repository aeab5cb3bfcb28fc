package sonar

import (
	"regexp"
	"strconv"
)

// A Source is a passage that was put before the model, never one that the model made up. Lines are 1-based and
// inclusive. Cited says that the answer refers to it by its number, as [Ref].
type Source struct {
	Ref     int      `json:"ref"`
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Heading []string `json:"heading"`
	Lines   [2]int   `json:"lines"`
	Cited   bool     `json:"cited"`
}

type passage struct {
	Source
	text string // sanitized
}

var citation = regexp.MustCompile(`\[(\d{1,2})\]`)

// sources lists the passages with those marked that the answer refers to; other numbers in it mean nothing.
func sources(ps []passage, answer string) []Source {
	cited := map[int]bool{}
	for _, m := range citation.FindAllStringSubmatch(answer, -1) {
		n, _ := strconv.Atoi(m[1]) // two digits
		cited[n] = true
	}
	list := make([]Source, 0, len(ps))
	for _, p := range ps {
		p.Cited = cited[p.Ref]
		list = append(list, p.Source)
	}
	return list
}
