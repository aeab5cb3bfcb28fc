package ingest

import (
	"bytes"
	"net/url"
	"strings"
	"testing"

	"amalfa/ingest/inline"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
	"golang.org/x/net/html"
)

// A reading is what two parsers must agree on: where links lead, what a reader sees and the headings. White space is
// joined.
type reading struct {
	Links    []string
	Text     string // with a space between blocks
	Headings []string
}

func (r *reading) block(text string, heading bool) {
	text = strings.Join(strings.Fields(text), " ")
	r.Text = strings.TrimSpace(r.Text + " " + text)
	if heading {
		r.Headings = append(r.Headings, text)
	}
}

// link records a destination. Parsers escape them differently. An address of mail without brackets is no link for us, so none is
// compared.
func (r *reading) link(destination string) {
	if strings.HasPrefix(destination, "mailto:") {
		return
	}
	if plain, err := url.PathUnescape(destination); err == nil {
		destination = plain
	}
	r.Links = append(r.Links, destination)
}

// ownReading reads as the index does; with bare, addresses without brackets are links.
func ownReading(p parser.Parser, src []byte, bare bool) reading {
	var r reading
	root, defs := parseBlocks(p, src)
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering || n.Type() != ast.TypeBlock || n.Lines() == nil {
			return ast.WalkContinue, nil
		}
		switch n.Kind() {
		case ast.KindHTMLBlock, kindDefinitions:
		case ast.KindCodeBlock, ast.KindFencedCodeBlock:
			r.block(string(n.Lines().Value(src)), false)
		case ast.KindHeading:
			r.block(headingText(n.(*ast.Heading), src, defs), true)
			r.leaf(n, src, defs, bare, false)
		default:
			r.leaf(n, src, defs, bare, true)
		}
		return ast.WalkContinue, nil
	})
	return r
}

// leaf records the links of a block and, when asked for, what is seen of it. Links of raw HTML are not those of Markdown.
func (r *reading) leaf(n ast.Node, src []byte, defs inline.Definitions, bare, seen bool) {
	if n.Lines().Len() == 0 {
		return
	}
	for _, l := range leaves(n, src) {
		tokens := tokensOf(n, l, defs)
		for _, t := range tokens {
			switch c := l.text[t.Start]; {
			case t.Kind != inline.Link, c == '<' && string(l.text[t.Start+1:t.End-1]) != t.Text, c != '<' && c != '[' && !bare:
			default:
				r.link(t.Text)
			}
		}
		if seen {
			r.block(inline.Visible(l.text, tokens), false)
		}
	}
}

// htmlReading reads what another parser rendered, without the raw HTML.
func htmlReading(t testing.TB, page string) reading {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var r reading
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		ends := n.Type == html.ElementNode && isBlock(n.Data)
		if ends {
			r.block(b.String(), false)
			b.Reset()
		}
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case n.Data == "a":
			r.link(attribute(n, "href"))
		case n.Data == "img":
			b.WriteString(altMarkup.Replace(attribute(n, "alt")))
		case n.Data == "br":
			b.WriteString(" ")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
		if ends {
			r.block(b.String(), len(n.Data) == 2 && n.Data[0] == 'h' && n.Data != "hr")
			b.Reset()
		}
	}
	walk(root)
	r.block(b.String(), false)
	return r
}

// altMarkup is what the others leave of line ends and HTML in the description of an image.
var altMarkup = strings.NewReplacer("<br>", "", "<!-- raw HTML omitted -->", "")

func isBlock(name string) bool {
	return strings.Contains(" p h1 h2 h3 h4 h5 h6 li td th pre dt dd blockquote ul ol dl table tr hr body ", " "+name+" ")
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// noHTML renders no raw HTML.
type noHTML struct{}

func (noHTML) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	skip := func(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) { return ast.WalkSkipChildren, nil }
	r.Register(ast.KindRawHTML, skip)
	r.Register(ast.KindHTMLBlock, skip)
}

// goldmarkFor is goldmark with its own inline parsers and the extensions that say how text is read.
func goldmarkFor(extensions ...goldmark.Extender) goldmark.Markdown {
	m := goldmark.New(goldmark.WithExtensions(append(extensions, extension.DefinitionList, extension.Footnote)...))
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(noHTML{}, 1)), renderer.WithOption("Unsafe", true))
	return m
}

func goldmarkReading(t testing.TB, m goldmark.Markdown, src []byte) reading {
	t.Helper()
	var b bytes.Buffer
	if err := m.Convert(src, &b); err != nil {
		t.Fatal(err)
	}
	return htmlReading(t, b.String())
}
