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
		if more := r.more(); more != "" {
			detail = strings.TrimPrefix(detail+"; "+more, "-; ")
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
		if n > 0 {
			a.printBelow(rows[n-1])
		}
	})
}

// printBelow prints what there is no room for behind a row.
func (a *program) printBelow(r serverRow) {
	var lines []string
	if r.Error != nil {
		c := causeOf(*r.Error)
		lines = append(wrapped(c.short, a.columns-2), wrapped("→ "+c.mend, a.columns-2)...)
	}
	if more := r.more(); more != "" {
		lines = append(lines, wrapped(more, a.columns-2)...)
	}
	for _, line := range lines {
		a.line("  %s", clipped(line, a.columns-2))
	}
}

// more is what a row tells beside what is wrong: how far the index is, and that the service died; "" for nothing.
func (r serverRow) more() string {
	var all []string
	if r.Vectors != nil {
		all = append(all, r.Vectors.line())
	}
	if r.Server != nil {
		all = append(all, *r.Server+" is asked in its place")
	}
	for _, said := range []string{r.behind, r.died} {
		if said != "" {
			all = append(all, said)
		}
	}
	return strings.Join(all, "; ")
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
