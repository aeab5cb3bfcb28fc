package ingest

import (
	"bytes"

	"amalfa/ingest/inline"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// newMarkdown returns a parser that is safe for concurrent use. It has goldmark's block parsers, whose time is linear below the
// nesting limit. What stands within a block, definitions and the cells of tables are read by `ingest/inline`, since some of goldmark's
// parsers for them need quadratic time and more on hostile text (docs/decisions/0014-own-inline-scanner.md).
func newMarkdown() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(append(parser.DefaultBlockParsers(),
			util.Prioritized(extension.NewDefinitionListParser(), 101),
			util.Prioritized(extension.NewDefinitionDescriptionParser(), 102),
			util.Prioritized(pairParser{}, 699),
			util.Prioritized(extension.NewFootnoteBlockParser(), 999))...),
		parser.WithParagraphTransformers(
			util.Prioritized(definitionTransformer{}, 100),
			util.Prioritized(tableTransformer{}, 200)),
	)
}

// parseBlocks returns the blocks of a text and its link reference definitions. goldmark takes some lines that end in CRLF otherwise
// than those that end in LF (an item "*" without text), so it is shown a space for each CR.
func parseBlocks(p parser.Parser, body []byte) (ast.Node, inline.Definitions) {
	pc, defs := parser.NewContext(), inline.Definitions{}
	pc.Set(definitionsKey, defs)
	if crlf := []byte("\r\n"); bytes.Contains(body, crlf) {
		body = bytes.ReplaceAll(body, crlf, []byte(" \n"))
	}
	return p.Parse(text.NewReader(body), parser.WithContext(pc)), defs
}

// Kinds of blocks that goldmark has not, or has with parts that we read ourselves.
var (
	kindDefinitions = ast.NewNodeKind("LinkDefinitions")
	kindTable       = ast.NewNodeKind("TableRows")
	kindMath        = ast.NewNodeKind("Math")
	kindRemark      = ast.NewNodeKind("Remark")
)

// rows is a block of one of those kinds: its lines.
type rows struct {
	ast.BaseBlock
	kind ast.NodeKind
}

func newRows(kind ast.NodeKind, lines ...text.Segment) *rows {
	n := &rows{kind: kind}
	for _, l := range lines {
		n.Lines().Append(l)
	}
	n.SetPos(lines[0].Start)
	return n
}

// Kind implements ast.Node.
func (r *rows) Kind() ast.NodeKind { return r.kind }

// IsRaw implements ast.Node: nothing of it is left to parse.
func (r *rows) IsRaw() bool { return true }

// Dump implements ast.Node.
func (r *rows) Dump(source []byte, level int) { ast.DumpHelper(r, source, level, nil, nil) }

// definitionsKey is where the definitions of the note that is parsed are kept.
var definitionsKey = parser.NewContextKey()

// definitionTransformer takes the link reference definitions from the start of a paragraph.
type definitionTransformer struct{}

// Transform implements parser.ParagraphTransformer.
func (definitionTransformer) Transform(p *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines := p.Lines()
	first := lines.At(0)
	if bytes.IndexByte(first.Value(reader.Source()), '[') < 0 {
		return
	}
	paragraph := lines.Value(reader.Source())
	length := pc.Get(definitionsKey).(inline.Definitions).Add(paragraph)
	n := bytes.Count(paragraph[:length], []byte("\n"))
	if length == len(paragraph) {
		n = lines.Len()
	}
	split(p, n, kindDefinitions)
}

// split makes the first n lines of a paragraph a block of their own before it. A paragraph that has no lines left is gone.
func split(p *ast.Paragraph, n int, kind ast.NodeKind) {
	lines := p.Lines()
	if n == 0 {
		return
	}
	p.Parent().InsertBefore(p.Parent(), p, newRows(kind, lines.Sliced(0, n)...))
	lines.SetSliced(n, lines.Len())
	if lines.Len() == 0 {
		p.Parent().RemoveChild(p.Parent(), p)
	}
}

// pairParser reads math between lines of $$ and remarks between lines of %%, which hold no Markdown.
type pairParser struct{}

// Trigger implements parser.BlockParser.
func (pairParser) Trigger() []byte { return []byte("$%") }

// Open implements parser.BlockParser. A mark that has no second opens nothing.
func (pairParser) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	mark := inline.PairMark(line)
	if mark == "" || pairEnd(reader.Source(), mark, pc) < segment.Stop {
		return nil, parser.NoChildren
	}
	kind := kindMath
	if mark == inline.RemarkMark {
		kind = kindRemark
	}
	reader.AdvanceToEOL()
	return newRows(kind, segment), parser.NoChildren
}

// Continue implements parser.BlockParser. The second mark ends the block with its line.
func (pairParser) Continue(n ast.Node, reader text.Reader, _ parser.Context) parser.State {
	line, segment := reader.PeekLine()
	n.Lines().Append(segment)
	mark := inline.MathMark
	if n.Kind() == kindRemark {
		mark = inline.RemarkMark
	}
	reader.AdvanceToEOL()
	if bytes.Contains(line, []byte(mark)) {
		return parser.Close
	}
	return parser.Continue | parser.NoChildren
}

// Close implements parser.BlockParser.
func (pairParser) Close(ast.Node, text.Reader, parser.Context) {}

// CanInterruptParagraph implements parser.BlockParser.
func (pairParser) CanInterruptParagraph() bool { return true }

// CanAcceptIndentedLine implements parser.BlockParser.
func (pairParser) CanAcceptIndentedLine() bool { return false }

// pairEndKeys are where the last places of the marks are kept, since they are looked for once.
var pairEndKeys = map[string]parser.ContextKey{inline.MathMark: parser.NewContextKey(), inline.RemarkMark: parser.NewContextKey()}

func pairEnd(source []byte, mark string, pc parser.Context) int {
	return pc.ComputeIfAbsent(pairEndKeys[mark], func() any { return bytes.LastIndex(source, []byte(mark)) }).(int)
}
