package notes

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// maxProblems is how many problems of one head are told.
const maxProblems = 5

// Problems are what the front matter says and no one can use: words among the tags that are none, keys that stand twice, days
// that could be two.
func (h Head) Problems(note []byte) []string {
	var problems []string
	report := func(at int, format string, args ...any) {
		if len(problems) < maxProblems {
			problems = append(problems, fmt.Sprintf("front matter: line %d: ", lineOf(note, at))+fmt.Sprintf(format, args...))
		}
	}
	_, others := h.tagWords()
	for _, w := range others {
		report(w.At, "%q is no tag: %s", Clip(oneLine(w.Text), 40), tagRule)
	}
	for f, at := range h.twice(note) {
		report(f.at, "the key %q stands on line %d too", Clip(f.name, 40), lineOf(note, at))
	}
	for _, f := range h.fields {
		if above, key, below := strings.Cut(f.name, "."); below && (above == "tags" || above == "tag") {
			report(f.at, "%q is a key below the tags and no tag", Clip(key, 40))
		}
		if slices.Contains(createdKeys, plainKey(f.name)) && len(f.values) > 0 && isAmbiguousDay(f.values[0].Text) {
			report(f.at, "%q may be two days: write 2024-03-05", Clip(f.values[0].Text, 40))
		}
	}
	return problems
}

// twice are the fields whose key stands before them, and where. Properties may stand anywhere.
func (h Head) twice(note []byte) iter.Seq2[field, int] {
	type key struct {
		name  string
		scope int
	}
	return func(yield func(field, int) bool) {
		first := map[key]int{}
		for _, f := range h.fields {
			k := key{string(note[f.at:min(f.at+len(f.name), len(note))]), f.scope}
			if at, twice := first[k]; twice && !f.property && !yield(f, at) {
				return
			}
			first[k] = f.at
		}
	}
}

func lineOf(note []byte, at int) int {
	return 1 + bytes.Count(note[:min(at, len(note))], []byte{'\n'})
}
