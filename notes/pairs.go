package notes

import (
	"bytes"
	"regexp"
	"strings"
)

// A Pair is a key with one value, as front matter or a line of the text says it.
type Pair struct {
	Key   string // folded
	Value string
	Line  int // from 1
}

// pairLine is "key: value", which may be an item of a list and have its key in bold.
var pairLine = regexp.MustCompile(`^[ \t]*(?:[-*+][ \t]+)?(?:\*\*|__)?(\pL[\pL\pN _/-]{0,39}?)(?:\*\*|__)?[ \t]*:(?:\*\*|__)?[ \t]+(\S.{0,99}?)[ \t]*$`)

// Pairs are the keys with one value of a note: those of its front matter, then the lines of its text that are nothing else, but for
// code.
func Pairs(note []byte, head Head) []Pair {
	var out []Pair
	for _, f := range head.fields {
		if !f.list && len(f.values) == 1 {
			line := 1 + bytes.Count(note[:min(f.values[0].At, len(note))], []byte("\n"))
			out = append(out, Pair{pairKey(f.name), f.values[0].Text, line})
		}
	}
	number, fence := bytes.Count(note[:head.End], []byte("\n")), ""
	for _, line := range SplitLines(string(note[head.End:])) {
		number++
		open := fence
		if fence = FenceAfter(fence, line); fence != "" || open != "" {
			continue
		}
		if m := pairLine.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil {
			out = append(out, Pair{pairKey(m[1]), strings.Trim(m[2], "`*_ "), number})
		}
	}
	return out
}

// pairKey makes "Time-out" and "time out" one key.
func pairKey(key string) string {
	return strings.Join(strings.FieldsFunc(Fold(key), func(r rune) bool { return strings.ContainsRune(" _-", r) }), " ")
}
