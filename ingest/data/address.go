package data

import (
	"bytes"
	"regexp"
)

// Bounds on the addresses of data: its kind may be so long, and shorter content is an example that someone wrote.
const (
	maxMediaType = 300
	minContent   = 16
	minReadable  = 256 // of a text that is no picture and not in base64
)

// address begins one (RFC 2397): a media type or base64 makes it one for sure.
var address = regexp.MustCompile(`^(?i:data:(?:([a-z]+)/[a-z0-9.+_-]+(?:;[a-z0-9_-]+(?:=[^;,"'\s]*)?)*|(?:;[a-z0-9_-]+=[^;,"'\s]*)*;base64),)`)

// addresses masks data: addresses, wherever they stand: in links, definitions, HTML, CSS, code.
func (m *masker) addresses(start int) {
	for i := start; ; {
		n := indexFold(m.text[i:], "data:")
		if n < 0 {
			return
		}
		i += n
		head := address.FindSubmatch(m.text[i:min(len(m.text), i+maxMediaType)])
		if head == nil || i > start && isAlphanumeric(m.text[i-1]) {
			i += len("data:")
			continue
		}
		from := i + len(head[0])
		end := contentEnd(m.text, start, i, from)
		k, least := embeddedFile, minReadable
		if bytes.EqualFold(head[1], []byte("image")) {
			k = image
		}
		if k == image || indexFold(head[0], ";base64,") >= 0 {
			least = minContent
		}
		if end-from >= least {
			m.mask(i, end, k)
		}
		i = end
	}
}

// indexFold finds a word in lower case, written in any.
func indexFold(text []byte, word string) int {
	last := word[len(word)-1]
	for i := len(word) - 1; i < len(text); i++ {
		n := bytes.IndexByte(text[i:], last)
		if n < 0 {
			return -1
		}
		i += n
		if from := i - len(word) + 1; bytes.EqualFold(text[from:i+1], []byte(word)) {
			return from
		}
	}
	return -1
}

// contentEnd is where the address that begins at i, with its content from from on, ends: at what closes what stands before it,
// else at the first byte that cannot be part of an address.
func contentEnd(text []byte, start, i, from int) int {
	before := byte(0)
	if i > start {
		before = text[i-1]
	}
	if before == '"' || before == '\'' {
		if n := bytes.IndexByte(text[from:], before); n >= 0 && !bytes.Contains(text[from:from+n], []byte("\n\n")) {
			return from + n
		}
	}
	end := from
	if drawing := text[from:]; len(drawing) > 4 && bytes.EqualFold(drawing[:4], []byte("<svg")) {
		if n := indexFold(drawing, "</svg>"); n >= 0 {
			end += n + len("</svg>")
		}
	}
	for depth := 0; end < len(text); end++ {
		switch c := text[end]; {
		case c <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == '`' || c == '|' || c == '\\' || c >= 0x80:
			return end
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			if depth--; depth < 0 {
				return end
			}
		}
	}
	return end
}
