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
	sources []source // what the model was given
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
	w := newClaim(s.Text)
	if saysNothing(s.Text) {
		return true
	}
	if len(refs) == 0 && unknown == 0 {
		for _, src := range c.sources {
			refs = append(refs, reference{ref: src.Ref})
		}
		cited, ok := c.best(ctx, w, refs)
		s.Citations = append(s.Citations, cited...)
		return ok || isLeadIn(s.Text) && c.allFacts(w)
	}
	if cited, ok := c.supporting(ctx, w, refs); ok {
		s.Citations = cited
		return true
	}
	for _, r := range refs {
		src := c.sources[r.ref-1]
		s.Citations = append(s.Citations, Citation{src.ID, clip(r.lines, src.Lines)})
	}
	s.Citations = slices.Compact(s.Citations)
	return false
}

// supporting are the lines of what is cited that support a sentence: of one source, else of all together.
func (c *checker) supporting(ctx context.Context, w *words, refs []reference) ([]Citation, bool) {
	if cited, ok := c.best(ctx, w, refs); ok || len(refs) < 2 {
		return cited, ok
	}
	var units []unit
	for _, r := range refs {
		units = append(units, c.sources[r.ref-1].within(r.lines)...)
	}
	v := checkUnits(ctx, w, units, c.tools.Score)
	return c.cite(v, units), v.supported
}

// best is the first of the cited sources that supports the sentence by itself; of those, the one that says most of it.
func (c *checker) best(ctx context.Context, w *words, refs []reference) (cited []Citation, ok bool) {
	most := 0.0
	for _, r := range refs {
		units := c.sources[r.ref-1].within(r.lines)
		if v := checkUnits(ctx, w, units, c.tools.Score); v.supported && (!ok || v.cover > most) {
			cited, ok, most = c.cite(v, units), true, v.cover
		}
	}
	return cited, ok
}

// cite are the lines of what supports a sentence.
func (c *checker) cite(v verdict, units []unit) (all []Citation) {
	for _, x := range v.windows {
		one := Citation{c.sources[units[x[0]].source-1].ID, [2]int{units[x[0]].lines[0], units[x[1]-1].lines[1]}}
		if !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}

// allFacts tells of a line that only leads over to others whether its numbers and names are in the evidence.
func (c *checker) allFacts(w *words) bool {
	var b strings.Builder
	for _, s := range c.sources {
		if units := s.units(); len(units) > 0 {
			b.WriteString(windowText(units).text + "\n")
		}
	}
	return len(w.missing(newWords(b.String()))) == 0
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
