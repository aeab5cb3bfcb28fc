package ingest

import (
	"cmp"
	"slices"

	"amalfa/ingest/data"
	"amalfa/ingest/inline"
	"amalfa/notes"

	"github.com/yuin/goldmark/ast"
)

// A Form is how the target of a link is written, which decides what has to be escaped in it.
type Form uint8

// Forms.
const (
	Elsewhere Form = iota // not where the link stands: the target cannot be changed there
	Bare                  // [text](target), [label]: target
	Angle                 // the same in <…>
	Attribute             // <a href="target">
	Wiki                  // [[target#heading|text]], with all that stands between the brackets
	Shortcode             // {{< ref "target" >}}
	Relation              // <!-- tags: [EXTENDS: target] -->, [EXTENDS: target] in the text, up: target in front matter
)

// A Link is a link as it stands in a note: what of the file names its target, and what that means.
type Link struct {
	Form     Form
	From, To int    // bytes of the file where the target is written, without brackets, angles or quotes
	Pos      int    // where the link begins
	Type     string // of the edge that it makes; "" for an image and for a definition, which make none
	Written  string // the target, its escapes resolved
	Target   notes.Target
	Inside   bool // whether Target is something of the workspace
}

// Links returns the links of a note by position, with those that make no edge: images, and the destinations that labels stand for.
// What the index takes for no link is none here. A note that cannot be parsed has none. The links of what is no Markdown are all
// Elsewhere.
func (r Reader) Links(id string, content []byte, vault notes.Vault) (links []Link) {
	defer func() {
		if recover() != nil { // as prepare does
			links = nil
		}
	}()
	d, ok := r.document(id, content, vault)
	if !ok {
		return nil
	}
	refs := slices.Concat(headReferences(d.src, d.head), d.references, d.images, d.defined)
	for _, ref := range refs {
		if ref.kind == taggedAs || ref.kind == exampleOf {
			continue
		}
		l := Link{Form: ref.form, From: ref.from, To: ref.to, Pos: ref.pos, Type: ref.kind, Written: ref.target}
		l.Target, l.Inside = ref.leadsTo(id, vault)
		if !notes.IsMarkdown(id) {
			l.Form, l.From, l.To = Elsewhere, 0, 0
		}
		links = append(links, l)
	}
	slices.SortStableFunc(links, func(a, b Link) int { return cmp.Or(a.Pos-b.Pos, a.From-b.From) })
	return links
}

// IsMarkdown tells whether the index reads a note's text as Markdown: it has the ending of some, and is neither too long nor nested too deep.
func (r Reader) IsMarkdown(id string, content []byte) bool {
	head, _ := notes.ReadHead(content)
	return notes.IsMarkdown(id) && plainReason(content, head) == ""
}

// A readNote is a note as it is parsed: src is its text without data and program, byte for byte at the same positions.
type readNote struct {
	document
	src  []byte
	head notes.Head
}

// document parses a note; ok is false where it cannot be.
func (r Reader) document(id string, content []byte, vault notes.Vault) (n readNote, ok bool) {
	p := preparer{markdown: r.markdown, vault: vault}
	src, _, err := cleanText(content)
	if err != nil {
		return n, false
	}
	n.head, _ = readHead(id, src)
	if !isCode(id) {
		src, _ = data.Mask(src, n.head.End)
	}
	n.src, n.document, _, err = p.parseNote(id, src, n.head)
	return n, err == nil
}

// Tags are the tags of a note, in their normal form, with where they stand in the file, ascending.
func (r Reader) Tags(id string, content []byte, vault notes.Vault) (tags []notes.Value) {
	defer func() {
		if recover() != nil {
			tags = nil
		}
	}()
	d, ok := r.document(id, content, vault)
	if !ok {
		return nil
	}
	for _, ref := range slices.Concat(headReferences(d.src, d.head), d.references) {
		if ref.kind == taggedAs {
			tags = append(tags, notes.Value{Text: ref.target, At: ref.pos})
		}
	}
	slices.SortStableFunc(tags, func(a, b notes.Value) int { return a.At - b.At })
	return tags
}

// Names are the title and the aliases by which the index knows a note of a vault.
func (r Reader) Names(id string, content []byte, vault notes.Vault) (name notes.Name) {
	defer func() {
		if recover() != nil {
			name = notes.Name{ID: id, Title: titleOf(id, "", document{})}
		}
	}()
	p := preparer{markdown: r.markdown, vault: vault}
	src, _, err := cleanText(content)
	if err != nil {
		src = content
	}
	head, _ := readHead(id, src)
	if !isCode(id) {
		src, _ = data.Mask(src, head.End)
	}
	_, d, _, err := p.parseNote(id, src, head)
	title, aliases := vault.Names(id, head)
	if err != nil {
		d = document{}
	}
	return notes.Name{ID: id, Title: titleOf(id, title, d), Aliases: aliases}
}

// placed is the reference with where its target is written, as a token of a leaf says. start is where the body begins in the file.
func (r reference) placed(t inline.Token, l leaf, start int) reference {
	from, to := t.From, t.To
	if t.Kind == inline.Comment && r.form == Relation {
		from, to = t.Start+r.from, t.Start+r.to
	}
	r.from, r.to = 0, 0
	if to <= from {
		r.form = Elsewhere
		return r
	}
	r.from, r.to = start+l.source(from), start+l.source(to-1)+1
	switch {
	case t.Kind == inline.Comment || t.Kind == inline.Relation:
		r.form = Relation
	case t.Kind != inline.Link && t.Kind != inline.Image:
		r.form = Wiki
	case l.text[t.Start] == '<':
		r.form = Attribute
	case l.text[from-1] == '<':
		r.form = Angle
	default:
		r.form = Bare
	}
	return r
}

// definitions are the destinations in a block of link reference definitions.
func definitions(n ast.Node, l leaf, start int) []reference {
	if n.Kind() != kindDefinitions {
		return nil
	}
	var refs []reference
	for _, t := range inline.Destinations(l.text) {
		refs = append(refs, reference{target: t.Text, link: true, pos: start + l.source(t.Start)}.placed(t, l, start))
	}
	return refs
}
