package ask

import (
	"regexp"
	"strings"
	"sync"

	"amalfa/notes"
	"amalfa/tasks/prompts"
)

// A unit is the smallest piece of a passage that can support a sentence: a sentence of it, an item, a row. Lines are those of the note.
type unit struct {
	text  string
	lines [2]int
	above string // headings and the head of its table: what it is about
	row   bool   // of a table
	// source is the number of the passage that it is of.
	source  int
	head    *words // of what stands above
	words   *words
	clauses []clause
}

// A source is a passage as the model was given it.
type source struct {
	prompts.Passage
	units func() []unit // it is cut when a sentence is first held against it, or before that, while the model thinks
}

var (
	headingLine = regexp.MustCompile(`^\s{0,3}#{1,6}\s+`)
	fieldLine   = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_ -]{0,30}:\s`)
	noise       = regexp.MustCompile("[*_`]{1,3}|\\]\\([^)\\s]*\\)|!?\\[\\[?|\\]\\]?")
)

// plain is a text without the marks of Markdown, as far as they stand between words.
func plain(s string) string {
	s = bullet.ReplaceAllString(strings.TrimLeft(s, "> "), "")
	return strings.Join(strings.Fields(noise.ReplaceAllStringFunc(headingLine.ReplaceAllString(s, ""), func(m string) string {
		if m == "_" { // within a name of programs
			return m
		}
		return ""
	})), " ")
}

// newSource is of what the model was given. raw is the passage as the note has it, which tells the lines.
func newSource(p prompts.Passage, raw string) source {
	return source{p, sync.OnceValue(func() []unit { return unitsOf(p, raw) })}
}

// unitsOf cuts a passage.
func unitsOf(p prompts.Passage, raw string) []unit {
	b := unitBuilder{about: strings.Join(append([]string{p.Title}, p.Heading...), " · ")}
	rawLines := strings.Split(prompts.Visible(raw), "\n")
	at := 0
	for line := range strings.Lines(prompts.Unescape(p.Text)) {
		line = strings.TrimRight(line, "\r\n")
		if want := strings.TrimSpace(line); want != "" {
			for j := at; j < len(rawLines); j++ {
				if strings.Contains(rawLines[j], want) || strings.HasPrefix(want, strings.TrimSpace(rawLines[j])) && strings.TrimSpace(rawLines[j]) != "" {
					at = j
					break
				}
			}
		}
		b.add(line, min(p.Lines[0]+at, p.Lines[1]))
		if at < len(rawLines)-1 {
			at++
		}
	}
	b.flush()
	heads := map[string]*words{}
	for i := range b.units {
		u := &b.units[i]
		if heads[u.above] == nil {
			heads[u.above] = newWords(u.above + " · " + p.Title)
		}
		u.source, u.head, u.words, u.clauses = p.Ref, heads[u.above], newWords(u.text), clausesOf(u.text, u.row)
	}
	return b.units
}

// A unitBuilder gathers the lines of a paragraph and cuts it into sentences at its end.
type unitBuilder struct {
	units   []unit
	about   string
	heading string
	head    string // of the table
	lines   []string
	numbers []int
	code    bool
}

func (b *unitBuilder) above() string { return b.about + " · " + b.heading }

func (b *unitBuilder) add(line string, number int) {
	trimmed := strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(trimmed, "```"):
		b.flush()
		b.code = !b.code
	case trimmed == "" || isRule(trimmed) && !strings.Contains(trimmed, "|"):
		b.flush()
		b.head = ""
	case b.code:
		b.one(trimmed, number, b.above())
	case headingLine.MatchString(line):
		b.flush()
		b.heading = plain(trimmed)
		b.one(b.heading, number, b.about)
	case strings.HasPrefix(trimmed, "|"):
		b.flush()
		if isRule(trimmed) {
			return
		}
		row := strings.Join(strings.Fields(strings.ReplaceAll(trimmed, "|", " ; ")), " ")
		b.one(row, number, b.above()+" · "+b.head)
		b.units[len(b.units)-1].row = true
		if b.head == "" {
			b.head = row
		}
	default:
		if bullet.MatchString(line) || fieldLine.MatchString(line) {
			b.flush()
		}
		b.lines, b.numbers = append(b.lines, plain(line)), append(b.numbers, number)
	}
}

func (b *unitBuilder) one(text string, number int, above string) {
	b.units = append(b.units, unit{text: text, lines: [2]int{number, number}, above: above})
}

// flush cuts the paragraph, and finds the lines on which each sentence begins and ends.
func (b *unitBuilder) flush() {
	if len(b.lines) == 0 {
		return
	}
	var starts []int
	size := 0
	for _, l := range b.lines {
		starts = append(starts, size)
		size += len(l) + 1
	}
	text := strings.Join(b.lines, " ")
	lineAt := func(at int) int {
		i := 0
		for i+1 < len(starts) && starts[i+1] <= at {
			i++
		}
		return b.numbers[i]
	}
	at := 0
	for _, one := range sentencesOf(text) {
		from := max(at, at+strings.Index(text[at:], one))
		at = min(from+len(one), len(text))
		b.units = append(b.units, unit{text: notes.Clip(one, 2000), lines: [2]int{lineAt(from), lineAt(max(from, at-1))}, above: b.above()})
	}
	b.lines, b.numbers = nil, nil
}

// within are the units of a source that touch lines, all of them where these are 0.
func (s source) within(lines [2]int) (all []unit) {
	for _, u := range s.units() {
		if lines[0] == 0 || u.lines[0] <= lines[1] && u.lines[1] >= lines[0] {
			all = append(all, u)
		}
	}
	return all
}
