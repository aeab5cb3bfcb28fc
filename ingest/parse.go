package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"amalfa/ingest/code"
	"amalfa/notes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
)

// maxHeading bounds a heading, in bytes; a longer one is text.
const maxHeading = 1000

// document is a note as its text says it.
type document struct {
	blocks     []block
	references []reference         // ascending by position in the file
	images     []reference         // of a note's Markdown: no edges, but they lead somewhere
	defined    []reference         // the destinations of link reference definitions
	edits      []edit              // what readers see otherwise than it stands, ascending
	hidden     []hidden            // what they do not see, ascending
	symbols    []string            // the names under which others know what a source file documents
	text       func([]byte) string // what people read of a part of the file; nil: all of it
	prose      func([]byte) string // what the model reads of it; nil: the same
}

// parseMarkdown parses what follows the front matter, from start on. indented tells that indented text is text, not code: in MDX
// it stands in components.
func parseMarkdown(p parser.Parser, src []byte, start int, indented bool) document {
	body := src[start:]
	root, defs := parseBlocks(p, body)
	d := document{blocks: topBlocks(root, src, start, defs)}
	for _, n := range leafBlocks(root, indented) {
		for _, l := range leaves(n, body) {
			d.add(l, start, tokensOf(n, l, defs))
			d.defined = append(d.defined, definitions(n, l, start)...)
		}
	}
	slices.SortStableFunc(d.references, func(a, b reference) int { return a.pos - b.pos })
	slices.SortStableFunc(d.edits, func(a, b edit) int { return a.start - b.start })
	slices.SortStableFunc(d.hidden, func(a, b hidden) int { return a.pos - b.pos })
	return d
}

// leafBlocks are the blocks that hold text to read: not code, unless it is code for being indented only.
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
	d.blocks, d.references, d.symbols = symbolBlocks(file, from), p.codeReferences(file, from), file.Names()
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
