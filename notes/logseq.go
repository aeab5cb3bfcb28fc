package notes

import (
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A logseqGraph is what logseq/config.edn says of the names of pages.
type logseqGraph struct {
	journals string // the folder of the days, relative to the graph
	title    string // how a day's page is called: a pattern of Joda-Time
	dots     bool   // a dot in a file name may stand for "/"
}

// What Logseq does where its settings are silent: deps/common/src/logseq/common/config.cljs and util/date_time.cljs.
const (
	logseqJournals = "journals"
	logseqTitle    = "MMM do, yyyy"
)

// readLogseq reads logseq/config.edn. What is missing or cannot be read has Logseq's default.
func readLogseq(edn []byte) logseqGraph {
	settings := ednSettings(edn)
	g := logseqGraph{journals: logseqJournals, title: logseqTitle, dots: settings[":file/name-format"] != ":triple-lowbar"}
	if dir := settings[":journals-directory"]; dir != "" {
		g.journals = path.Clean(dir)
	}
	if title := settings[":journal/page-title-format"]; title != "" {
		g.title = title
	}
	return g
}

// names are how the page of a file is called, its title first; id is relative to the graph.
func (g logseqGraph) names(id string) []string {
	base := strings.TrimSuffix(path.Base(id), path.Ext(id))
	if path.Dir(id) == g.journals {
		if day, ok := journalDay(base); ok {
			return g.dayNames(day)
		}
	}
	names := []string{pageName(base)}
	if g.dots && strings.Contains(base, ".") {
		names = append(names, pageName(strings.ReplaceAll(base, ".", "/")))
	}
	return names
}

// dayNames are the titles by which Logseq knows a day: the graph's own, its default, and two ISO forms, whatever the graph's
// setting (deps/common/src/logseq/common/util/date_time.cljs, safe-journal-title-formatters).
func (g logseqGraph) dayNames(day time.Time) []string {
	var names []string
	for _, pattern := range []string{g.title, logseqTitle, "yyyy-MM-dd", "yyyy_MM_dd"} {
		names = append(names, formatDay(day, pattern))
	}
	return names
}

var journalFile = regexp.MustCompile(`^(\d{4})[-_.]?(\d\d)[-_.]?(\d\d)$`)

// journalDay reads the name of a journal's file.
func journalDay(base string) (time.Time, bool) {
	m := journalFile.FindStringSubmatch(base)
	if m == nil {
		return time.Time{}, false
	}
	day, err := time.Parse("20060102", m[1]+m[2]+m[3])
	return day, err == nil
}

var escaped = regexp.MustCompile(`(?:%[0-9A-Fa-f]{2})+`)

// pageName decodes the name of a page's file: "___" and "%2F" are the slash of a namespace, and what a file name may not hold is
// written as in a URL.
func pageName(base string) string {
	name := strings.ReplaceAll(base, "___", "/")
	name = escaped.ReplaceAllStringFunc(name, func(s string) string {
		if decoded, err := url.PathUnescape(s); err == nil && utf8.ValidString(decoded) {
			return decoded
		}
		return s
	})
	return strings.Join(strings.FieldsFunc(name, func(r rune) bool { return r == '/' }), "/")
}

// formatDay writes a day by a pattern of Joda-Time, of which only the letters of days are known: y, M, d, do and E. Text between
// apostrophes stands for itself, and so does everything else.
func formatDay(day time.Time, pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); {
		c, n := pattern[i], 1
		for i+n < len(pattern) && pattern[i+n] == c {
			n++
		}
		switch {
		case c == '\'':
			quoted, _, _ := strings.Cut(pattern[i+1:], "'")
			b.WriteString(quoted)
			n = min(len(quoted)+2, len(pattern)-i)
		case c == 'd' && strings.HasPrefix(pattern[i+n:], "o"):
			b.WriteString(nth(day.Day()))
			n++
		case dayLetter(c, n) != "":
			b.WriteString(day.Format(dayLetter(c, n)))
		default:
			b.WriteString(pattern[i : i+n])
		}
		i += n
	}
	return b.String()
}

// dayLetter is the layout of package time for n times a letter of Joda-Time; "" for one that means no day.
func dayLetter(c byte, n int) string {
	switch c {
	case 'y':
		return map[bool]string{true: "06", false: "2006"}[n == 2]
	case 'M':
		return [...]string{"1", "01", "Jan", "January"}[min(n, 4)-1]
	case 'd':
		return [...]string{"2", "02"}[min(n, 2)-1]
	case 'E':
		return [...]string{"Mon", "Monday"}[min(n/4, 1)]
	}
	return ""
}

// nth writes 1st, 2nd, 3rd, 4th.
func nth(n int) string {
	end := "th"
	if n/10 != 1 {
		end = [...]string{"th", "st", "nd", "rd", "th", "th", "th", "th", "th", "th"}[n%10]
	}
	return strconv.Itoa(n) + end
}

// pageOf reads what stands in [[…]], which is the name of a page as a whole: Logseq has no anchors in links, and no text of their own.
func (v Vault) pageOf(inner string) (t Target, ok bool) {
	name := strings.TrimSpace(inner)
	return Target{Name: name, Rule: ByPage, Root: v.Root}, name != ""
}
