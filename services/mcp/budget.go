package mcp

import (
	"fmt"
	"sort"
	"strings"
)

// A budget is what is left of the tokens of one answer.
type budget struct {
	left  int
	count func(string) int
}

// take spends the tokens of s and reports true, or spends nothing and reports false when s does not fit.
func (b *budget) take(s string) bool {
	n := b.count(s)
	if n > b.left {
		return false
	}
	b.left -= n
	return true
}

// cut returns the longest start of s, in whole runes and at least one, that fits, and spends it.
func (b *budget) cut(s string) string {
	var ends []int
	for i := range s {
		ends = append(ends, i)
	}
	if len(ends) == 0 {
		return ""
	}
	ends = append(ends[1:], len(s))
	n := sort.Search(len(ends), func(i int) bool { return b.count(s[:ends[i]]) > b.left })
	part := s[:ends[max(n-1, 0)]]
	b.left -= min(b.count(part), b.left)
	return part
}

// numbered writes text with the number of its line before each line. The numbers let the agent cite, and keep a note from
// passing its own lines off as ours.
func numbered(text string, first int) string {
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		fmt.Fprintf(&b, "%d| %s\n", first+i, line)
	}
	return b.String()
}
