package notes

import (
	"bytes"
	"regexp"
	"strings"
	"unicode"
)

// A Pair is a key with one value, as front matter or a line of the text says it.
type Pair struct {
	Key   string // in small letters, as it is spelled
	Value string
	Line  int // from 1
}

// pairLine is "key: value", which may be an item of a list or a quotation and have its key in bold or as code. A colon of East Asian scripts needs no
// blank behind it.
var pairLine = regexp.MustCompile(`^[ \t>]*(?:(?:[-*+]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?)?([*_` + "`" + `]{0,3})([\pL\pN][\pL\pM\pN _/.&+#'’()-]{0,59}?)[*_` + "`" +
	`]{0,3}[ \t\x{a0}]*(?:::?[*_` + "`" + `]{0,3}[ \t\x{a0}]+|：[*_]{0,3}[ \t]*)(\S.{0,99}?)[ \t]*$`)

// Pairs are the keys with one value of a note, which may be a list of one: those of its front matter, then the lines of its text that are nothing else, but for
// code.
func Pairs(note []byte, head Head) []Pair {
	var out []Pair
	for _, f := range head.fields {
		if len(f.values) == 1 {
			line := 1 + bytes.Count(note[:min(f.values[0].At, len(note))], []byte("\n"))
			out = append(out, Pair{Fold(f.name), f.values[0].Text, line})
		}
	}
	number, fence := bytes.Count(note[:head.End], []byte("\n")), ""
	for _, line := range SplitLines(string(note[head.End:])) {
		number++
		open := fence
		if fence = FenceAfter(fence, line); fence != "" || open != "" {
			continue
		}
		if m := pairLine.FindStringSubmatch(strings.TrimRight(line, "\r\n")); m != nil && strings.ContainsFunc(m[2], unicode.IsLetter) {
			out = append(out, Pair{Fold(strings.TrimSpace(m[2])), strings.Trim(m[3], "`*_ "), number})
		}
	}
	return out
}

// SameKey is a form that all spellings of a key have: "Time-out", "time_out" and "timeout" are one.
func SameKey(key string) string { return plainKey(Fold(key)) }
