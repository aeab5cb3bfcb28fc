package text

import (
	"strings"
	"unicode"

	"amalfa/notes"
)

// appendIdentifier adds the word that a run of letters, digits and underscores makes, if there is a letter or digit in it.
func appendIdentifier(out []word, run, tail string) []word {
	run = strings.Trim(run, "_")
	w := word{whole: cut(notes.Fold(run))}
	if w.whole == "" {
		return out
	}
	for _, part := range strings.Split(run, "_") {
		for part != "" {
			n := humpLength(part)
			if folded := cut(notes.Fold(part[:n])); folded != "" {
				w.parts = append(w.parts, folded)
			}
			part = part[n:]
		}
	}
	switch {
	case tail != "":
		w.whole += tail
	case len(w.parts) < 2:
		w.parts = nil
	}
	return append(out, w)
}

// humpLength is the length of the first hump of a camelCase name: "get" of getUser, "HTTP" of HTTPServer, "Sha256" of Sha256Sum.
func humpLength(s string) int {
	var before rune // the rune before the one at hand
	start := -1     // where a run of capitals may give its last one to the next hump
	for i, r := range s {
		switch {
		case i == 0 || unicode.IsMark(r):
		case unicode.IsUpper(r):
			if !unicode.IsUpper(before) {
				return i
			}
			start = i
		case unicode.IsLower(r) && unicode.IsUpper(before) && start > 0:
			return start
		}
		before = r
	}
	return len(s)
}
