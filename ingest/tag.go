package ingest

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const maxTag = 100 // bytes

func tagRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_' || r == '-' || r == '/' ||
		r == '\u200d' || unicode.Is(unicode.So, r) // emoji
}

// normalTag brings a tag to the form in which two spellings of it are equal: NFC, lower case, no "#", words joined by "-".
// What holds no letter (an issue number) or is too long is no tag.
func normalTag(s string) (string, bool) {
	s = strings.TrimLeft(strings.TrimSpace(s), "#")
	s = strings.Join(strings.Fields(s), "-")
	s = strings.Trim(s, "/-")
	s = strings.ToLower(norm.NFC.String(s))
	if s == "" || len(s) > maxTag {
		return "", false
	}
	letter := false
	for _, r := range s {
		if !tagRune(r) {
			return "", false
		}
		letter = letter || !unicode.IsDigit(r) && r != '-' && r != '/' && r != '_'
	}
	return s, letter
}
