// Package notes is a note as a text: what its front matter says, what is a tag and a day, how a reference is written, and how
// tags are added without another byte changing. Whoever reads or changes a note asks this room, so that nobody reads
// otherwise than another writes. It opens no file; `notes/files` does.
package notes

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// extensions are the endings of the names of Markdown files, in lower case.
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

// Clean is a file's bytes as text, a byte for a byte, so that positions stay: what is not UTF-8 or is NUL is Substitute, and a
// carriage return alone, the line end of old Macs, is a line feed. bad counts the bytes that were no text. A file that needs
// nothing is returned as it is.
func Clean(file []byte) (text []byte, bad int) {
	text = file
	put := func(i int, c byte) {
		if &text[0] == &file[0] {
			text = bytes.Clone(file)
		}
		text[i] = c
	}
	for i, n := 0, 1; i < len(file); i += n {
		r := rune(file[i])
		if n = 1; r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(file[i:])
		}
		switch {
		case r == 0 || r == utf8.RuneError && n == 1:
			put(i, Substitute)
			bad++
		case r == '\r' && (i+1 == len(file) || file[i+1] != '\n'):
			put(i, '\n')
		}
	}
	return text, bad
}

// IsUTF16 tells by its mark whether a file is text in two bytes a character.
func IsUTF16(file []byte) bool {
	return bytes.HasPrefix(file, []byte("\xff\xfe")) || bytes.HasPrefix(file, []byte("\xfe\xff"))
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

// IsInvisible reports characters that a reader of the rendered note does not see and a model does: control and format
// characters (bidirectional controls, zero-width space, byte order mark), those that display as nothing, and the plane of tags,
// which spell invisible ASCII. Line feed and tab have a use, as have the joiners, which Persian, Indic scripts and emoji need, and
// the soft hyphen.
func IsInvisible(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || r == '\u200c' || r == '\u200d' || r == '\u00ad':
		return false
	case r >= 0x13430 && r <= 0x1345f, unicode.Is(unicode.Prepended_Concatenation_Mark, r): // format characters with a glyph
		return false
	}
	return r>>12 == 0xe0 || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
}
