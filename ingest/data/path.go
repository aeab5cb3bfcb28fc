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
	for i := start; i < len(m.text); i++ {
		quote := m.text[i]
		if quote != '"' && quote != '\'' && quote != '`' {
			continue
		}
		from := i + 1
		numbers, number := 0, false
		for i = from; i < len(m.text) && inPath[m.text[i]]; i++ {
			if digit := isDigit(m.text[i]); digit != number {
				if number = digit; digit {
					numbers++
				}
			}
		}
		if i < len(m.text) && m.text[i] == quote && i-from >= minPath && numbers >= minNumbers && isDrawing(m.text[start:from-1], m.text[from:i]) {
			m.mask(from, i, drawing)
		} else {
			i-- // it may be a quote that opens
		}
	}
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
