package notes

import (
	"bufio"
	"io"
	"strings"
)

// SplitLines cuts a text behind the ends of its lines: LF, CRLF, or CR alone, as old Macs wrote it and as Clean counts it.
func SplitLines(text string) []string {
	var lines []string
	for text != "" {
		end := strings.IndexAny(text, "\r\n")
		switch {
		case end < 0:
			end = len(text)
		case strings.HasPrefix(text[end:], "\r\n"):
			end += 2
		default:
			end++
		}
		lines, text = append(lines, text[:end]), text[end:]
	}
	return lines
}

// LineFeeds reads r with LF in place of each CR that ends a line alone, so that all bytes keep their places.
func LineFeeds(r io.Reader) io.Reader { return lineFeeds{bufio.NewReader(r)} }

type lineFeeds struct{ r *bufio.Reader }

func (l lineFeeds) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for i := range n {
		if p[i] == '\r' && !l.followed(p[i+1:n]) {
			p[i] = '\n'
		}
	}
	return n, err
}

// followed tells whether LF comes next: in what was read, or in what is to be read.
func (l lineFeeds) followed(rest []byte) bool {
	if len(rest) == 0 {
		rest, _ = l.r.Peek(1)
	}
	return len(rest) > 0 && rest[0] == '\n'
}
