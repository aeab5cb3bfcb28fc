package ingest

import "bytes"

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

// deepLine counts the marks at the start of a line. A rule ("- - - - -") opens nothing.
func deepLine(line []byte) bool {
	marks, indent, first, mixed := 0, 0, byte(0), false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == ' ':
			indent++
			continue
		case c == '\t':
			indent += 4
			continue
		case c == '\r' || c == '\n':
			return marks > maxContainers && (mixed || first == '>' || first == '+')
		case c == '>' || bytes.IndexByte([]byte("-*+"), c) >= 0 && i+1 < len(line) && bytes.IndexByte([]byte(" \t\r\n"), line[i+1]) >= 0:
			mixed = mixed || first != 0 && first != c
			first = c
			marks++
		case c >= '0' && c <= '9':
			n := i
			for n < len(line) && n < i+10 && line[n] >= '0' && line[n] <= '9' {
				n++
			}
			if n+1 >= len(line) || line[n] != '.' && line[n] != ')' {
				return marks > maxContainers
			}
			i = n
			mixed = true
			marks++
		default:
			return marks > maxContainers || marks > 0 && indent > maxIndent
		}
		if marks > 0 && indent > maxIndent {
			return true
		}
	}
	return marks > maxContainers && (mixed || first == '>' || first == '+')
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
