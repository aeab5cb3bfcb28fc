package ingest

import (
	"bytes"
	"regexp"

	"amalfa/ingest/inline"
	"amalfa/ingest/mdx"
	"amalfa/notes"

	"github.com/yuin/goldmark/ast"
)

// What stands in a Prose in the place of a byte that is no word.
const (
	Opaque      = 0 // code, links, tags, comments: no link may stand there
	Transparent = 1 // marks of emphasis, which a reader does not see
)

// A Prose is the text of a paragraph, an item, a cell or a heading, without the marks of the blocks around it.
type Prose struct {
	Text    []byte
	Heading bool
	Title   bool // the first heading of the first level, which names the note
	Cell    bool // of a table, where "|" has to be escaped

	leaf  leaf
	start int
	src   []byte
}

// Source is where a part of the text stands in the file; ok is false where it does not stand there in one piece.
func (p Prose) Source(from, to int) (start, end int, ok bool) {
	start, end = p.start+p.leaf.source(from), p.start+p.leaf.source(to-1)+1
	return start, end, end-start == to-from
}

// Sentence is the sentence around a byte of the file, as evidence of an edge is.
func (p Prose) Sentence(pos int) string { return sentenceAt(p.src, pos) }

// Prose returns what a note's Markdown says in words, in the order of the text: neither code nor mathematics, front matter, HTML nor
// definitions. A note that cannot be parsed has none, nor has what is no Markdown.
func (r Reader) Prose(id string, content []byte, vault notes.Vault) (all []Prose) {
	defer func() {
		if recover() != nil {
			all = nil
		}
	}()
	n, ok := r.document(id, content, vault)
	if !ok || !notes.IsMarkdown(id) || tooDeep(n.src[n.head.End:]) || bytes.Count(n.src, []byte("\n")) > maxLines {
		return nil
	}
	src := n.src
	if isMDX(id) {
		src = bytes.ReplaceAll(src, []byte{mdx.Masked}, []byte{' '})
	}
	body := src[n.head.End:]
	root, defs := parseBlocks(r.markdown, body)
	titled := false
	for _, b := range leafBlocks(root, isMDX(id) || vault.Dialect == notes.Logseq) {
		switch b.Kind() {
		case ast.KindHTMLBlock, kindMath, kindDefinitions, kindRemark:
			continue
		}
		h, heading := b.(*ast.Heading)
		title := heading && h.Level == 1 && !titled
		titled = titled || title
		for _, l := range leaves(b, body) {
			p := Prose{Heading: heading, Title: title, Cell: b.Kind() == kindTable, leaf: l, start: n.head.End, src: src}
			p.Text = masked(l.text, tokensOf(b, l, defs))
			if first := p.start + l.source(0); len(l.text) > 0 && n.head.Format == notes.Properties && n.head.Holds(first) {
				continue
			}
			all = append(all, p)
		}
	}
	return all
}

// isFence tells whether a mark opens or closes code or mathematics.
func isFence(mark []byte) bool {
	mark = bytes.TrimSpace(mark)
	return len(mark) > 0 && (len(bytes.Trim(mark, "`")) == 0 || len(bytes.Trim(mark, "$")) == 0)
}

// shortcode is what programs of sites put into text.
var shortcode = regexp.MustCompile(`\{\{.{0,400}?\}\}|\{%.{0,400}?%\}`)

// masked is a text without what is no word of it.
func masked(text []byte, tokens []inline.Token) []byte {
	out := bytes.Clone(text)
	put := func(from, to int, with byte) {
		for i := from; i < min(to, len(out)); i++ {
			if out[i] != Opaque {
				out[i] = with
			}
		}
	}
	closes := -1 // where the code or the mathematics ends that is open
	for _, t := range tokens {
		mark := text[t.Start:t.End]
		if t.Kind == inline.Relation && !notes.IsStatement(t.Text) {
			continue // a remark, mostly, whose words count
		}
		fence := t.Kind == inline.Markup && t.Text == "" && isFence(mark)
		switch {
		case fence && closes < 0:
			closes = t.End
		case fence:
			put(closes, t.Start, Opaque)
			closes = -1
		case t.Kind == inline.Markup && t.Text == "" && len(bytes.Trim(mark, "*_~=")) == 0:
			put(t.Start, t.End, Transparent)
			continue
		case t.Kind == inline.Link && bytes.HasPrefix(mark, []byte("<")):
			if end := bytes.Index(bytes.ToLower(text[t.End:]), []byte("</a")); end >= 0 {
				put(t.Start, t.End+end, Opaque)
			}
		}
		put(t.Start, t.End, Opaque)
	}
	for _, m := range shortcode.FindAllIndex(text, -1) {
		put(m[0], m[1], Opaque)
	}
	return out
}
