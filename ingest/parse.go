package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"amalfa/ingest/code"
	"amalfa/notes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// maxHeading bounds a heading, in bytes; a longer one is text.
const maxHeading = 1000

// document is a note as its text says it.
type document struct {
	blocks     []block
	references []reference         // ascending by position in the file
	text       func([]byte) string // what people read of a part of the file; nil: all of it
	prose      func([]byte) string // what the model reads of it; nil: the same
}

// newMarkdown returns a parser that is safe for concurrent use. It has goldmark's block parsers and no inline parsers: what those look for is found by
// scanInline, and some of them need quadratic time on hostile text (measured: 3 s for 100 KB of "*a_" and 6 s for 200 KB of
// "[a](b", 30 s for 1 MB of link reference definitions; block parsing is linear below the nesting limit). Tables stay
// paragraphs, which keeps their rows together too.
func newMarkdown() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(append(parser.DefaultBlockParsers(),
			util.Prioritized(extension.NewDefinitionListParser(), 101),
			util.Prioritized(extension.NewDefinitionDescriptionParser(), 102),
			util.Prioritized(extension.NewFootnoteBlockParser(), 999))...),
	)
}

// parseMarkdown parses what follows the front matter, from start on. indented tells that indented text is text, not code: in MDX
// it stands in components.
func parseMarkdown(p parser.Parser, src []byte, start int, indented bool) document {
	body := src[start:]
	root := p.Parse(text.NewReader(body))
	leaves := leafBlocks(root, indented)
	defs := definitions(leaves, body)
	define := func(label string) (string, bool) {
		destination, ok := defs[labelKey(label)]
		return destination, ok
	}
	d := document{blocks: topBlocks(root, src, start)}
	for _, n := range leaves {
		d.references = append(d.references, blockReferences(n, body, start, define)...)
	}
	slices.SortStableFunc(d.references, func(a, b reference) int { return a.pos - b.pos })
	return d
}

// leafBlocks are the blocks that hold text to scan: not code, unless it is code for being indented only.
func leafBlocks(root ast.Node, indented bool) []ast.Node {
	var leaves []ast.Node
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch {
		case !entering || n.Type() == ast.TypeDocument:
			return ast.WalkContinue, nil
		case n.Type() == ast.TypeInline:
			return ast.WalkSkipChildren, nil
		}
		ls := n.Lines()
		if ls != nil && ls.Len() > 0 && (indented || n.Kind() != ast.KindCodeBlock) && n.Kind() != ast.KindFencedCodeBlock {
			leaves = append(leaves, n)
		}
		return ast.WalkContinue, nil
	})
	return leaves
}

// definition is a link reference definition: [label]: destination "title"
var definition = regexp.MustCompile(`^ {0,3}\[([^\[\]^][^\[\]]*)\]:[ \t]*(?:<([^<>]*)>|(\S+))(?:[ \t].*)?\s*$`)

// definitions collects the link reference definitions at the start of paragraphs. Of two with one label the first counts.
func definitions(leaves []ast.Node, body []byte) map[string]string {
	defs := make(map[string]string)
	for _, n := range leaves {
		for i := range definitionLines(n, body) {
			seg := n.Lines().At(i)
			m := definition.FindSubmatch(body[seg.Start:seg.Stop])
			key := labelKey(string(m[1]))
			if _, known := defs[key]; !known {
				defs[key] = string(util.UnescapePunctuations(slices.Concat(m[2], m[3])))
			}
		}
	}
	return defs
}

// definitionLines is how many lines at the start of a paragraph are definitions.
func definitionLines(n ast.Node, body []byte) int {
	if n.Kind() != ast.KindParagraph && n.Kind() != ast.KindTextBlock {
		return 0
	}
	for i := range n.Lines().Len() {
		seg := n.Lines().At(i)
		if !definition.Match(body[seg.Start:seg.Stop]) {
			return i
		}
	}
	return n.Lines().Len()
}

func labelKey(label string) string { return strings.ToLower(strings.Join(strings.Fields(label), " ")) }

// blockReferences scans the text of one leaf block and gives positions in the file.
func blockReferences(n ast.Node, body []byte, start int, define func(string) (string, bool)) []reference {
	ls := n.Lines()
	first := definitionLines(n, body)
	if first == ls.Len() {
		return nil
	}
	var joined []byte
	begins := make([]int, 0, ls.Len()-first)
	for i := first; i < ls.Len(); i++ {
		begins = append(begins, len(joined))
		seg := ls.At(i)
		joined = append(joined, body[seg.Start:seg.Stop]...)
	}
	var refs []reference
	if html, ok := n.(*ast.HTMLBlock); ok {
		refs = htmlReferences(joined, html, body)
	} else {
		refs = scanInline(joined, define)
	}
	for i, r := range refs {
		line, exact := slices.BinarySearch(begins, r.pos)
		if !exact {
			line--
		}
		refs[i].pos = start + ls.At(first+line).Start + r.pos - begins[line]
	}
	return refs
}

// htmlReferences reads comments only; what else stands in HTML is markup.
func htmlReferences(joined []byte, html *ast.HTMLBlock, body []byte) []reference {
	if html.HasClosure() {
		joined = append(joined, html.ClosureLine.Value(body)...)
	}
	var refs []reference
	for i := 0; ; {
		from := bytes.Index(joined[i:], []byte("<!--"))
		if from < 0 {
			return refs
		}
		from += i
		to := bytes.Index(joined[from:], []byte("-->"))
		if to < 0 {
			return refs
		}
		i = from + to + 3
		refs = append(refs, commentTags(joined[from:i], from)...)
	}
}

// Bounds on what a source file may cost. People write files of a tenth of this; what is larger was generated.
const (
	maxCodeBytes   = 1 << 20
	codeTime       = 2 * time.Second // for any file, and
	codeTimePerMiB = 10 * time.Second
)

func isCode(id string) bool {
	_, ok := code.Language(id)
	return ok
}

// parseCode makes a section of each documented symbol, below its module. What a file with errors still says is kept.
func (p *preparer) parseCode(id string, src []byte) (d document, reason string, err error) {
	if len(src) > maxCodeBytes {
		return d, "", tooLarge(int64(len(src)), maxCodeBytes)
	}
	limit := codeTime + codeTimePerMiB*time.Duration(len(src))/(1<<20)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	from := notes.BOMLength(src)
	file, err := code.Parse(ctx, id, bytes.ReplaceAll(src[from:], []byte{notes.Substitute}, []byte("?")))
	switch {
	case errors.Is(err, code.ErrSlow):
		return d, "", notText(err.Error())
	case len(file.Symbols) == 0 && err != nil:
		return d, "", notText("no documentation could be read: " + notes.Clip(oneLine([]byte(err.Error())), maxSentence))
	case len(file.Symbols) == 0:
		return d, "", notText("no documentation in it")
	case err != nil:
		reason = fmt.Sprintf("only what could be read: %s", notes.Clip(oneLine([]byte(err.Error())), maxSentence))
	}
	d.blocks = symbolBlocks(file, from)
	d.prose = func(text []byte) string { return code.Prose(notes.Readable(text)) }
	return d, reason, nil
}

// symbolBlocks gives each symbol a heading without text, so that its path is module, symbol.
func symbolBlocks(file code.File, from int) []block {
	var blocks []block
	for i, s := range file.Symbols {
		start, end := from+s.Start, from+s.End
		if i == 0 || s.Name == "" {
			blocks = append(blocks, block{kind: heading, level: 1, heading: notes.Clip(file.Module, notes.MaxTitle), start: start, end: start})
		}
		if s.Name != "" {
			blocks = append(blocks, block{kind: heading, level: 2, heading: notes.Clip(s.Name, notes.MaxTitle), start: start, end: start})
		}
		blocks = append(blocks, block{kind: prose, start: start, end: end})
	}
	return blocks
}
