package stages

import (
	"context"
	"errors"
	"strings"
	"unicode"

	"amalfa/notes"
	"amalfa/tasks/consent"
	"amalfa/tasks/prompts"
)

const (
	// SnippetBytes bounds the text that a snippet is sought in; the earlier system showed 4,000 characters.
	SnippetBytes    = 8 << 10
	surroundingText = 400 // bytes on either side of a snippet
)

// A Snippet is the words of a text that answer a question, "" for none. Context is the text around them; Confidence is that they answer, 0 to 1.
type Snippet struct {
	Snippet    string  `json:"snippet"`
	Context    string  `json:"context"`
	Confidence float64 `json:"confidence"`
}

type quote struct {
	Snippet    string  `json:"snippet"`
	Confidence float64 `json:"confidence"`
}

// check holds a quote to the text that it is to be copied from.
func (v quote) check(text string) error {
	switch {
	case !(v.Confidence >= 0 && v.Confidence <= 1):
		return errors.New("confidence is not from 0 to 1")
	case strings.TrimSpace(v.Snippet) == "":
		return nil // it does not answer
	}
	if _, _, ok := find(text, v.Snippet); !ok {
		return errors.New("snippet does not stand in the passage")
	}
	return nil
}

// ErrHeld reports a passage of which nothing may go to the model.
var ErrHeld = errors.New("held back on this machine")

// Extract asks for the words of a passage that answer a question. It returns ErrHeld for one that stays on this machine.
func (m Model) Extract(ctx context.Context, query string, p consent.Passage) (s Snippet, held []consent.Held, err error) {
	free, held := m.Release(m.Name, []consent.Passage{p})
	if len(free) == 0 {
		return s, held, ErrHeld
	}
	text := notes.Clip(free[0].Text, SnippetBytes)
	e := prompts.Evidence{Passages: []prompts.Passage{{Ref: 1, ID: p.ID, Lines: p.Lines, Text: prompts.Sanitize(text, SnippetBytes)}}}
	v, err := ask(ctx, m, "snippet", prompts.Form{Question: query, Evidence: e}, func(v quote) error { return v.check(text) })
	if err != nil {
		return s, held, err
	}
	if s.Snippet, s.Context = around(text, v.Snippet); s.Snippet != "" {
		s.Confidence = v.Confidence
	}
	return s, held, nil
}

// ByWords is the sentence of a text that shares most words with a question: what can be said without a model.
func ByWords(text, query string) (s Snippet) {
	text = notes.Clip(text, SnippetBytes)
	s.Snippet, s.Confidence = likeliest(text, query)
	s.Snippet, s.Context = around(text, s.Snippet)
	return s
}

// find returns where a quote stands in a text, whatever white space either has. A model that was shown escaped signs may copy them so.
func find(text, quote string) (from, to int, ok bool) {
	for _, q := range []string{quote, prompts.Unescape(quote)} {
		words := strings.Fields(q)
		if len(words) == 0 {
			continue
		}
		for at := 0; ; {
			next := strings.Index(text[at:], words[0])
			if next < 0 {
				break
			}
			from = at + next
			if to, ok = follow(text, from, words); ok {
				return from, to, true
			}
			at = from + len(words[0])
		}
	}
	return 0, 0, false
}

// follow tells whether words stand at a place, with white space between them alone.
func follow(text string, at int, words []string) (end int, ok bool) {
	for i, w := range words {
		rest := strings.TrimLeftFunc(text[at:], unicode.IsSpace)
		if i > 0 && len(rest) == len(text)-at {
			return 0, false
		}
		if !strings.HasPrefix(rest, w) {
			return 0, false
		}
		at = len(text) - len(rest) + len(w)
	}
	return at, true
}

// around returns the quote as the text has it, and the text about it.
func around(text, quote string) (snippet, context string) {
	from, to, ok := find(text, quote)
	if !ok {
		return "", ""
	}
	before := text[max(0, from-surroundingText):from]
	if i := strings.IndexFunc(before, unicode.IsSpace); from > surroundingText && i >= 0 {
		before = before[i:]
	}
	return text[from:to], strings.TrimSpace(strings.ToValidUTF8(before+text[from:to]+notes.Clip(text[to:], surroundingText), ""))
}

// likeliest is the sentence that shares most words with a question, and the share of the question's words that it has.
func likeliest(text, query string) (best string, share float64) {
	wanted := map[string]bool{}
	for _, w := range words(query) {
		wanted[w] = true
	}
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".!?\n。", r) }) {
		have := map[string]bool{}
		for _, w := range words(s) {
			if wanted[w] {
				have[w] = true
			}
		}
		if now := float64(len(have)) / float64(max(1, len(wanted))); now > share {
			best, share = strings.TrimSpace(s), now
		}
	}
	return best, share / 2 // words alone are half a judgement
}

func words(s string) []string {
	return strings.FieldsFunc(notes.Fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
