package notes

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// Extensions are the endings of the names of Markdown files, in lower case.
var extensions = []string{".md", ".mdx", ".markdown"}

// IsMarkdown tells by its name whether a file is Markdown, in any case.
func IsMarkdown(name string) bool {
	return slices.Contains(extensions, strings.ToLower(path.Ext(name)))
}

// Substitute stands for a byte that is not text. It is one byte too, so that positions stay those of the file; Readable turns
// it into U+FFFD.
const Substitute = 0x1A

// Readable is text as people and models shall see it.
func Readable(text []byte) string {
	return strings.ReplaceAll(string(text), string(rune(Substitute)), "\uFFFD")
}

const bom = "\uFEFF"

// BOMLength is the length of a byte order mark at the start.
func BOMLength(text []byte) int {
	if bytes.HasPrefix(text, []byte(bom)) {
		return len(bom)
	}
	return 0
}

// Clip cuts a string to at most n bytes at the start of a character.
func Clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
