// Package data finds what stands in a text and is no prose: data: addresses, base64, the paths of drawings, lines that a program
// wrote for programs, tokens longer than any word. It is masked, byte for byte, so that positions and lines stay those of the
// file, and people and models read an ellipsis in its place.
//
// What people write stays: addresses of pages, paths, identifiers, long compounds, scripts without spaces, hashes of up to 64
// digits (SHA-256), UUIDs, sequences of DNA and of digits. Everything takes linear time.
package data

import "bytes"

// Masked stands for each byte that is data. It is never part of UTF-8, and Markdown sees neither white space nor a mark in it, so
// that a link whose address is data stays a link.
const Masked = 0xFF

// ellipsis is what is read in the place of data.
const ellipsis = "…"

// Mask returns text, which is UTF-8, with its data masked from start on, and what was found. Without any it is text itself.
func Mask(text []byte, start int) ([]byte, Found) {
	m := masker{text: text}
	m.addresses(start)
	m.keys(start)
	m.lines(start)
	m.paths(start)
	m.tokens(start)
	return m.text, m.found
}

type masker struct {
	text  []byte
	found Found
	ours  bool // text is a copy
}

// mask keeps the ends of lines.
func (m *masker) mask(from, to int, k kind) {
	if !m.ours {
		m.text, m.ours = bytes.Clone(m.text), true
	}
	m.found[k]++
	for i := from; i < to; i++ {
		if c := m.text[i]; c != '\n' && c != '\r' {
			m.text[i] = Masked
		}
	}
}

// around is what may stand within one piece of data: the ends of lines, and what these are indented or quoted by.
const around = " \t\r\n>"

// Elide is text as it is read, with one ellipsis for each piece of data, over however many lines it goes.
func Elide(text []byte) []byte {
	i := bytes.IndexByte(text, Masked)
	if i < 0 {
		return text
	}
	var b bytes.Buffer
	for ; i >= 0; i = bytes.IndexByte(text, Masked) {
		b.Write(text[:i])
		b.WriteString(ellipsis)
		text = skip(text[i:])
	}
	b.Write(text)
	return b.Bytes()
}

// skip is what follows the data that text begins with. White space behind it stays.
func skip(text []byte) []byte {
	for {
		text = bytes.TrimLeft(text, string([]byte{Masked}))
		more := bytes.TrimLeft(text, around)
		if len(more) == 0 || more[0] != Masked {
			return text
		}
		text = more
	}
}

// Rest is text without the data at its beginning, and the white space around it, where that goes on from before.
func Rest(before, text []byte) []byte {
	more := bytes.TrimLeft(text, around)
	if len(more) == 0 || more[0] != Masked {
		return text
	}
	if before = bytes.TrimRight(before, around); len(before) == 0 || before[len(before)-1] != Masked {
		return text
	}
	return bytes.TrimLeft(skip(more), around)
}

// Size is how many bytes of text are not masked.
func Size(text []byte) int { return len(text) - bytes.Count(text, []byte{Masked}) }
