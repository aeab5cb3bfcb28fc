package site

import (
	"fmt"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// An element is a <span> around its children.
type element struct {
	ast.BaseInline
	id, class, title string
}

var kindElement = ast.NewNodeKind("Element")

// Kind implements ast.Node.
func (e *element) Kind() ast.NodeKind { return kindElement }

// Dump implements ast.Node.
func (e *element) Dump(src []byte, level int) {
	ast.DumpHelper(e, src, level, map[string]string{"id": e.id, "class": e.class, "title": e.title}, nil)
}

// elements writes them, and code with the id of its line.
type elements struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (elements) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindElement, writeElement)
	r.Register(ast.KindFencedCodeBlock, writeCode)
	r.Register(ast.KindCodeBlock, writeCode)
}

func writeElement(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		_, err := w.WriteString("</span>")
		return ast.WalkContinue, err
	}
	e := n.(*element)
	if e.id != "" {
		_, err := fmt.Fprintf(w, `<span id="%s">`, e.id)
		return ast.WalkContinue, err
	}
	_, err := fmt.Fprintf(w, `<span class="%s" title="%s">`, e.class, util.EscapeHTML([]byte(e.title)))
	return ast.WalkContinue, err
}

func writeCode(w util.BufWriter, src []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		_, err := w.WriteString("</code></pre>\n")
		return ast.WalkContinue, err
	}
	open := "<pre"
	if id, ok := n.AttributeString("id"); ok {
		open += fmt.Sprintf(` id="%s"`, id)
	}
	open += "><code"
	if code, ok := n.(*ast.FencedCodeBlock); ok && len(code.Language(src)) > 0 {
		open += fmt.Sprintf(` class="language-%s"`, util.EscapeHTML(code.Language(src)))
	}
	if _, err := w.WriteString(open + ">"); err != nil {
		return ast.WalkStop, err
	}
	for _, s := range n.Lines().Sliced(0, n.Lines().Len()) {
		if _, err := w.Write(util.EscapeHTML(s.Value(src))); err != nil {
			return ast.WalkStop, err
		}
	}
	return ast.WalkSkipChildren, nil
}
