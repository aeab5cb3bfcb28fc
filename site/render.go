package site

import (
	"bytes"
	"html/template"

	"amalfa/ingest"
	"amalfa/notes"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// MaxText is how many bytes of a note are shown, up to the end of a line: a page of a megabyte is what browsers still lay out at once.
const MaxText = 1 << 20

// A Note is what a page is made of.
type Note struct {
	ID    string
	File  []byte // as it lies on disk
	Title string // as the index knows it
	Vault notes.Vault
	// Leads is where a link of the note leads to.
	Leads func(notes.Target) notes.Answer
	// Href is the address of another note's page, as it stands in this one.
	Href func(id string) string
	// Has tells whether the page of another note has an element of that id; nil where nobody knows. A link to one that is not there leads to
	// the page.
	Has func(id, part string) bool
}

// A Page is a note as HTML.
type Page struct {
	Title    string
	Head     string // the front matter, as it is written
	Body     template.HTML
	Contents []Heading
	Shown    int // lines of the file that are shown
	Lines    int // of the file
}

// A Heading is an entry of a page's table of contents.
type Heading struct {
	Level int    // 1 to 6
	ID    string // of the element, for "#…"
	Text  string
}

// A Renderer makes pages. Safe for concurrent use.
type Renderer struct {
	links  ingest.Reader
	blocks parser.Parser
	md     goldmark.Markdown
	policy *bluemonday.Policy
}

// NewRenderer returns a Renderer for CommonMark with GitHub's tables, task lists, struck text and bare addresses, footnotes and lists of
// definitions.
func NewRenderer() *Renderer {
	extensions := goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList)
	md := goldmark.New(extensions,
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(placer{}, 999))),
		goldmark.WithRendererOptions(html.WithUnsafe(), // the policy decides what of a note's HTML stays
			renderer.WithNodeRenderers(util.Prioritized(elements{}, 100))))
	return &Renderer{links: ingest.NewReader(), blocks: blockParser(), md: md, policy: newPolicy()}
}

// Render makes the page of a note. It never fails: what cannot be read as Markdown is shown as text.
func (r *Renderer) Render(n Note) Page {
	src, _ := notes.Clean(n.File)
	p := Page{Title: n.Title, Lines: bytes.Count(src, []byte("\n")) + 1}
	shown := cut(src, MaxText)
	p.Shown = p.Lines - bytes.Count(src[len(shown):], []byte("\n"))
	if !r.links.IsMarkdown(n.ID, shown) {
		p.Body = listing(shown)
		return p
	}
	head, _ := notes.ReadHead(shown)
	p.Head = string(bytes.TrimSpace(shown[head.Start:head.End]))
	body := newDraft(n)
	md := body.write(r.links.Links(n.ID, shown, n.Vault), blank(shown, head.Start, head.End))
	md = r.tame(md)
	pc := parser.NewContext()
	pc.Set(draftKey, body)
	doc := r.md.Parser().Parse(text.NewReader(md), parser.WithContext(pc))
	var out bytes.Buffer
	if err := r.md.Renderer().Render(&out, md, doc); err != nil {
		p.Body = listing(shown)
		return p
	}
	p.Contents = body.contents
	// #nosec G203 -- made safe by the policy
	p.Body = template.HTML(settle(r.policy.SanitizeBytes(out.Bytes()), body.made))
	return p
}

// cut ends a text at the last line that fits.
func cut(src []byte, limit int) []byte {
	if len(src) <= limit {
		return src
	}
	if end := bytes.LastIndexByte(src[:limit], '\n'); end > 0 {
		return src[:end+1]
	}
	return bytes.ToValidUTF8(src[:limit], nil)
}

// blank replaces a part by its line feeds, so that lines keep their numbers.
func blank(src []byte, from, to int) []byte {
	out := bytes.Clone(src)
	for i := from; i < to; i++ {
		if out[i] != '\n' {
			out[i] = ' '
		}
	}
	return out
}

// listing shows a text as it is.
func listing(src []byte) template.HTML {
	// #nosec G203 -- escaped
	return "<pre>" + template.HTML(template.HTMLEscapeString(string(src))) + "</pre>"
}
