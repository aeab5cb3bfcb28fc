package ingest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A logseqPage is a page of a graph: its file and the names it answers to.
type logseqPage struct {
	file  string
	names []string
}

// newLogseqGraph writes pages whose files are named as Logseq names them: "___" for the slash of a namespace, and percent signs for
// what a file name may not hold.
func newLogseqGraph(g *generator) (pages []logseqPage) {
	g.files["logseq/config.edn"] = "{:meta/version 1\n ;; :journal/page-title-format \"yyyy\"\n :journal/page-title-format \"EEEE, MMMM do, yyyy\"\n :file/name-format :triple-lowbar}\n"
	for i := range generatedNotes {
		title := g.words(1 + i%2)
		switch i % 6 {
		case 0:
			title = "Project/" + title
		case 1:
			title = "Project/Deep/" + title
		case 2:
			title += `: a "question"?`
		case 3:
			day := time.Date(2023, 12, 25, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i)
			pages = append(pages, logseqDay(g, day))
			continue
		}
		page := logseqPage{"pages/" + logseqFile(title) + ".md", []string{title}}
		switch i % 12 {
		case 4:
			g.say(page.file, fmt.Sprintf("title:: Renamed %d", i))
			page.names = []string{fmt.Sprintf("Renamed %d", i)}
		case 5:
			g.say(page.file, fmt.Sprintf("alias:: Other %d, [[Second, %d]]", i, i))
			g.want[place{page.file, 1}] = page.file // the alias in brackets is a link to the page itself
			page.names = append(page.names, fmt.Sprintf("Other %d", i), fmt.Sprintf("Second, %d", i))
		}
		g.say(page.file, "")
		pages = append(pages, page)
	}
	return pages
}

func logseqFile(title string) string {
	title = strings.ReplaceAll(title, "/", "___")
	for _, c := range `%:"?` {
		title = strings.ReplaceAll(title, string(c), url.QueryEscape(string(c)))
	}
	return title
}

// logseqDay is a journal; its title has the format of config.edn, and Logseq takes the ISO day for it too.
func logseqDay(g *generator, day time.Time) logseqPage {
	end := "th"
	switch n := day.Day(); {
	case n == 1 || n == 21 || n == 31:
		end = "st"
	case n == 2 || n == 22:
		end = "nd"
	case n == 3 || n == 23:
		end = "rd"
	}
	page := logseqPage{day.Format("journals/2006_01_02.md"), []string{day.Format("Monday, January 2") + end + day.Format(", 2006"), day.Format(time.DateOnly)}}
	g.say(page.file, "- A day.", "")
	return page
}

// Links of a Logseq graph lead where Logseq leads.
func TestLogseqGraph(t *testing.T) {
	g := newGenerator(2)
	pages := newLogseqGraph(g)
	g.files["assets/figure.png"] = "x"
	for i, from := range pages {
		for range 5 {
			to := pick(g, pages)
			name := pick(g, to.names)
			if g.rng.IntN(4) == 0 {
				name = strings.ToLower(name)
			}
			g.link(from.file, to.file, pick(g, []string{"- See [[%s]]", "- #[[%s]]", "- {{embed [[%s]]}}", "- TODO [[%s]] now", "- related:: [[%s]]", "- **[[%s]]**", "## Part\n\t- [[%s]]", "- a\n\t- b\n\t  id:: 64f1a2b3\n\t\t- [[%s]]"}), name)
		}
		g.link(from.file, "assets/figure.png", "- [a figure](../assets/figure.png)")
		g.link(from.file, "", "- [[Nowhere %d]]", i)
		g.say(from.file, "- ((64f1a2b3-0000-4000-8000-000000000000)) and `[["+to(pages)+"]]`", "")
	}
	g.check(t)
}

func to(pages []logseqPage) string { return pages[0].names[0] }
