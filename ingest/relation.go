package ingest

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"amalfa/ingest/inline"
	"amalfa/notes"
	"amalfa/store"
)

// A fieldSpan is a part of a block whose links have one type, in bytes of the block.
type fieldSpan struct {
	from, to int
	kind     string
}

// fields are the fields of a block, outer ones before those within them.
type fields []fieldSpan

// typed is a reference by the field that its token stands in.
func (f fields) typed(r reference, t inline.Token) reference {
	for _, span := range slices.Backward(f) {
		if t.Start < span.from || t.Start >= span.to {
			continue
		}
		switch r.kind {
		case linksTo, cites:
			r.kind = span.kind
		case taggedAs:
			r.field = span.kind
		}
		break
	}
	return r
}

var (
	// lineField is a line "key:: value" as Dataview and Logseq write it, behind the mark of an item or a task, its key in bold or not. A space
	// or a link must follow: "std::vector" is none.
	lineField = regexp.MustCompile(`^[ \t]*(?:[-*+][ \t]+)?(?:\[.\][ \t]+)?(?:\*\*?|__?)?([\pL_][\pL\pN_ /-]{0,62}?)(?:\*\*?|__?)?::(?:\*\*?|__?)?(?:[ \t!\[]|$)`)
)

// maxKeyWords is how many words a key has at most; what has more is a sentence.
const maxKeyWords = 4

// fieldsIn finds the fields of a block, of Dataview and Logseq, and what is written [WORD: [[note]]].
func fieldsIn(text []byte, tokens []inline.Token) (found fields) {
	if bytes.Contains(text, []byte(notes.Properties)) && slices.ContainsFunc(tokens, namesNote) {
		words := text
		if bytes.IndexByte(text, '`') >= 0 {
			words = masked(text, tokens) // code is none of them
		}
		found = append(lineFields(text, words), innerFields(text, words)...)
	}
	for i, t := range tokens {
		if kind, ok := statedType(t, tokens[i+1:]); ok {
			found = append(found, fieldSpan{t.From, t.To, kind})
		}
	}
	return found
}

func namesNote(t inline.Token) bool {
	return t.Kind == inline.Wikilink || t.Kind == inline.Link || t.Kind == inline.Tag
}

func lineFields(text, words []byte) (found fields) {
	at := 0
	for line := range bytes.Lines(text) {
		if !bytes.Contains(line, []byte(notes.Properties)) {
			at += len(line)
			continue
		}
		if m := lineField.FindSubmatchIndex(line); m != nil && words[at+m[2]] != Opaque {
			found = found.add(at+m[1]-1, at+len(line), string(line[m[2]:m[3]]))
		}
		at += len(line)
	}
	return found
}

// innerFields are "(key:: value)" and "[key:: value]" within a line.
func innerFields(text, words []byte) (found fields) {
	for at := 0; ; {
		n := bytes.Index(text[at:], []byte(notes.Properties))
		if n < 0 {
			return found
		}
		colons := at + n
		at = colons + len(notes.Properties)
		from := keyStart(text, colons)
		if at == len(text) || bytes.IndexByte([]byte(" \t!["), text[at]) < 0 || from == colons || from == 0 || words[from] == Opaque {
			continue
		}
		if open := from - 1; text[open] == '(' || text[open] == '[' {
			if end := fieldEnd(text, open); end > 0 {
				found = found.add(at, end, string(text[from:colons]))
			}
		}
	}
}

// maxKey bounds a key, in bytes.
const maxKey = 63

// keyStart is where the key begins that ends at a byte; end itself where none does.
func keyStart(text []byte, end int) int {
	from := end
	for end-from < maxKey {
		r, n := utf8.DecodeLastRune(text[:from])
		if n == 0 || !unicode.IsLetter(r) && !unicode.IsDigit(r) && bytes.IndexByte([]byte("_ /-"), byte(min(r, unicode.MaxLatin1))) < 0 {
			break
		}
		from -= n
	}
	if r, _ := utf8.DecodeRune(text[from:]); !unicode.IsLetter(r) && r != '_' {
		return end
	}
	return from
}

func (f fields) add(from, to int, key string) fields {
	kind, ok := notes.RelationOf(key)
	if !ok || len(strings.Fields(key)) > maxKeyWords {
		return f
	}
	return append(f, fieldSpan{from, to, kind})
}

// maxField bounds a field within a line, in bytes.
const maxField = 1000

// fieldEnd is where the bracket at a byte is closed on its line, or 0: also where that makes it the text of a link.
func fieldEnd(text []byte, open int) int {
	closer := byte(')')
	if text[open] == '[' {
		closer = ']'
	}
	depth := 0
	for i := open; i < min(len(text), open+maxField) && text[i] != '\n'; i++ {
		switch text[i] {
		case text[open]:
			depth++
		case closer:
			if depth--; depth > 0 {
				continue
			}
			if closer == ']' && i+1 < len(text) && (text[i+1] == '(' || text[i+1] == '[') {
				return 0
			}
			return i
		}
	}
	return 0
}

// statedType is the type that [WORD: …] gives to the links in it; after are the tokens behind its own. Words that people know as relations do,
// and others where a link is all that stands there.
func statedType(t inline.Token, after []inline.Token) (kind string, ok bool) {
	if t.Kind != inline.Relation || notes.IsCallout(t.Text) {
		return "", false
	}
	for _, inner := range after {
		if inner.Start >= t.To {
			break
		}
		if inner.Kind != inline.Wikilink && inner.Kind != inline.Link {
			continue
		}
		if _, known := notes.KnownRelation(t.Text); known || inner.Start == t.From && inner.End == t.To {
			return notes.RelationOf(t.Text)
		}
	}
	return "", false
}

// statedIn is what [WORD: target] names where no link stands in it. A word that people do not know as a relation says one only if a note
// answers; "[NOTE: target]" says none.
func statedIn(text []byte, t inline.Token, tokens []inline.Token) []reference {
	if t.Kind != inline.Relation || notes.IsCallout(t.Text) {
		return nil
	}
	target := oneLine(text[t.From:t.To])
	kind, ok := notes.RelationOf(t.Text)
	if t.Text == notes.Follows { // is made from dates
		kind, ok = cites, true
	}
	if !ok || strings.ContainsAny(target, "[]`") {
		return nil
	}
	r := reference{kind: kind, target: target}
	if !notes.IsStatement(kind) {
		r.extra = notes.Optional | notes.Remark
	}
	return []reference{r}
}

// typedOnly leaves out the plain links of a line to what a relation on the same line leads to.
func typedOnly(edges []store.Edge) []store.Edge {
	typed := map[int][]store.Edge{}
	for _, e := range edges {
		if !isPlain(e.Type) {
			typed[e.Line] = append(typed[e.Line], e)
		}
	}
	if len(typed) == 0 {
		return edges
	}
	return slices.DeleteFunc(edges, func(e store.Edge) bool {
		return (e.Type == linksTo || e.Type == cites) && slices.ContainsFunc(typed[e.Line], func(t store.Edge) bool { return sameTarget(t, e) })
	})
}

func isPlain(kind string) bool {
	return slices.Contains([]string{linksTo, cites, embeds, taggedAs, exampleOf}, kind)
}

// sameTarget tells whether a relation surely leads where a plain link does: to the same name, or, where it is no relation that may be none,
// to what the one calls by its path and the other by the end of it.
func sameTarget(typed, plain store.Edge) bool {
	if typed.Root != plain.Root {
		return false
	}
	if typed.Target == plain.Target && typed.Rule.Plain() == plain.Rule {
		return true
	}
	a, b := stem(typed.Target), stem(plain.Target)
	return typed.Rule < notes.Optional && (a == b || strings.HasSuffix(a, "/"+b) || strings.HasSuffix(b, "/"+a))
}

// stem is a path without the ending of a note.
func stem(target string) string {
	if notes.IsMarkdown(target) {
		return strings.TrimSuffix(target, path.Ext(target))
	}
	return target
}
