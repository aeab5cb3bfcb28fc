package data

import (
	"fmt"
	"strings"
)

// A kind is what a piece of data is called in a report.
type kind int

const (
	image kind = iota
	embeddedFile
	block
	digits
	drawing
	program
	long
	kinds
)

var names = [kinds][2]string{
	image: {"embedded image", "embedded images"}, embeddedFile: {"embedded file", "embedded files"}, block: {"block of base64", "blocks of base64"},
	digits:  {"block of hexadecimal digits", "blocks of hexadecimal digits"},
	drawing: {"path of a drawing", "paths of drawings"}, program: {"minified line", "minified lines"}, long: {"long token", "long tokens"},
}

// Found counts the pieces of data in a text, by kind.
type Found [kinds]int

// String is "2 embedded images, 1 block of base64 left out", or "" for none.
func (f Found) String() string {
	var parts []string
	for k, n := range f {
		switch {
		case n == 1:
			parts = append(parts, "1 "+names[k][0])
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", n, names[k][1]))
		}
	}
	if parts == nil {
		return ""
	}
	return strings.Join(parts, ", ") + " left out"
}
