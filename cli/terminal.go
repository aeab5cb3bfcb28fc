package cli

import (
	"os"
	"strconv"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/rivo/uniseg"
)

// columnsOf is how many columns a line of f may have: those of the terminal, else COLUMNS, else 80 on a terminal that tells
// neither; 0, for as many as it takes, where f is no terminal: what reads a pipe cuts for itself.
func columnsOf(f *os.File, getenv func(string) string) int {
	terminal := isatty.IsTerminal(f.Fd())
	if n := terminalColumns(f); terminal && n > 0 {
		return n
	}
	if n, err := strconv.Atoi(getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if terminal {
		return 80
	}
	return 0
}

// columnGap is how many spaces stand between two columns of a table.
const columnGap = 2

// fitting leaves out columns of a table until its lines fit into width (0: any), the last ones of order first; a column
// that is not in order stays. The first row is the head.
func fitting(rows [][]string, order []string, width int) [][]string {
	for width > 0 && tableWidth(rows) > width && len(order) > 0 {
		last := order[len(order)-1]
		order = order[:len(order)-1]
		for i, name := range rows[0] {
			if name == last {
				rows = withoutColumn(rows, i)
				break
			}
		}
	}
	return rows
}

func withoutColumn(rows [][]string, i int) [][]string {
	out := make([][]string, len(rows))
	for n, row := range rows {
		out[n] = append(append([]string{}, row[:i]...), row[i+1:]...)
	}
	return out
}

func tableWidth(rows [][]string) int {
	all := 0
	for i := range rows[0] {
		widest := 0
		for _, row := range rows {
			widest = max(widest, uniseg.StringWidth(row[i]))
		}
		all += widest + columnGap
	}
	return all - columnGap
}

// clipped is a text of at most width columns (0: any), the cut marked.
func clipped(s string, width int) string {
	if width <= 0 || uniseg.StringWidth(s) <= width {
		return s
	}
	kept, rest, state := "", s, -1
	for {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if uniseg.StringWidth(kept+cluster) >= width {
			return strings.TrimRight(kept, " ") + "…"
		}
		kept += cluster
	}
}

// beside is a text that is cut where it does not fit into a line with the rest of it.
func (a *program) beside(text, rest string) string {
	if a.columns == 0 {
		return text
	}
	return clipped(text, max(a.columns-uniseg.StringWidth(rest), 1))
}
