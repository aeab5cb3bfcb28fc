package ingest

import (
	"bytes"
	"fmt"
	"regexp"
	"unicode/utf8"

	"amalfa/notes"
)

// notText is why a file is not for the index. Nothing is wrong with it, so it is skipped, not failed.
type notText string

func (e notText) Error() string { return string(e) }

const errEmpty = notText("empty")

// sniff is how far into a file a NUL byte makes it binary (git's number).
const sniff = 8 << 10

// privateKey is the first line of a key file, whatever the file is called.
var privateKey = regexp.MustCompile(`^-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----\s*$`)

// cleanText returns the file's text, byte for byte at the same positions, and why it is not whole.
func cleanText(data []byte) (text []byte, reason string, err error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, "", errEmpty
	}
	if first, _, _ := bytes.Cut(bytes.TrimSpace(data), []byte("\n")); privateKey.Match(first) {
		return nil, "", notText("holds a private key")
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, "", notText("UTF-16 text: convert it to UTF-8")
	}
	if i := bytes.IndexByte(data[:min(len(data), sniff)], 0); i >= 0 {
		return nil, "", notText(fmt.Sprintf("binary: NUL at byte %d", i))
	}
	bad := 0
	text = data
	for i := 0; i < len(data); {
		r, n := rune(data[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(data[i:])
		}
		if r == 0 || r == utf8.RuneError && n == 1 {
			if bad == 0 {
				text = bytes.Clone(data)
			}
			bad++
			text[i] = notes.Substitute
		}
		i += n
	}
	switch {
	case bad > len(data)/4:
		return nil, "", notText(fmt.Sprintf("not UTF-8 text (%d of %d bytes are not valid): convert it to UTF-8", bad, len(data)))
	case bad == 1:
		reason = "1 byte is not valid UTF-8 and was replaced"
	case bad > 0:
		reason = fmt.Sprintf("%d bytes are not valid UTF-8 and were replaced", bad)
	}
	return text, reason, nil
}

// lineCounter gives line numbers, from 1, for positions asked for in ascending order; it reads the text once.
type lineCounter struct {
	text []byte
	pos  int
	line int
}

func (c *lineCounter) at(pos int) int {
	if pos < c.pos || c.line == 0 {
		c.pos, c.line = 0, 1
	}
	c.line += bytes.Count(c.text[c.pos:pos], []byte{'\n'})
	c.pos = pos
	return c.line
}
