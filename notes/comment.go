package notes

import (
	"bytes"
	"regexp"
	"strings"
)

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
