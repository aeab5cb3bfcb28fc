package ingest

import (
	"bytes"
	"regexp"
)

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
