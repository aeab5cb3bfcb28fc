package site

import (
	"bytes"
	"sort"
	"strconv"

	"amalfa/notes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// draftKey is where a parser's context has the draft.
var draftKey = parser.NewContextKey()

// placer gives a parsed note what its page needs: where its links lead, an id for each heading, "L12" for what begins on line 12, and no image.
type placer struct{}

// Transform implements parser.ASTTransformer.
func (placer) Transform(doc *ast.Document, reader text.Reader, pc parser.Context) {
	p := placing{draft: pc.Get(draftKey).(*draft), src: reader.Source(), ids: map[string]bool{}}
	p.feeds = feeds(p.src)
	var all []ast.Node
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			all = append(all, n)
		}
		return ast.WalkContinue, nil
	})
	for _, n := range all {
		p.place(n)
	}
}

type placing struct {
	*draft
	src   []byte
	feeds []int // where lines end
	ids   map[string]bool
}

func (p *placing) place(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		p.heading(n)
	case *ast.Link:
		p.link(n)
	case *ast.Image:
		replaceNode(n, p.image(n))
	case *ast.Paragraph, *ast.ListItem, *ast.FencedCodeBlock, *ast.CodeBlock, *ast.Blockquote:
		if id := p.line(n); id != "" {
			n.SetAttributeString("id", []byte(id))
		}
	}
}

// heading gives a heading its name's id and, before its text, that of its line.
func (p *placing) heading(n *ast.Heading) {
	said := string(bytes.TrimSpace(visible(n, p.src)))
	id := p.unique(notes.Slug(said))
	n.SetAttributeString("id", []byte(id))
	p.contents = append(p.contents, Heading{Level: n.Level, ID: id, Text: said})
	if at := p.line(n); at != "" {
		first := &element{id: at}
		n.InsertBefore(n, n.FirstChild(), first)
	}
}

// unique is an id that no other heading has. A slug has no ".", so that no heading's own name is one.
func (p *placing) unique(slug string) string {
	if slug == "" {
		slug = "section"
	}
	id := slug
	for i := 2; p.ids[id]; i++ {
		id = slug + "." + strconv.Itoa(i)
	}
	p.ids[id] = true
	return id
}

// line is the id of the line where a block begins, "" where another one has it.
func (p *placing) line(n ast.Node) string {
	at, ok := begin(n)
	if !ok {
		return ""
	}
	id := "L" + strconv.Itoa(sort.SearchInts(p.feeds, at)+1)
	if p.ids[id] {
		return ""
	}
	p.ids[id] = true
	return id
}

// begin is the first byte of a block's text.
func begin(n ast.Node) (int, bool) {
	for ; n != nil && n.Type() == ast.TypeBlock; n = n.FirstChild() {
		if n.Lines().Len() > 0 {
			return n.Lines().At(0).Start, true
		}
	}
	return 0, false
}

// feeds are the places of line feeds.
func feeds(src []byte) (all []int) {
	for i, c := range src {
		if c == '\n' {
			all = append(all, i)
		}
	}
	return all
}

// link lets a link lead where it should, or nowhere.
func (p *placing) link(n *ast.Link) {
	to, ok := p.find(n.Destination)
	switch {
	case !ok:
		return
	case to.href != "":
		n.Destination = []byte(to.href)
		n.SetAttributeString("class", []byte("note"))
	case to.file:
		replaceNode(n, &element{class: "file", title: to.name})
	default:
		replaceNode(n, &element{class: "broken", title: to.name})
	}
}

// image is what stands for one: a page loads nothing, so that reading a note tells nobody.
func (p *placing) image(n *ast.Image) ast.Node {
	if to, ok := p.find(n.Destination); ok {
		return &element{class: "image", title: to.name}
	}
	return &element{class: "image", title: string(n.Destination)}
}

// replaceNode puts one inline node into another's place, with its children.
func replaceNode(old, put ast.Node) {
	for c := old.FirstChild(); c != nil; c = old.FirstChild() {
		put.AppendChild(put, c)
	}
	old.Parent().ReplaceChild(old.Parent(), old, put)
}

// visible is what a node says.
func visible(n ast.Node, src []byte) (said []byte) {
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Text:
			if entering {
				said = append(said, n.Segment.Value(src)...)
			}
		case *ast.String:
			if entering {
				said = append(said, n.Value...)
			}
		}
		return ast.WalkContinue, nil
	})
	return said
}
