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

// IsTagRune tells whether a tag may hold r: a letter, a digit, a mark, an emoji, "_", "-" or "/".
func IsTagRune(r rune) bool {
	return isTagLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-/", r)
}

// isTagLetter leaves out what a tag cannot consist of alone: "#12" is an issue.
func isTagLetter(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || r == '\u200d' || unicode.Is(unicode.So, r) // emoji
}

// spelled is a tag as it is written: NFC, no "#", words joined by "-".
func spelled(s string) string {
	s = strings.Join(strings.Fields(strings.TrimLeft(strings.TrimSpace(s), "#")), "-")
	return norm.NFC.String(strings.Trim(s, "/-"))
}

// Tag brings a tag to the form in which two spellings of it are equal: as it is written, in lower case. What holds no letter
// or is longer than MaxTag is no tag.
func Tag(s string) (string, bool) {
	s = strings.ToLower(spelled(s))
	letter := false
	for _, r := range s {
		if !IsTagRune(r) {
			return "", false
		}
		letter = letter || isTagLetter(r)
	}
	return s, letter && len(s) <= MaxTag
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
func normalTags(words []string) []string {
	var tags []string
	for _, w := range words {
		if tag, ok := Tag(w); ok {
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
			return nil, fmt.Errorf("%q is not a tag: letters, digits, _, - and / make one, with a letter among them, at most %d bytes", w, MaxTag)
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
