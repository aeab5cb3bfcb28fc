package notes

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
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
const tagRule = "a tag holds a letter or a digit and none of " + noTagRunes + ", in at most 100 bytes"

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

// A Mark is what one part of a comment <!-- tags: one, [RELATION: other note] --> says of the note: a tag, or with Relation
// how it stands to another note.
type Mark struct {
	Relation string // in capitals; "" for a tag, which may be written [TAG: sea]
	Text     string // the tag as written, or how the other note is called
}

var (
	tagsComment = regexp.MustCompile(`^<!--\s*tags:`)
	tagMark     = regexp.MustCompile(`^(?i:tag):`) // [TAG: sea], as the earlier inject-tags wrote
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
		if m := relation.FindStringSubmatch(part); m != nil && m[1] != "TAG" {
			marks = append(marks, Mark{Relation: m[1], Text: strings.TrimSpace(m[2])})
		} else {
			marks = appendTag(marks, part)
		}
	}
	return marks
}

func appendTag(marks []Mark, text string) []Mark {
	text = strings.TrimSpace(tagMark.ReplaceAllString(text, ""))
	if _, ok := Tag(text); ok {
		return append(marks, Mark{Text: text})
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
	fenceLine    = regexp.MustCompile("^ {0,3}(```+|~~~+)") // anchored: other lines cost their first byte
)

// findTagLine looks at the lines from start on that are outside of fenced code.
func findTagLine(note []byte, start int) *tagLine {
	for at, line := range outsideFences(note, start) {
		m := commentAlone.FindSubmatchIndex(line)
		if m == nil {
			continue
		}
		l := tagLine{end: at + m[5], separator: ", "}
		if m[4] == m[5] {
			l.separator = " "
		}
		for _, mark := range CommentMarks(line[m[2]:m[3]]) {
			if mark.Relation == "" {
				l.tags = append(l.tags, mark.Text)
			}
		}
		return &l
	}
	return nil
}

// outsideFences are the lines from start on that are outside of fenced code, without their ends, and where they begin.
func outsideFences(note []byte, start int) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
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
			} else if fence == "" && !yield(start, bare) {
				return
			}
			start += len(line)
		}
	}
}
