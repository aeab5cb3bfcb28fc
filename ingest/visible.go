package ingest

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"amalfa/ingest/code"
	"amalfa/ingest/inline"
	"amalfa/notes"
	"amalfa/store"
)

// A Reader tells what people see of passages, by the same parser that made them. Safe for concurrent use.
type Reader struct{ markdown parser.Parser }

// NewReader returns a Reader.
func NewReader() Reader { return Reader{newMarkdown()} }

// Visible is a passage of a note as text without marks: a line for each paragraph, item, row of a table and line of code. What its
// heading path says already is left out, unless it says nothing else. A passage is read by itself, so that code which began in the
// passage before it is read as prose.
func (r Reader) Visible(c store.Chunk) (seen string) {
	defer func() {
		if recover() != nil { // as prepare does: a parser that panics costs no answer
			seen = c.Text
		}
	}()
	switch {
	case isCode(c.Note):
		return paragraphs(goHeading.ReplaceAllString(code.Prose(c.Text), ""))
	case !notes.IsMarkdown(c.Note) || tooDeep([]byte(c.Text)):
		return paragraphs(c.Text)
	}
	v := view{reader: r, chunk: c}
	body := c.Text
	if head, err := notes.ReadHead([]byte(body)); c.Start == 0 && err == nil && head.End > 0 && head.End < len(body) {
		body = body[head.End:]
	}
	v.read([]byte(outdent(body)), 0)
	if len(v.lines) == 0 {
		v.lines = v.headings
	}
	return strings.Join(v.lines, "\n")
}

// goHeading is a heading of a doc comment.
var goHeading = regexp.MustCompile(`(?m)^#{1,6} +`)

// paragraphs puts each paragraph between blank lines on one line.
func paragraphs(text string) string {
	var lines []string
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if line := strings.Join(strings.Fields(part), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// outdent takes the indentation of the first line from all lines that have it: a passage may begin within a list.
func outdent(text string) string {
	text = strings.TrimLeft(text, "\r\n")
	indent := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
	if indent == "" {
		return text
	}
	return strings.ReplaceAll("\n"+text, "\n"+indent, "\n")[1:]
}

// view collects what a reader sees.
type view struct {
	reader          Reader
	chunk           store.Chunk
	lines, headings []string
}

// maxOutdented bounds how often indented text is read anew.
const maxOutdented = 4

func (v *view) read(body []byte, depth int) {
	root, defs := parseBlocks(v.reader.markdown, body)
	v.define(defs)
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch {
		case !entering || n.Type() == ast.TypeDocument:
		case n.Type() == ast.TypeInline:
			return ast.WalkSkipChildren, nil
		case n.Lines() != nil && n.Lines().Len() > 0:
			v.block(n, body, defs, depth)
		}
		return ast.WalkContinue, nil
	})
}

// label is that of a link whose destination may stand elsewhere in the note.
var label = regexp.MustCompile(`\[([^\[\]\n]{1,200})\]`)

// define adds the labels that the whole note defines: those whose brackets a reader of it does not see.
func (v *view) define(defs inline.Definitions) {
	if v.chunk.Plain == "" {
		return
	}
	for _, at := range label.FindAllStringIndex(v.chunk.Text, -1) {
		bracketed := v.chunk.Text[at[0]:at[1]]
		wikilink := at[0] > 0 && v.chunk.Text[at[0]-1] == '['
		if !wikilink && !strings.Contains(v.chunk.Plain, bracketed) {
			defs.Add([]byte(bracketed + ": x\n"))
		}
	}
}

func (v *view) block(n ast.Node, body []byte, defs inline.Definitions, depth int) {
	switch n.Kind() {
	case kindDefinitions, kindRemark:
	case kindTable:
		v.rows(n.Lines().Sliced(0, n.Lines().Len()), body, defs)
	case kindMath:
		v.add(strings.ReplaceAll(string(n.Lines().Value(body)), inline.MathMark, " "))
	case ast.KindFencedCodeBlock:
		v.code(string(n.Lines().Value(body)))
	case ast.KindCodeBlock:
		if inner := outdent(string(n.Lines().Value(body))); depth < maxOutdented && listed.MatchString(inner) {
			v.read([]byte(inner), depth+1)
		} else {
			v.code(inner)
		}
	case ast.KindHeading:
		v.heading(headingText(n.(*ast.Heading), body, defs))
	case ast.KindHTMLBlock:
		l := leaves(n, body)[0]
		if !bytes.HasPrefix(bytes.TrimSpace(l.text), []byte("<!--")) || bytes.Contains(l.text, []byte("-->")) {
			v.add(inline.Visible(l.text, inline.HTML(l.text)))
		}
	default:
		v.paragraph(n, body, defs)
	}
}

// listed is text that is indented below something, not code.
var listed = regexp.MustCompile(`^(?:[-*+>]|\d{1,9}[.)])[ \t]`)

func (v *view) code(text string) {
	for line := range strings.Lines(text) {
		v.add(line)
	}
}

func (v *view) heading(text string) {
	if slices.Contains(v.chunk.Heading, text) {
		v.headings = append(v.headings, text)
		return
	}
	v.add(text)
}

// pipeRow is a row of a table whose head stands in the passage before.
var pipeRow = regexp.MustCompile(`^\s*\|.*\|\s*$`)

func (v *view) paragraph(n ast.Node, body []byte, defs inline.Definitions) {
	lines := n.Lines().Sliced(0, n.Lines().Len())
	if !slices.ContainsFunc(lines, func(s text.Segment) bool { return !pipeRow.Match(bytes.TrimSpace(s.Value(body))) }) {
		v.rows(lines, body, defs)
		return
	}
	for _, l := range leaves(n, body) {
		seen := inline.Visible(l.text, tokensOf(n, l, defs))
		for _, m := range proseMarks {
			seen = m.sign.ReplaceAllString(seen, m.becomes)
		}
		v.add(seen)
	}
}

// proseMarks are what note programs write into prose for themselves, and what stays of it.
var proseMarks = []struct {
	sign    *regexp.Regexp
	becomes string
}{
	{regexp.MustCompile(`^\s*\[![^\]\n]{1,60}\][-+]?\s*`), ""},                                          // > [!note]- callout
	{regexp.MustCompile(`^\s*\[[ xX/>!?*-]\]\s+`), ""},                                                  // - [ ] task
	{regexp.MustCompile(`(?m)(?:^|[ \t]+)\^[A-Za-z0-9-]+[ \t]*$`), ""},                                  // ^block-id
	{regexp.MustCompile(`(?m)^[ \t]*:{3,}[ \t]*(?:\{[^}\n]*\}|[\w-]*)(?:\[([^\]\n]*)\])?`), "$1"},       // :::note[Title]
	{regexp.MustCompile(`(?m)^[ \t]*(?:!!!|\?\?\?\+?)[ \t]+[\w-]+(?:[ \t]+"([^"\n]*)")?[ \t]*$`), "$1"}, // !!! note "Title"
	{regexp.MustCompile(`\{\{[<%].{0,400}?[%>]\}\}|\{%.{0,400}?%\}`), ""},                               // shortcodes
	{regexp.MustCompile(`==([^=\s](?:[^=\n]{0,400}[^=\s])?)==`), "$1"},                                  // ==highlight==
	{regexp.MustCompile(`(?m)^[ \t]*(?:id|collapsed|logseq\.[\w.-]+)::.*$`), ""},                        // properties of Logseq's own
	{regexp.MustCompile(`\(\([0-9a-f]{8}-[0-9a-f-]{27}\)\)`), ""},                                       // ((block of Logseq))
}

// rows adds the rows of a table, its cells between middle dots, without the delimiter row.
func (v *view) rows(lines []text.Segment, body []byte, defs inline.Definitions) {
	for _, line := range lines {
		if delimiterRow.Match(bytes.TrimSpace(line.Value(body))) {
			continue
		}
		var row []string
		for _, cell := range cells(body, line) {
			l := newLeaf(body, pipes(body, cell))
			if seen := oneLine([]byte(inline.Visible(l.text, inline.Parse(l.text, defs)))); seen != "" {
				row = append(row, seen)
			}
		}
		v.add(strings.Join(row, " · "))
	}
}

func (v *view) add(text string) {
	if line := oneLine([]byte(text)); line != "" {
		v.lines = append(v.lines, line)
	}
}
