package notes

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// TagPrefix marks the node of a tag: "tag:harbour".
const TagPrefix = "tag:"

// MaxTag bounds a tag, in bytes.
const MaxTag = 100

// IsTagRune tells whether a tag in the text may hold r, "#sea/tides": a letter, a digit, a mark, an emoji, "_", "-" or "/". In
// front matter a tag is free to hold more, see Tag.
func IsTagRune(r rune) bool {
	return isTagLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-/", r)
}

// isTagLetter leaves out what a tag of the text cannot consist of alone: "#12" is an issue.
func isTagLetter(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || r == '\u200d' || unicode.Is(unicode.So, r) // emoji
}

// noTagRunes separate tags, or enclose them, or would end the list or the comment that they stand in.
const noTagRunes = ",;[]{}<>|\\\"`"

// tagRule is what a tag is, for those who wrote none.
var tagRule = fmt.Sprintf("a tag holds a letter or a digit and none of %s, in at most %d bytes", noTagRunes, MaxTag)

// tagMargin is what goes from the ends of a tag: quotes and brackets that were left over, and the "/" of a path of none.
const tagMargin = "[]/-\"'`“”‘’"

// spelled is a tag as it is written: NFC, no "#", words joined by "-".
func spelled(s string) string {
	s = strings.Map(func(r rune) rune {
		if IsInvisible(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, norm.NFC.String(s))
	s = strings.Join(strings.Fields(s), "-")
	return strings.TrimRight(strings.TrimLeft(s, tagMargin+"#"), tagMargin)
}

// Tag brings a tag to the form in which two spellings of it are equal: as it is written, in lower case. It may hold what people
// put in front matter, such as c++, c#, node.js, r&d and 2024, but for noTagRunes; a letter, a digit or an emoji must be in it.
// What is longer than MaxTag is no tag.
func Tag(s string) (string, bool) {
	s = norm.NFC.String(strings.ToLower(spelled(s)))
	letter := func(r rune) bool { return isTagLetter(r) && r != '\u200d' || unicode.IsDigit(r) }
	return s, len(s) <= MaxTag && strings.ContainsFunc(s, letter) && !strings.ContainsAny(s, noTagRunes)
}

// HashTag is Tag for what stands behind a "#" in the text, where digits alone are the number of an issue.
func HashTag(s string) (string, bool) {
	s, ok := Tag(s)
	return s, ok && strings.ContainsFunc(s, isTagLetter)
}

// TagNode reads "tag:Harbour" as the node that it means, "tag:harbour".
func TagNode(ref string) (string, bool) {
	name, ok := strings.CutPrefix(ref, TagPrefix)
	if !ok {
		return "", false
	}
	if tag, ok := Tag(name); ok {
		name = tag
	}
	return TagPrefix + name, true
}

// normalTags leaves out what is no tag.
func normalTags(words []Value) []string {
	var tags []string
	for _, w := range words {
		if tag, ok := Tag(w.Text); ok {
			tags = append(tags, tag)
		}
	}
	return tags
}

// SpellTags returns tags as they are to be written, each once. It returns an error for what is no tag, and for none at all.
func SpellTags(words []string) ([]string, error) {
	var tags, known []string
	for _, w := range words {
		tag, ok := Tag(w)
		if !ok {
			return nil, fmt.Errorf("%q is not a tag: %s", w, tagRule)
		}
		if !slices.Contains(known, tag) {
			tags, known = append(tags, spelled(w)), append(known, tag)
		}
	}
	if len(tags) == 0 {
		return nil, errors.New("no tag given")
	}
	return tags, nil
}
