package ask

import (
	"context"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/tasks/prompts"
)

// A checker takes the sentences of one answer.
type checker struct {
	tools   Tools
	answer  *Answer
	events  Events
	sources []source
}

// take checks a sentence and adds it to the answer.
func (c *checker) take(ctx context.Context, raw string) error {
	given := make([]prompts.Passage, len(c.sources))
	for i, s := range c.sources {
		given[i] = s.Passage
	}
	text, refs, unknown := takeCitations(raw, given)
	if text == "" || isRule(text) {
		if n := len(c.answer.Sentences); n == 0 || len(refs) == 0 {
			return nil
		}
		text = raw
	}
	s := Sentence{Text: text, Citations: []Citation{}}
	s.Supported = c.check(ctx, &s, refs, unknown)
	for _, cited := range s.Citations {
		for i := range c.answer.Sources {
			src := &c.answer.Sources[i]
			src.Cited = src.Cited || src.Path == cited.Path && cited.Lines[0] >= src.Lines[0] && cited.Lines[1] <= src.Lines[1]
		}
	}
	c.answer.Sentences = append(c.answer.Sentences, s)
	return c.events.sentence(s)
}

// check finds what supports a sentence and cites these lines. A sentence that cites nothing is held against all sources; one whose
// citations do not support it keeps them, unsupported.
func (c *checker) check(ctx context.Context, s *Sentence, refs []reference, unknown int) bool {
	w := newWords(plain(s.Text))
	if saysNothing(s.Text) {
		return true
	}
	if len(refs) == 0 && unknown == 0 {
		for _, src := range c.sources {
			refs = append(refs, reference{ref: src.Ref})
		}
		v, ok := c.best(ctx, w, refs)
		if ok {
			s.Citations = append(s.Citations, Citation{c.sources[v.ref-1].ID, v.lines})
		}
		return ok || isLeadIn(s.Text) && c.allFacts(w)
	}
	if v, ok := c.best(ctx, w, refs); ok {
		s.Citations = append(s.Citations, Citation{c.sources[v.ref-1].ID, v.lines})
		return true
	}
	if len(refs) > 1 {
		if cited, ok := c.together(w, refs); ok {
			s.Citations = cited
			return true
		}
	}
	for _, r := range refs {
		src := c.sources[r.ref-1]
		s.Citations = append(s.Citations, Citation{src.ID, clip(r.lines, src.Lines)})
	}
	s.Citations = slices.Compact(s.Citations)
	return false
}

// best is the first of the cited sources that supports the sentence by itself; of those, the one that says most of it.
func (c *checker) best(ctx context.Context, w *words, refs []reference) (v verdict, ok bool) {
	for _, r := range refs {
		found := checkOne(ctx, w, c.sources[r.ref-1], r.lines, c.tools.Score)
		if found.supported && (!ok || found.cover > v.cover) {
			v, ok = found, true
		}
	}
	return v, ok
}

// together holds a sentence against the best lines of all its sources.
func (c *checker) together(w *words, refs []reference) (cited []Citation, ok bool) {
	var b strings.Builder
	for _, r := range refs {
		src := c.sources[r.ref-1]
		v := checkOne(context.Background(), w, src, r.lines, nil)
		if v.cover <= 0 {
			continue
		}
		b.WriteString(src.window(v.from, v.to).text + "\n")
		cited = append(cited, Citation{src.ID, v.lines})
	}
	evidence := newWords(b.String())
	cover, facts := w.coveredBy(evidence)
	return slices.Compact(cited), facts == 1 && cover >= enoughWords && !opposed(w.text, evidence.text)
}

// allFacts tells of a line that only leads over to others whether its numbers and names are in the evidence.
func (c *checker) allFacts(w *words) bool {
	var b strings.Builder
	for _, s := range c.sources {
		b.WriteString(s.window(0, len(s.units)).text + "\n")
	}
	_, facts := w.coveredBy(newWords(b.String()))
	return facts == 1
}

// isLeadIn tells a heading, or a line that ends with a colon.
func isLeadIn(s string) bool {
	return headingLine.MatchString(s) || strings.HasSuffix(strings.TrimRight(s, "*_ "), ":")
}

// saysNothing tells the sentence by which a model says that the notes hold no answer.
func saysNothing(s string) bool {
	return strings.EqualFold(notes.Clip(strings.TrimSpace(s), 100), NotInNotes)
}

// clip is the part of a range that was put before the model.
func clip(lines, given [2]int) [2]int {
	if lines[0] == 0 || lines[0] > given[1] || lines[1] < given[0] {
		return given
	}
	return [2]int{max(lines[0], given[0]), min(lines[1], given[1])}
}
