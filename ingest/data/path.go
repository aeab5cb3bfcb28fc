package data

import (
	"bytes"
	"slices"
)

// Bounds on the path of a drawing: shorter ones are examples.
const (
	minPath    = 64
	minNumbers = 12
)

// inPath are the bytes of the d and points of SVG: commands, numbers, and what parts them.
var inPath = func() (in [256]bool) {
	for _, c := range []byte("MmZzLlHhVvCcSsQqTtAaEe0123456789.,+- \t\r\n") {
		in[c] = true
	}
	return in
}()

// paths masks what stands in quotes and is the path of a drawing or a list of coordinates: <path d="M10 …">, points='0,0 …'.
func (m *masker) paths(start int) {
	m.runs(start, minPath, &inPath, func(from, to int) {
		if from == start || to == len(m.text) || m.text[from-1] != m.text[to] || bytes.IndexByte([]byte("\"'`"), m.text[to]) < 0 {
			return
		}
		if numbersIn(m.text[from:to]) >= minNumbers && isDrawing(m.text[start:from-1], m.text[from:to]) {
			m.mask(from, to, drawing)
		}
	})
}

// numbersIn counts the runs of digits.
func numbersIn(text []byte) (n int) {
	for i, c := range text {
		if isDigit(c) && (i == 0 || !isDigit(text[i-1])) {
			n++
		}
	}
	return n
}

// isDrawing tells a drawing from a list of numbers that somebody quotes: it begins with a move, or is the value of points.
func isDrawing(before, text []byte) bool {
	text = bytes.TrimLeft(text, " \t\r\n")
	if len(text) > 0 && text[0]|0x20 == 'm' {
		return true
	}
	before = bytes.TrimRight(before, " \t\r\n=:\"")
	return slices.ContainsFunc([]string{"points", "path", "coordinates"}, func(name string) bool { return bytes.HasSuffix(before, []byte(name)) })
}
