package cli

import (
	"regexp"
	"strconv"
	"strings"
)

// serverColumns are the columns of `servers` beside SERVICE and STATE, the most wanted first.
func serverColumns() []string {
	return []string{"PORT", "PID", "UP", "MEM", "MODEL", "REQUESTS", "COMMAND"}
}

// printRows shows services in as many columns as there is room for. What is wrong stands behind a row where that fits, else below.
func (a *program) printRows(rows []serverRow) {
	cells := [][]string{{"SERVICE", "COMMAND", "PORT", "STATE", "PID", "UP", "MEM", "REQUESTS", "MODEL"}}
	details := []string{"DETAIL"}
	for _, r := range rows {
		port, detail := text(r.Port, strconv.Itoa), "-"
		if r.Error != nil {
			detail = causeOf(*r.Error).line()
		}
		if r.Vectors != nil {
			detail = strings.TrimPrefix(detail+"; "+r.Vectors.line(), "-; ")
		}
		if r.died != "" {
			detail = strings.TrimPrefix(detail+"; "+r.died, "-; ")
		}
		if r.Sessions != nil {
			port, detail = "stdio", count(*r.Sessions, "session")
		}
		details = append(details, detail)
		cells = append(cells, []string{
			r.Service, r.Command, port, r.State, text(r.PID, strconv.Itoa), text(r.UptimeSeconds, duration),
			text(r.RSSBytes, megabytes), text(r.Requests, func(n int64) string { return strconv.FormatInt(n, 10) }),
			text(r.Model, self),
		})
	}
	beside := make([][]string, len(cells))
	for i, row := range cells {
		beside[i] = append(append([]string{}, row...), details[i])
	}
	if a.columns == 0 || tableWidth(beside) <= a.columns {
		a.table(beside)
		return
	}
	a.tableWith(fitting(cells, serverColumns(), a.columns), func(n int) {
		if n > 0 && rows[n-1].Error != nil {
			c := causeOf(*rows[n-1].Error)
			for _, line := range append(wrapped(c.short, a.columns-2), wrapped("→ "+c.mend, a.columns-2)...) {
				a.line("  %s", clipped(line, a.columns-2))
			}
		}
	})
}

// A cause is what is wrong with a service in a few words, and the command that mends it. `doctor` and --json have it in full.
type cause struct{ short, mend string }

func (c cause) line() string { return c.short + ": " + c.mend }

// mendUnknown is for what names no command: doctor has the rest.
const mendUnknown = "amalfa doctor"

// longestCause bounds the words of a cause, in characters.
const longestCause = 90

// causeOf takes the first clause of an error, and the first command that it names.
func causeOf(err string) cause {
	c := cause{mend: mendUnknown}
	if found := regexp.MustCompile(`"(amalfa [^"]+)"`).FindStringSubmatch(err); found != nil {
		c.mend = found[1]
	}
	c.short = cleanLine(err)
	for _, end := range []string{"; ", ": run \"", ", run \"", ". "} {
		c.short, _, _ = strings.Cut(c.short, end)
	}
	if before, after, ok := strings.Cut(c.short, ": "); ok && len(c.short) > longestCause/2 && !strings.Contains(before, " ") {
		c.short = after // the name of what reports it
	}
	c.short = clipped(c.short, longestCause)
	return c
}
