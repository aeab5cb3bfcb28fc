package notes

import "strings"

// FenceAfter is the fence of code that is open behind a line, "" for none; open is that before it.
func FenceAfter(open, line string) string {
	bare := strings.TrimSpace(line)
	mark := fenceMark(bare)
	switch {
	case open == "":
		return mark
	case strings.HasPrefix(mark, open) && strings.Trim(bare, open[:1]) == "":
		return ""
	}
	return open
}

// fenceMark is the run of marks that a fence of code begins with, or "".
func fenceMark(line string) string {
	for _, c := range []string{"`", "~"} {
		if run := len(line) - len(strings.TrimLeft(line, c)); run >= 3 {
			return line[:run]
		}
	}
	return ""
}
