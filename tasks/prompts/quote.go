package prompts

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"amalfa/notes"
	"amalfa/search"
)

// Limits bound what of the notes is put before a model. Bytes counts passages and folders together.
type Limits struct{ Passages, PassageBytes, Bytes int }

// Usual are the limits of one question: some 3,000 tokens, which leaves room for an answer in a window of 4,096.
func Usual() Limits { return Limits{Passages: 6, PassageBytes: 2 << 10, Bytes: 12 << 10} }

// Evidence is what was found for a question, sanitized.
type Evidence struct {
	Cautions []string        // how the passages are to be taken
	Folders  []notes.Context // what the folders of the passages say, outer ones first
	Passages []Passage
}

// A Passage of a note as a model gets to see it. Lines are 1-based and inclusive.
type Passage struct {
	Ref        int
	ID, Title  string
	Heading    []string
	Lines      [2]int
	Text       string // sanitized
	Confidence string // search's word, "" where nothing was asked of the text
	Relaxed    bool   // it does not satisfy all of the question
}

// Quote writes each passage, and what each folder says, into a block. No text can close its block: the characters of tags are
// escaped in it, and mark is unknown to whoever wrote it.
func (e Evidence) Quote(mark string) string {
	if len(e.Passages) == 0 {
		return "No passage of the notes was found for this question.\n\n"
	}
	var b strings.Builder
	for _, caution := range e.Cautions {
		fmt.Fprintf(&b, "%s\n\n", caution)
	}
	for _, f := range e.Folders {
		fmt.Fprintf(&b, "<folder %s path=\"%s\">\n%s\n</folder %s>\n\n", mark, Attribute(f.Folder), f.Text, mark)
	}
	for _, p := range e.Passages {
		fmt.Fprintf(&b, "<passage %s%s number=\"%d\" path=\"%s:%d-%d\">\n%s\n</passage %s>\n\n",
			mark, p.worth(), p.Ref, Attribute(p.ID), p.Lines[0], p.Lines[1], p.Text, mark)
	}
	return b.String()
}

// worth are the attributes of a passage that say how it is to be taken, in the words of search.
func (p Passage) worth() (attributes string) {
	if p.Confidence != "" {
		attributes = ` confidence="` + p.Confidence + `"`
	}
	if p.Relaxed {
		attributes += ` relaxed="yes"`
	}
	return attributes
}

// Sanitize makes the text of a note harmless to quote: comments and invisible characters, which the reader of the rendered
// note does not see, are left out, it is cut to limit bytes, and the characters of tags are escaped.
func Sanitize(s string, limit int) string {
	s = regexp.MustCompile(`(?s)<!--.*?(?:-->|$)`).ReplaceAllString(Visible(s), "")
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(notes.Clip(strings.TrimSpace(s), limit))
}

// Unescape gives back the characters of tags that Sanitize escapes.
func Unescape(s string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

// Line is what a reader sees of s, as one line with single blanks.
func Line(s string) string { return strings.Join(strings.Fields(Visible(s)), " ") }

// Attribute makes a path fit between double quotes.
func Attribute(s string) string {
	return strings.NewReplacer("\n", " ", "\t", " ", `"`, " ").Replace(Sanitize(s, 512))
}

// Visible drops what is invisible, soft hyphens too, since nothing is broken into lines here, and makes s valid UTF-8.
func Visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\u00ad' || notes.IsInvisible(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// maxCaution bounds a caution, in bytes: the question's own words stand in it.
const maxCaution = 300

// Select takes the best hits that fit and what their folders say, which is at most a quarter of it all.
func Select(found search.Answer, l Limits) (e Evidence) {
	var said []notes.Context
	for _, c := range found.Contexts {
		if text := Sanitize(c.Text, notes.MaxContext); text != "" {
			said = append(said, notes.Context{Folder: c.Folder, Text: text})
		}
	}
	said, taken := notes.FitContexts(said, l.Bytes/4, func(c notes.Context) int { return len(c.Text) })
	e.Passages = selectPassages(found.Results, l, l.Bytes-taken)
	ids := make([]string, len(e.Passages))
	for i, p := range e.Passages {
		ids[i] = p.ID
	}
	e.Folders = notes.ContextsOf(said, ids)
	for _, caution := range search.Cautions(found.Confidence, found.Relaxed, len(e.Passages)) {
		e.Cautions = append(e.Cautions, Sanitize(caution, maxCaution))
	}
	return e
}

// selectPassages takes the best hits that fit into so many bytes, in order; a hit without text has nothing to say.
func selectPassages(hits []search.Hit, l Limits, left int) []Passage {
	var ps []Passage
	for _, h := range hits {
		text := Sanitize(cmp.Or(h.Text, h.Snippet), min(l.PassageBytes, left))
		if text == "" || len(ps) == l.Passages {
			continue
		}
		left = max(0, left-len(text))
		ps = append(ps, Passage{Ref: len(ps) + 1, ID: h.ID, Title: h.Title, Heading: append([]string{}, h.Heading...), Lines: h.Lines,
			Text: text, Confidence: h.Confidence, Relaxed: h.Relaxed})
	}
	return ps
}
