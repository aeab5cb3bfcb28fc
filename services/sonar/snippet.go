package sonar

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"unicode"

	"amalfa/notes"
	"amalfa/services"
	"amalfa/tasks/consent"
	"amalfa/tasks/prompts"
)

// An Extract is POST /search/context. Context is the text around the snippet; Confidence is that the snippet answers, 0 to 1.
type Extract struct {
	ID         string   `json:"id"`
	Snippet    string   `json:"snippet"`
	Context    string   `json:"context"`
	Confidence float64  `json:"confidence"`
	Degraded   []string `json:"degraded"`
}

type snippet struct {
	Snippet    string  `json:"snippet"`
	Confidence float64 `json:"confidence"`
}

// check holds a snippet to the text that it is to be copied from.
func (v snippet) check(text string) error {
	switch {
	case v.Confidence < 0 || v.Confidence > 1:
		return errors.New("confidence is not from 0 to 1")
	case strings.TrimSpace(v.Snippet) == "":
		return nil // it does not answer
	}
	if _, _, ok := find(text, v.Snippet); !ok {
		return errors.New("snippet does not stand in the passage")
	}
	return nil
}

// extract finds the words of a note's text that answer a question.
func (s *searching) extract(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Result       struct{ ID, Content string }
		Query, Model string
	}
	answerJSON(w, r, &in, func(ctx context.Context) (any, error) {
		if err := checkQuery(in.Query, in.Model); err != nil {
			return nil, err
		}
		if in.Result.ID == "" {
			return nil, badRequest("result.id is empty")
		}
		if len(in.Result.Content) > maxContent {
			return nil, &services.Error{Status: http.StatusRequestEntityTooLarge, Kind: "too_large", Message: "result.content is larger than 1 MiB"}
		}
		p, err := s.text(ctx, in.Result.ID, in.Result.Content)
		if err != nil {
			return nil, err
		}
		return s.snippet(ctx, p, in.Query, in.Model)
	})
}

// text is what of a note is looked at: what the client has of it, else its beginning. Where there is an index the note must be in it.
func (s *searching) text(ctx context.Context, id, content string) (consent.Passage, error) {
	if s.open == nil && content != "" {
		return consent.Passage{ID: id, Text: content}, nil
	}
	if s.open == nil {
		return consent.Passage{}, noIndexError()
	}
	st, err := s.open(ctx)
	if err != nil {
		return consent.Passage{}, noIndexError()
	}
	defer st.Close()
	p, err := s.note(ctx, st, id, snippetBytes)
	if err == nil && content != "" {
		p.Text, p.Lines = content, [2]int{}
	}
	return p, err
}

func noIndexError() error {
	return &services.Error{Status: http.StatusServiceUnavailable, Kind: "no_index", Message: "there is no index", Advice: "run amalfa init"}
}

func (s *searching) snippet(ctx context.Context, p consent.Passage, query, model string) (any, error) {
	asker, model, err := s.Asker(ctx, consent.ByHand, model)
	if err != nil {
		return nil, err
	}
	out := Extract{ID: p.ID, Degraded: []string{}}
	free, held := s.Release(model, []consent.Passage{p})
	text := notes.Clip(p.Text, snippetBytes)
	if len(free) > 0 {
		text = notes.Clip(free[0].Text, snippetBytes)
		e := prompts.Evidence{Passages: []prompts.Passage{{Ref: 1, ID: p.ID, Lines: p.Lines, Text: prompts.Sanitize(text, snippetBytes)}}}
		v, degraded, err := askFor(ctx, s.Thinker, "snippet", asker, model, prompts.Form{Question: query, Evidence: e}, func(v snippet) error { return v.check(text) })
		if err != nil {
			return nil, err
		}
		out.Degraded = degraded
		if len(degraded) == 0 {
			out.Snippet, out.Context = around(text, v.Snippet)
			out.Confidence = v.Confidence
			if out.Snippet == "" {
				out.Confidence = 0
			}
			return out, nil
		}
	}
	out.Degraded = append(out.Degraded, sayHeld(held)...)
	out.Snippet, out.Confidence = likeliest(text, query)
	out.Snippet, out.Context = around(text, out.Snippet)
	return out, nil
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
