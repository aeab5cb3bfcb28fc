package mcp

import (
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"
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

// cut returns the longest start of s, in whole runes and at least one, that fits, and spends it. Counting costs by length, so
// it looks at longer and longer starts, and never at much more than it returns.
func (b *budget) cut(s string) string {
	if s == "" {
		return ""
	}
	low, high := 0, max(64, 4*b.left)
	for high < len(s) && b.count(whole(s, high)) <= b.left {
		low, high = high, 2*high
	}
	high = min(high, len(s))
	n := low + sort.Search(high-low, func(i int) bool { return b.count(whole(s, low+i+1)) > b.left })
	part := whole(s, n)
	if part == "" {
		_, size := utf8.DecodeRuneInString(s)
		part = s[:size]
	}
	b.left -= min(b.count(part), b.left)
	return part
}

// whole returns the start of s, at most n bytes long, that ends with a rune.
func whole(s string, n int) string {
	for n < len(s) && n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
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
