package edit

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

// ErrShape reports a note whose head must be changed by hand.
var ErrShape = errors.New("cannot be changed safely")

const (
	maxTag  = 100 // bytes, as ingest takes them
	maxHead = 64 << 10
)

// A Tagged is a note after AddTags.
type Tagged struct {
	Text  []byte
	Added []string // in the order asked for; none when the note had them all
	Tags  []string // all that the place holds now
	Place string   // "front matter", "comment" or, where there was neither, "new front matter"
}

// AddTags adds tags to the list in the YAML front matter; else to a line "<!-- tags: … -->"; else to front matter that it
// adds. No other byte changes. A tag that either place has, in any case, is not added again. It returns ErrShape for a head
// that it does not understand well enough: the result is parsed and compared with what was there before.
func AddTags(note []byte, tags []string) (Tagged, error) {
	wanted, err := Normal(tags)
	if err != nil {
		return Tagged{}, err
	}
	h, err := findHead(note)
	if err != nil {
		return Tagged{}, err
	}
	comment := findComment(note[h.end:])
	t := Tagged{Text: note, Place: "new front matter"}
	switch {
	case h.has("tags") || h.yaml && comment == nil:
		t.Place, t.Tags = "front matter", h.tags
	case comment != nil:
		t.Place, t.Tags = "comment", comment.tags
	}
	known := slices.Clone(h.tags)
	if comment != nil {
		known = append(known, comment.tags...)
	}
	for _, tag := range wanted {
		if !slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, tag) }) {
			t.Added, known = append(t.Added, tag), append(known, tag)
		}
	}
	if len(t.Added) == 0 {
		return t, nil
	}
	t.Tags = slices.Concat(t.Tags, t.Added)
	switch t.Place {
	case "front matter":
		t.Text, err = h.add(note, t.Added)
	case "comment":
		t.Text = splice(note, h.end+comment.end, h.end+comment.end, comment.separator()+strings.Join(t.Added, ", "))
	default:
		t.Text = newHead(note, t.Added)
	}
	return t, err
}

// Normal checks tags and brings them to the form in which they are written: without "#", words joined by "-", each once.
func Normal(tags []string) ([]string, error) {
	var out []string
	for _, raw := range tags {
		tag := norm.NFC.String(strings.Trim(strings.Join(strings.Fields(strings.TrimLeft(strings.TrimSpace(raw), "#")), "-"), "/-"))
		if !isTag(tag) {
			return nil, fmt.Errorf("%q is not a tag: letters, digits, _, - and / make one, with a letter among them, at most %d bytes", raw, maxTag)
		}
		if !slices.ContainsFunc(out, func(t string) bool { return strings.EqualFold(t, tag) }) {
			out = append(out, tag)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no tag given")
	}
	return out, nil
}

// isTag agrees with what ingest takes for a tag.
func isTag(s string) bool {
	letter := false
	for _, r := range s {
		word := unicode.IsLetter(r) || unicode.IsMark(r) || unicode.Is(unicode.So, r) || r == '\u200d'
		if !word && !unicode.IsDigit(r) && !strings.ContainsRune("_-/", r) {
			return false
		}
		letter = letter || word
	}
	return letter && len(s) <= maxTag
}

func splice(text []byte, from, to int, put string) []byte {
	return slices.Concat(text[:from], []byte(put), text[to:])
}

// newHead puts front matter before a note that has none.
func newHead(note []byte, tags []string) []byte {
	at := bomLength(note)
	rest := note[at:]
	eol := lineEnd(rest)
	head := "---" + eol + "tags: [" + strings.Join(quoted(tags), ", ") + "]" + eol + "---" + eol
	if len(rest) > 0 && rest[0] != '\n' && rest[0] != '\r' {
		head += eol
	}
	return splice(note, at, at, head)
}

func bomLength(text []byte) int {
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		return len("\ufeff")
	}
	return 0
}

// lineEnd is how the first line ends.
func lineEnd(text []byte) string {
	if i := bytes.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// A comment is the line "<!-- tags: … -->" of a note.
type comment struct {
	end   int // where the next tag goes
	empty bool
	tags  []string
}

func (c comment) separator() string {
	if c.empty {
		return " "
	}
	return ", "
}

var (
	tagsComment = regexp.MustCompile(`^[ \t]*<!--[ \t]*tags:(.*?)[ \t]*-->[ \t]*$`)
	fenceLine   = regexp.MustCompile("^ {0,3}(```+|~~~+)")
)

// findComment looks at lines outside of fenced code.
func findComment(text []byte) *comment {
	pos, fence := 0, ""
	for line := range bytes.Lines(text) {
		bare := bytes.TrimRight(line, "\r\n")
		if m := fenceLine.FindSubmatch(bare); m != nil {
			switch mark := string(m[1]); {
			case fence == "":
				fence = mark
			case strings.HasPrefix(mark, fence):
				fence = ""
			}
		} else if m := tagsComment.FindSubmatchIndex(bare); m != nil && fence == "" {
			body := string(bare[m[2]:m[3]])
			return &comment{end: pos + m[3], empty: strings.TrimSpace(body) == "", tags: commentTags(body)}
		}
		pos += len(line)
	}
	return nil
}

// commentTags leaves out relations, such as [CITES: a note].
func commentTags(body string) []string {
	var tags []string
	for part := range strings.FieldsFuncSeq(body, func(r rune) bool { return strings.ContainsRune(",;[]", r) }) {
		if part = strings.TrimSpace(part); isTag(part) {
			tags = append(tags, part)
		}
	}
	return tags
}
