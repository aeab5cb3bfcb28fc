package ember

import (
	"context"
	"errors"
	"strings"

	"amalfa/llm"
	"amalfa/notes"
	"amalfa/store"
	"amalfa/tasks/prompts"
	"amalfa/tasks/terms"
)

// A Description is what a note is about: keywords and a sentence.
type Description struct {
	Keywords []string `json:"keywords"`
	Summary  string   `json:"summary"`
}

// A Describer says what notes of an index are about, without a model: from how often their words stand in them and in all others.
type Describer struct{ c *corpus }

// NewDescriber reads the words and titles of an index. visible is a passage as a reader sees it.
func NewDescriber(ctx context.Context, st store.Store, visible func(store.Chunk) string) (*Describer, error) {
	c, err := newWords(ctx, st, visible)
	return &Describer{c}, err
}

// Describe says what a note is about. It returns store.ErrNotFound for one that the index does not have.
func (d *Describer) Describe(ctx context.Context, id string) (out Description, err error) {
	node, ok := d.c.net.At(id)
	if !ok {
		return out, store.ErrNotFound
	}
	doc, err := d.c.document(ctx, node)
	if err != nil {
		return out, err
	}
	for _, p := range d.c.phrases(node, doc) {
		out.Keywords = append(out.Keywords, p.Value)
	}
	if s, ok := d.c.summary(doc); ok {
		out.Summary = s.Value
	} else {
		out.Summary = opening(doc.text)
	}
	return out.tidy(), nil
}

// opening is the first sentence of a text, or its first line where none ends.
func opening(text string) string {
	all := terms.Sentences(text)
	for _, s := range all {
		if terms.Ended(s) && len(s) <= maxSummary {
			return s
		}
	}
	if len(all) > 0 {
		return notes.Clip(all[0], maxSummary)
	}
	return ""
}

// Bounds on what a model says of a note.
const (
	askedKeywords = 20
	maxKeyword    = 80  // bytes
	maxSentence   = 600 // bytes
)

// check refuses a model's answer that says nothing usable.
func (d Description) check() error {
	switch {
	case len(d.Keywords) == 0 || len(d.Keywords) > askedKeywords:
		return errors.New("keywords are not three to five")
	case strings.TrimSpace(d.Summary) == "":
		return errors.New("summary is empty")
	case len(d.Summary) > maxSentence:
		return errors.New("summary is longer than a sentence")
	}
	for _, k := range d.Keywords {
		if strings.TrimSpace(k) == "" || len(k) > maxKeyword {
			return errors.New("a keyword is empty or longer than some words")
		}
	}
	return nil
}

// tidy puts a description in order: five keywords, each once, and everything on one line.
func (d Description) tidy() Description {
	out := Description{Keywords: []string{}, Summary: cleanSentence(prompts.Line(d.Summary))}
	seen := map[string]bool{}
	for _, k := range d.Keywords {
		k = prompts.Line(k)
		if key := notes.Fold(k); k != "" && !seen[key] && len(out.Keywords) < maxKeyphrases {
			seen[key] = true
			out.Keywords = append(out.Keywords, k)
		}
	}
	return out
}

// Empty tells whether nothing is said.
func (d Description) Empty() bool { return d.Summary == "" && len(d.Keywords) == 0 }

// Changes are those of a note that takes over what it lacks of a description.
func (d Description) Changes(head notes.Head) (c Changes) {
	if !head.Has(KeyphrasesKey) && len(d.Keywords) > 0 {
		c.FrontMatter = &FrontMatter{Keyphrases: d.Keywords}
	}
	if head.Description() == "" {
		c.Summary = d.Summary
	}
	return c
}

// AskDescription has a model say what quoted text is about. It returns llm.ErrUnusable for an answer that says nothing usable.
func AskDescription(ctx context.Context, a llm.Asker, model string, quoted prompts.Evidence, count func(string) int) (Description, llm.Usage, error) {
	d, usage, err := prompts.Ask(ctx, a, model, "enhance", prompts.Form{Evidence: quoted}, count, Description.check)
	return d.tidy(), usage, err
}
