package consent

import (
	"regexp"
	"strings"
)

var (
	// secretColumn is the head of a column of a table that holds secrets.
	secretColumn = regexp.MustCompile(`(?i)^[*_` + "`" + `\s]*(?:(?:\w+[ _-])?` + passwordName + `|(?:api|access|auth|secret|private|encryption|signing)[ _-]?(?:key|token)s?|client[ _-]?secrets?|secrets?|tokens?|pin)[*_` + "`" + `\s]*$`)
	// ruler is the line between the head of a table and its rows.
	ruler = regexp.MustCompile(`^[\s>]*\|?\s*:?-+:?\s*(?:\|\s*:?-*:?\s*)*$`)
)

// inTables returns what stands in a table of Markdown beside the name of a secret, or below it.
func inTables(text string) (all []secret) {
	var columns []int // of secrets, in the table that the lines are of
	previous, start := "", 0
	for line := range strings.Lines(text) {
		switch {
		case !strings.Contains(line, "|"):
			columns = nil
		case ruler.MatchString(strings.TrimRight(line, "\r\n")):
			columns = secretColumns(previous)
		default:
			all = append(all, inRow(line, start, columns)...)
		}
		previous, start = line, start+len(line)
	}
	return all
}

func secretColumns(head string) (columns []int) {
	for i, c := range cells(head) {
		if secretColumn.MatchString(head[c[0]:c[1]]) {
			columns = append(columns, i)
		}
	}
	return columns
}

// inRow finds secrets in a row that begins at start: in the columns that hold some, and behind a cell that names one.
func inRow(line string, start int, columns []int) (all []secret) {
	named := false
	for i, c := range cells(line) {
		cell := line[c[0]:c[1]]
		value := strings.Trim(cell, " \t\r\n*_`")
		is := named
		for _, column := range columns {
			is = is || column == i
		}
		named = secretColumn.MatchString(cell)
		if !is || named || strings.ContainsAny(value, " \t") || len(value) < 4 || !isFilledIn(value) || reference.MatchString(value) || !isMixed(value) && !isDigits(value) {
			continue
		}
		at := c[0] + strings.Index(cell, value)
		all = append(all, secret{start + at, start + at + len(value), "secret in a table", 0})
	}
	return all
}

// cells are where the cells of a row begin and end, between its bars.
func cells(line string) (all [][2]int) {
	from := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '|':
			all = append(all, [2]int{from, i})
			from = i + 1
		}
	}
	return append(all, [2]int{from, len(line)})
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }
