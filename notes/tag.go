package notes

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
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

// A Mark is what one part of a comment <!-- tags: one, [RELATION: other note] --> says of the note: a tag, or with Relation
// how it stands to another note.
type Mark struct {
	Relation string // in capitals; "" for a tag
	Text     string // the tag as written, or how the other note is called
}

var (
	tagsComment = regexp.MustCompile(`^<!--\s*tags:`)
	relation    = regexp.MustCompile(`^([A-Z][A-Z0-9_]{0,39}):\s*(.+)$`)
)

// CommentMarks reads a comment, which begins with "<!--" and ends with "-->"; another one than for tags says nothing. What is
// no tag is left out.
func CommentMarks(comment []byte) []Mark {
	head := tagsComment.Find(comment)
	if head == nil || len(comment) > maxHead {
		return nil
	}
	var marks []Mark
	body := string(comment[len(head) : len(comment)-len("-->")])
	for part := range strings.FieldsFuncSeq(body, func(r rune) bool { return strings.ContainsRune(",;[]\n", r) }) {
		part = strings.TrimSpace(part)
		if m := relation.FindStringSubmatch(part); m != nil {
			marks = append(marks, Mark{Relation: m[1], Text: strings.TrimSpace(m[2])})
		} else if _, ok := Tag(part); ok {
			marks = append(marks, Mark{Text: part})
		}
	}
	return marks
}

// A tagLine is the line "<!-- tags: … -->" of a note.
type tagLine struct {
	end       int      // where the next tag goes
	separator string   // what stands before it
	tags      []string // as written
}

var (
	commentAlone = regexp.MustCompile(`^[ \t]*(<!--[ \t]*tags:(.*?)[ \t]*-->)[ \t]*$`)
	fenceLine    = regexp.MustCompile("^ {0,3}(```+|~~~+)")
)

// findTagLine looks at the lines from start on that are outside of fenced code.
func findTagLine(note []byte, start int) *tagLine {
	fence := ""
	for line := range bytes.Lines(note[start:]) {
		bare := bytes.TrimRight(line, "\r\n")
		if m := fenceLine.FindSubmatch(bare); m != nil {
			switch mark := string(m[1]); {
			case fence == "":
				fence = mark
			case strings.HasPrefix(mark, fence):
				fence = ""
			}
		} else if m := commentAlone.FindSubmatchIndex(bare); m != nil && fence == "" {
			l := tagLine{end: start + m[5], separator: ", "}
			if m[4] == m[5] {
				l.separator = " "
			}
			for _, mark := range CommentMarks(bare[m[2]:m[3]]) {
				if mark.Relation == "" {
					l.tags = append(l.tags, mark.Text)
				}
			}
			return &l
		}
		start += len(line)
	}
	return nil
}
