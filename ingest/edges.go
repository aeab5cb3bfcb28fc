package ingest

import (
	"bytes"
	"slices"
	"strings"

	"amalfa/ingest/data"
	"amalfa/ingest/inline"
	"amalfa/notes"
	"amalfa/store"
)

// Types of edges that are no relation.
const (
	linksTo   = notes.LinksTo
	cites     = notes.Cites
	embeds    = notes.Embeds
	taggedAs  = notes.TaggedAs
	exampleOf = notes.ExampleOf
)

// A reference is something that a note names in its text.
type reference struct {
	kind   string     // type of edge
	target string     // as written: what stands in [[…]], a destination with its escapes resolved, or the normal form of a tag
	link   bool       // target is a destination
	symbol bool       // target is the name of a symbol
	said   string     // the sentence that names it, where that is not simply the one at pos
	ref    bool       // target is what one of Hugo's shortcodes names
	extra  notes.Rule // Optional, where it is no link unless a note answers, or that with Remark
	field  string     // of a tag: the relation that its field says, "" for none
	pos    int        // where it begins, in the file
	from   int        // where the target is written, in bytes of the file; both 0 where that is not known
	to     int
	form   Form // how it is written there
}

// referencesOf are what a token names, without their positions.
func referencesOf(t inline.Token) []reference {
	switch t.Kind {
	case inline.Link:
		return []reference{{kind: linksTo, target: t.Text, link: true}}
	case inline.Wikilink:
		return []reference{{kind: cites, target: t.Text}}
	case inline.Embed:
		return []reference{{kind: embeds, target: t.Text}}
	case inline.Tag:
		if tag, ok := notes.HashTag(t.Text); ok {
			return []reference{{kind: taggedAs, target: tag}}
		}
	case inline.Example:
		if tag, ok := notes.HashTag(t.Text); ok {
			return []reference{{kind: exampleOf, target: tag}}
		}
	case inline.Comment:
		return commentReferences(t.Text)
	}
	return nil
}

// commentReferences reads <!-- tags: one, two --> and <!-- tags: [RELATION: other note] -->.
func commentReferences(comment string) []reference {
	var out []reference
	for _, m := range notes.CommentMarks([]byte(comment)) {
		tag, isTag := notes.Tag(m.Text)
		switch m.Relation {
		case "", taggedAs:
			m.Relation = taggedAs
		case exampleOf:
		case notes.Follows: // is made from dates
			m.Relation, isTag = cites, false
		default:
			isTag = false
		}
		if isTag {
			out = append(out, reference{kind: m.Relation, target: tag})
		} else if m.Relation != taggedAs && m.Relation != exampleOf {
			out = append(out, reference{kind: m.Relation, target: m.Text, from: m.At, to: m.At + len(m.Text), form: Relation})
		}
	}
	return out
}

// Bounds on the evidence kept for an edge, and on how many edges one file can make.
const (
	maxSentence = 300
	maxEdges    = 20000
)

// edgesOf turns references of a note of the vault into edges with line and sentence. cut tells that there were more than maxEdges.
// What stands before the byte text is front matter, where a line is the sentence.
func edgesOf(id string, src []byte, text int, refs []reference, vault notes.Vault) (edges []store.Edge, cut bool) {
	counter := lineCounter{text: src}
	for _, r := range refs {
		target, ok := r.leadsTo(id, vault)
		if !ok {
			continue
		}
		if len(edges) == maxEdges {
			return edges, true
		}
		said := r.said
		switch {
		case said != "":
		case r.pos < text:
			said = headLine(src, r.pos)
		default:
			said = sentenceAt(src, r.pos)
		}
		edges = append(edges, store.Edge{
			Source: id, Target: target.Name, Rule: target.Rule, Root: target.Root, Type: r.kind, Weight: 1,
			Line: counter.at(r.pos), Sentence: said,
		})
	}
	return typedOnly(edges), false
}

// leadsTo is what a reference in the note from means; ok is false where that is nothing of the workspace.
func (r reference) leadsTo(from string, vault notes.Vault) (t notes.Target, ok bool) {
	defer func() { t.Rule |= r.extra }()
	switch {
	case strings.IndexByte(r.target, data.Masked) >= 0:
		return t, false
	case r.kind == taggedAs || r.kind == exampleOf:
		return notes.Target{Name: notes.TagPrefix + r.target}, true
	case r.symbol:
		return notes.Target{Name: r.target, Rule: notes.BySymbol}, true
	case r.link:
		return vault.Destination(from, r.target)
	case r.ref:
		return vault.Ref(from, r.target)
	}
	return vault.Wikilink(from, r.target)
}

// sentenceAt is the sentence around pos, as one line of at most maxSentence bytes.
func sentenceAt(src []byte, pos int) string {
	from := pos
	for least := max(0, pos-maxSentence/2); from > least && !endsParagraph(src, from) && !endsSentence(src, from); {
		from--
	}
	most := min(len(src), from+maxSentence)
	to := min(pos+1, most)
	for to < most && !endsParagraph(src, to) && !endsSentence(src, to) {
		to++
	}
	return oneLine(src[from:to])
}

// endsParagraph tells whether a blank line, or the next item or heading, begins at i.
func endsParagraph(src []byte, i int) bool {
	return src[i-1] == '\n' && i < len(src) && bytes.IndexByte([]byte("\n\r-*+#>|"), src[i]) >= 0
}

// endsSentence tells whether a sentence ends just before i, in Latin or CJK punctuation.
func endsSentence(src []byte, i int) bool {
	if i < len(src) && src[i] <= ' ' && i >= 1 && bytes.IndexByte([]byte(".!?"), src[i-1]) >= 0 {
		return true
	}
	return i >= 3 && src[i-3] >= 0xE0 && slices.Contains([]string{"。", "！", "？"}, string(src[i-3:i]))
}

// oneLine joins the words with single spaces and drops what a cut left of a character.
func oneLine(text []byte) string {
	return strings.Join(strings.Fields(strings.ToValidUTF8(readable(text), "")), " ")
}
