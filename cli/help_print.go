package cli

import (
	"fmt"
	"strings"
)

// pageWidth is for a terminal of 80 columns, the least that is still common.
const pageWidth = 79

func (a *program) printPage(p page) {
	lines := wrapped(p.Name+" - "+p.Summary, pageWidth)
	a.line("%s%s", a.bold(p.Name), strings.TrimPrefix(lines[0], p.Name))
	for _, line := range lines[1:] {
		a.line("  %s", line)
	}
	a.printPart("Usage", p.Usage)
	for _, text := range p.Description {
		a.line("")
		a.printWrapped(text, 0)
	}
	a.printPart("Examples", p.Examples...)
	for _, list := range p.Groups {
		a.printList(list.Title, list.Rows)
	}
	a.printList("Flags", p.Flags)
	a.printList("Everywhere", p.Everywhere)
	a.line("")
	a.printWrapped(p.Codes, 0)
	a.printWrapped("Read on: "+strings.Join(p.ReadOn, " · "), 0)
}

func (a *program) printPart(title string, lines ...string) {
	a.line("")
	a.line("%s", a.bold(title+":"))
	for _, line := range lines {
		a.line("  %s", line)
	}
}

// widestName bounds the column of names; a longer one stands on a line of its own.
const widestName = 22

func (a *program) printList(title string, rows []pageRow) {
	if len(rows) == 0 {
		return
	}
	a.printPart(title)
	at := 0
	for _, r := range rows {
		if n := len(r.Name); n <= widestName {
			at = max(at, n)
		}
	}
	at += 4
	for _, r := range rows {
		lines := wrapped(r.Text, pageWidth-at)
		if len(r.Name) > widestName {
			a.line("  %s", r.Name)
			lines = append([]string{""}, lines...)
		} else {
			a.line("%s", strings.TrimRight(fmt.Sprintf("  %-*s%s", at-2, r.Name, lines[0]), " "))
		}
		for _, line := range lines[1:] {
			a.line("%s%s", strings.Repeat(" ", at), line)
		}
	}
}

func (a *program) printWrapped(text string, indent int) {
	for _, line := range wrapped(text, pageWidth-indent) {
		a.line("%s%s", strings.Repeat(" ", indent), line)
	}
}

// wrapped breaks a text at its spaces into lines of at most width characters, where its words allow that.
func wrapped(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len([]rune(*last))+1+len([]rune(word)) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
