package notes

import (
	"bytes"
	"iter"
	"regexp"
	"strings"
)

// A Mark is what one part of a comment <!-- tags: one, [RELATION: other note] --> says of the note: a tag, or with Relation
// how it stands to another note.
type Mark struct {
	Relation string // in capitals; "" for a tag, which may be written [TAG: sea]
	Text     string // the tag as written, or how the other note is called
	At       int    // where Text of a relation begins, in bytes of the comment
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
	body := string(comment[:len(comment)-len("-->")])
	at := len(head)
	for part := range strings.FieldsFuncSeq(body[at:], func(r rune) bool { return strings.ContainsRune(",;[]\n", r) }) {
		at += strings.Index(body[at:], part) // separators alone stand before it
		trimmed := strings.TrimSpace(part)
		if m := relation.FindStringSubmatchIndex(trimmed); m != nil && trimmed[m[2]:m[3]] != "TAG" {
			text := strings.TrimSpace(trimmed[m[4]:m[5]])
			marks = append(marks, Mark{trimmed[m[2]:m[3]], text, at + strings.Index(part, trimmed) + m[4] + strings.Index(trimmed[m[4]:], text)})
		} else {
			marks = appendTag(marks, trimmed)
		}
		at += len(part)
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

// OutsideFences are the lines of a note's text that are outside of fenced code, without their ends, and where they begin.
func OutsideFences(note []byte) iter.Seq2[int, []byte] {
	head, _ := ReadHead(note) // what is wrong with it does not matter here
	return outsideFences(note, head.End)
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
