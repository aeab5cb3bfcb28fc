package ingest

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"amalfa/ingest/inline"
	"amalfa/notes"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// A block is a top-level part of a note. Blocks are in order and together hold everything of the body that is not blank.
type block struct {
	start, end int // bytes of the file, whole lines, without blank lines around
	kind       blockKind
	level      int    // of a heading, 1 to 6
	heading    string // its text
	items      []int  // where the parts of a list or quotation begin
}

type blockKind int

const (
	prose   blockKind = iota
	heading           // ATX or setext
	nested            // list, quotation, definition list, footnote
	lines             // code, HTML: each line counts
)

// topBlocks cuts the body at the lines where top-level blocks begin, so that nothing between two blocks (link reference
// definitions, fences) is lost.
func topBlocks(root ast.Node, src []byte, start int, defs inline.Definitions) []block {
	var blocks []block
	add := func(n ast.Node) {
		if pos := startOf(n); pos >= 0 {
			b := classify(n, src, start, defs)
			b.start = lineStart(src, start, start+pos)
			blocks = append(blocks, b)
		}
	}
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		if n.Kind() != extast.KindFootnoteList { // goldmark gathers footnotes at the place of the first
			add(n)
			continue
		}
		for note := n.FirstChild(); note != nil; note = note.NextSibling() {
			add(note)
		}
	}
	slices.SortStableFunc(blocks, func(a, b block) int { return a.start - b.start })
	return setEnds(blocks, src, start)
}

// setEnds gives each block its end and drops what is blank.
func setEnds(blocks []block, src []byte, start int) []block {
	if len(blocks) == 0 || blocks[0].start > start {
		blocks = append([]block{{start: start}}, blocks...)
	}
	kept := blocks[:0]
	for i, b := range blocks {
		b.end = len(src)
		if i+1 < len(blocks) {
			b.end = blocks[i+1].start
		}
		b.start, b.end = trimBlank(src, b.start, b.end)
		if b.start < b.end {
			kept = append(kept, b)
		}
	}
	return kept
}

// trimBlank takes blank lines from both ends and the white space after the last word.
func trimBlank(src []byte, start, end int) (int, int) {
	end = start + len(bytes.TrimRight(src[start:end], " \t\r\n\f\v"))
	for start < end {
		n := bytes.IndexByte(src[start:end], '\n')
		if n < 0 || len(bytes.TrimSpace(src[start:start+n])) > 0 {
			break
		}
		start += n + 1
	}
	return start, end
}

func lineStart(src []byte, from, pos int) int {
	return from + bytes.LastIndexByte(src[from:pos], '\n') + 1
}

// startOf is where a block begins, or -1 when it holds nothing. A definition list begins before its own mark.
func startOf(n ast.Node) int {
	pos := n.Pos()
	if ls := n.Lines(); ls != nil && ls.Len() > 0 && (pos < 0 || ls.At(0).Start < pos) {
		pos = ls.At(0).Start
	}
	if c := n.FirstChild(); c != nil && c.Type() == ast.TypeBlock {
		if p := startOf(c); p >= 0 && (pos < 0 || p < pos) {
			pos = p
		}
	}
	return pos
}

func classify(n ast.Node, src []byte, start int, defs inline.Definitions) block {
	switch n := n.(type) {
	case *ast.Heading:
		if n.Lines().Len() > 0 && n.Lines().At(n.Lines().Len()-1).Stop-n.Lines().At(0).Start > maxHeading {
			return block{kind: prose}
		}
		return block{kind: heading, level: n.Level, heading: headingText(n, src[start:], defs)}
	case *ast.List, *ast.Blockquote, *extast.DefinitionList, *extast.Footnote:
		return block{kind: nested, items: itemStarts(n, src, start)}
	case *ast.FencedCodeBlock, *ast.CodeBlock, *ast.HTMLBlock:
		return block{kind: lines}
	}
	if n.Kind() == kindTable || n.Kind() == kindMath {
		return block{kind: lines}
	}
	return block{kind: prose}
}

// itemStarts are the first lines of all blocks inside n, ascending, without n's own.
func itemStarts(n ast.Node, src []byte, start int) []int {
	var starts []int
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		if c.Type() == ast.TypeInline {
			return ast.WalkSkipChildren, nil
		}
		if pos := startOf(c); entering && pos >= 0 {
			starts = append(starts, lineStart(src, start, start+pos))
		}
		return ast.WalkContinue, nil
	})
	slices.Sort(starts)
	return slices.Compact(starts)[min(1, len(starts)):]
}

// headingID is what ends a heading: {#name .class key=value}. It names the place and is no part of the text.
var headingID = regexp.MustCompile(`(?:^|[ \t]+)\{(?:[#.:]|[\w-]+=)[^{}]*\}[ \t]*$`)

// headingTokens reads a heading, whose last part may be its name.
func headingTokens(text []byte, defs inline.Definitions) []inline.Token {
	end := len(text)
	if bytes.HasSuffix(bytes.TrimRight(text, " \t"), []byte("}")) {
		if at := headingID.FindIndex(text); at != nil {
			end = at[0]
		}
	}
	tokens := inline.Parse(text[:end], defs)
	if end < len(text) {
		tokens = append(tokens, inline.Token{Kind: inline.Markup, Start: end, End: len(text)})
	}
	return tokens
}

// headingText is a heading as a reader sees it.
func headingText(n *ast.Heading, body []byte, defs inline.Definitions) string {
	if n.Lines().Len() == 0 {
		return ""
	}
	l := leaves(n, body)[0]
	seen := readable([]byte(inline.Visible(l.text, headingTokens(l.text, defs))))
	return notes.Clip(strings.Join(strings.Fields(seen), " "), notes.MaxTitle)
}

// Bounds within which goldmark's block parser is linear: it tries every open container on every line (measured: one line of
// 100,000 ">" takes 3 s). No page that people write comes near them.
const (
	maxContainers = 64
	maxIndent     = 256
	// maxLines bounds its memory: it makes nodes of some 500 bytes a line (measured: 1.9 GB for 8 MB of "a\n").
	maxLines = 200_000
)

// tooDeep tells whether a line opens more quotations and lists than the parser shall be given.
func tooDeep(text []byte) bool {
	for line := range bytes.Lines(text) {
		if len(line) > maxContainers && deepLine(line) {
			return true
		}
	}
	return false
}

// containers are the marks at the start of a line, each of which opens a quotation or an item of a list.
var containers = regexp.MustCompile(`^(?:[ \t]*(?:>|[-*+](?:[ \t\r\n]|$)|[0-9]{1,10}[.)]))*[ \t]*`)

// deepLine counts the marks at the start of a line. A rule ("- - - - -") opens nothing.
func deepLine(line []byte) bool {
	prefix, rule := containers.Find(line), false
	if len(bytes.TrimSpace(line[len(prefix):])) == 0 {
		prefix = bytes.TrimRight(prefix, " \t\r\n")
		rule = len(bytes.Trim(prefix, "- \t")) == 0 || len(bytes.Trim(prefix, "* \t")) == 0
	}
	marks, indent := 0, 0
	for _, c := range prefix {
		switch c {
		case ' ':
			indent++
		case '\t':
			indent += 4
		case '>', '-', '*', '+', '.', ')':
			marks++
		}
	}
	return marks > maxContainers && !rule || marks > 0 && indent > maxIndent
}

// plainBlocks is the parse of a text that is not Markdown, or not safely so: paragraphs between blank lines.
func plainBlocks(src []byte, start int) []block {
	var blocks []block
	from, blank := start, true
	for pos := start; pos < len(src); {
		next := len(src)
		if n := bytes.IndexByte(src[pos:], '\n'); n >= 0 {
			next = pos + n + 1
		}
		empty := len(bytes.TrimSpace(src[pos:next])) == 0
		if blank && !empty {
			from = pos
		}
		if !blank && empty {
			blocks = append(blocks, block{start: from, end: pos})
		}
		blank, pos = empty, next
	}
	if !blank {
		blocks = append(blocks, block{start: from, end: len(src)})
	}
	for i, b := range blocks {
		blocks[i].start, blocks[i].end = trimBlank(src, b.start, b.end)
	}
	return blocks
}
