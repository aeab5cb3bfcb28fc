package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"
)

// print writes v as JSON when --json asks for it, else what text prints.
func (a *program) print(v any, text func()) error {
	if !a.json {
		text()
		return nil
	}
	return a.printJSON(v)
}

// outcome is print for what a command did, which --quiet leaves out: the exit code says it.
func (a *program) outcome(v any, text func()) error {
	if a.quiet && !a.json {
		return nil
	}
	return a.print(v, text)
}

func (a *program) printJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func (a *program) line(format string, args ...any) { fmt.Fprintf(a.out, format+"\n", args...) }

// note writes a warning for the person, never mixed with an answer.
func (a *program) note(format string, args ...any) { fmt.Fprintf(a.err, format+"\n", args...) }

// aside is note for what is no warning: --quiet leaves it out.
func (a *program) aside(format string, args ...any) {
	if !a.quiet {
		a.note(format, args...)
	}
}

// Styles of the terminal; plain text where there is none.
func (a *program) bold(s string) string  { return a.style("1", s) }
func (a *program) faint(s string) string { return a.style("2", s) }
func (a *program) green(s string) string { return a.style("32", s) }
func (a *program) red(s string) string   { return a.style("31", s) }
func (a *program) amber(s string) string { return a.style("33", s) }

// dimmed is the session with all that it answers faint.
func (s *session) dimmed() *session {
	if !s.color {
		return s
	}
	p := *s.program
	p.out = dimWriter{s.out}
	return &session{&p, s.Workspace}
}

// dimWriter makes lines faint, whatever styles they hold. Each Write is a line.
type dimWriter struct{ out io.Writer }

func (d dimWriter) Write(line []byte) (int, error) {
	const dim, reset = "\x1b[2m", "\x1b[0m"
	text := strings.ReplaceAll(strings.TrimSuffix(string(line), "\n"), reset, reset+dim)
	_, err := io.WriteString(d.out, dim+text+reset+"\n")
	return len(line), err
}

func (a *program) style(code, s string) string {
	if !a.color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// clean makes text from a note or a path harmless for a terminal: control
// characters, which could move the cursor or hide text, become spaces.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r < 0x20 || (r >= 0x7f && r < 0xa0):
			return ' '
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r >= 0xe0000 && r <= 0xe007f:
			return -1
		}
		return r
	}, s)
}

// cleanLine is clean for what must stay on one line.
func cleanLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// table prints rows in columns as wide as their widest cell.
func (a *program) table(rows [][]string) { a.tableWith(rows, func(int) {}) }

// tableWith is table, and calls below after each row, from 0.
func (a *program) tableWith(rows [][]string, below func(n int)) {
	var width []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], uniseg.StringWidth(cell))
		}
	}
	for n, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", width[i]-uniseg.StringWidth(cell)+columnGap))
			}
		}
		text := strings.TrimRight(b.String(), " ")
		if n == 0 {
			text = a.faint(text)
		}
		a.line("%s", text)
		below(n)
	}
}

func megabytes(n int64) string {
	switch {
	case n <= 0:
		return "-"
	case n < 1<<20:
		return fmt.Sprintf("%d KB", (n+1023)>>10)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// thousands is a number as people write it: 6,280.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
