package notes

import (
	"fmt"
	"slices"
	"strings"
)

// AppendLines is a text with a list of lines behind its end, each an item, in the line ends of the text; ok is false where what stands at
// the end is not closed, a block of code or a comment, so that they would be no text of the note.
func AppendLines(text string, items []string) (changed string, ok bool) {
	lines := SplitLines(text)
	if openAtEnd(lines) {
		return text, false
	}
	end := "\n"
	if strings.Contains(text, "\r\n") {
		end = "\r\n"
	}
	var b strings.Builder
	b.WriteString(text)
	last := ""
	if len(lines) > 0 {
		last = lines[len(lines)-1]
		if !strings.HasSuffix(last, "\n") && !strings.HasSuffix(last, "\r") {
			b.WriteString(end)
		}
	}
	if bare := strings.TrimSpace(last); bare != "" && !strings.HasPrefix(last, "- ") {
		b.WriteString(end)
	}
	for _, item := range items {
		b.WriteString("- " + item + end)
	}
	return b.String(), true
}

// openAtEnd tells whether a block of code or a comment of HTML is open behind the last line.
func openAtEnd(lines []string) bool {
	fence, comment := "", false
	for _, line := range lines {
		if fence = FenceAfter(fence, line); fence != "" {
			continue
		}
		if at := strings.LastIndex(line, "<!--"); at >= 0 {
			comment = !strings.Contains(line[at:], "-->")
		} else if strings.Contains(line, "-->") {
			comment = false
		}
	}
	return fence != "" || comment
}

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

// contextLines stand around a change, as in git.
const contextLines = 3

// UnifiedDiff says how a file changes, as git apply reads it; "" for no change. What both texts begin and end with is left out but for
// three lines: one hunk, which is right for changes that lie together.
func UnifiedDiff(id, before, after string) string {
	if before == after {
		return ""
	}
	a, b := splitLF(before), splitLF(after)
	head := 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	from, upto := max(head-contextLines, 0), min(tail, contextLines)
	var out strings.Builder
	old, new := gitPath("a/"+id), gitPath("b/"+id)
	fmt.Fprintf(&out, "diff --git %s %s\n--- %s\n+++ %s\n", old, new, ended(old), ended(new))
	aEnd, bEnd := len(a)-tail+upto, len(b)-tail+upto
	fmt.Fprintf(&out, "@@ -%s +%s @@\n", hunkRange(from, aEnd), hunkRange(from, bEnd))
	for _, part := range []struct {
		mark  string
		lines []string
	}{{" ", a[from:head]}, {"-", a[head : len(a)-tail]}, {"+", b[head : len(b)-tail]}, {" ", a[len(a)-tail : aEnd]}} {
		for _, line := range part.lines {
			out.WriteString(part.mark + line)
			if !strings.HasSuffix(line, "\n") {
				out.WriteString("\n\\ No newline at end of file\n")
			}
		}
	}
	return out.String()
}

// splitLF cuts behind each LF, which alone ends a line for git.
func splitLF(text string) []string { return slices.Collect(strings.Lines(text)) }

// hunkRange is "first,count" of the lines from..to of a file, counted from 1; before the first of an empty one is 0.
func hunkRange(from, to int) string {
	if to == from {
		return fmt.Sprintf("%d,0", from)
	}
	return fmt.Sprintf("%d,%d", from+1, to-from)
}

// gitPath quotes a path as git does, where it must.
func gitPath(p string) string {
	var b strings.Builder
	quote := false
	for i := range len(p) {
		switch c := p[i]; {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
			quote = true
		case c < 0x20 || c >= 0x7f:
			fmt.Fprintf(&b, `\%03o`, c)
			quote = true
		default:
			b.WriteByte(c)
		}
	}
	if !quote {
		return p
	}
	return `"` + b.String() + `"`
}

// ended marks where a path with spaces ends, as git does.
func ended(p string) string {
	if strings.Contains(p, " ") && p[0] != '"' {
		return p + "\t"
	}
	return p
}
