package ember

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"amalfa/notes"
	"amalfa/tasks/answers"
	"amalfa/tasks/consent"
	"amalfa/tasks/prompts"
	"amalfa/tasks/terms"
)

// A thought is what the model says of a note.
type thought struct {
	Tags     []string `json:"tags"`
	Keywords []string `json:"keywords"`
	Summary  string   `json:"summary"`
}

const (
	thoughtVersion = 1
	thoughtSchema  = `{"type":"object","properties":{"tags":{"type":"array","items":{"type":"string"}},"keywords":{"type":"array","items":{"type":"string"}},` +
		`"summary":{"type":"string"}},"required":["tags","keywords","summary"],"additionalProperties":false}`
	shownBytes = 6 << 10 // of a note; about 1,500 tokens
	shownTags  = 40      // the likeliest by all else
)

func (t thought) check() error {
	switch {
	case len(t.Tags) > 40 || len(t.Keywords) > 40:
		return errors.New("it has more than 40 of one kind")
	case len(t.Summary) > 2000:
		return errors.New("summary is longer than 2000 bytes")
	case len(t.Tags)+len(t.Keywords) == 0 && strings.TrimSpace(t.Summary) == "":
		return errors.New("it says nothing")
	}
	return nil
}

// think asks the model about a note, with the tags that it may choose among. ok is false without an answer.
func (c *corpus) think(ctx context.Context, m *answers.Model, node int32, d *document, tags []string) (t thought, ok bool, held []string, err error) {
	if m == nil || m.Book == nil || m.Asker == nil || strings.TrimSpace(d.text) == "" {
		return t, false, nil, nil
	}
	id := c.net.Notes[node].ID
	free, back := m.Release(m.Model, []consent.Passage{{ID: id, Text: notes.Clip(d.text, shownBytes)}})
	for _, h := range back {
		held = append(held, h.String())
	}
	e := prompts.Evidence{}
	for _, p := range free {
		if text := prompts.Sanitize(p.Text, shownBytes); text != "" {
			e.Passages = append(e.Passages, prompts.Passage{Ref: 1, ID: p.ID, Lines: [2]int{1, max(1, int(strings.Count(text, "\n")))}, Text: text})
		}
	}
	if len(e.Passages) == 0 {
		return t, false, held, nil
	}
	said := make([]string, 0, len(tags))
	for _, tag := range tags[:min(len(tags), shownTags)] {
		said = append(said, prompts.Sanitize(prompts.Line(tag), notes.MaxTag))
	}
	t, ok, err = answers.Ask(ctx, m.Book, answers.Question{
		Prompt: "ember", Version: thoughtVersion, Schema: thoughtSchema, Form: prompts.Form{Evidence: e, Said: said},
		About: fmt.Sprintf("%q %q", e.Passages[0].Text, said),
	}, thought.check)
	return t, ok, held, err
}

// merge puts what the model says into what was found without it: tags among the candidates alone get its vote, keyphrases must stand in
// the note, and a summary may only be made of what the note says.
func (t thought) merge(tags map[string]features, own []Suggestion, d *document, summarize bool) []Suggestion {
	for i, said := range t.Tags {
		tag, ok := notes.Tag(said)
		if f, known := tags[tag]; ok && known && i < maxTags {
			f[byModel] = 1
			tags[tag] = f
		}
	}
	text := " " + terms.Key(d.text) + " "
	var phrases []Suggestion
	for _, said := range t.Keywords {
		said = prompts.Line(said)
		key := terms.Key(said)
		if key == "" || !readable(said) || !strings.Contains(text, " "+key+" ") || slices.ContainsFunc(phrases, func(s Suggestion) bool { return terms.Key(s.Value) == key }) {
			continue
		}
		phrases = append(phrases, Suggestion{Kind: KindKeyphrase, Value: said, Confidence: modelConfidence, Reasons: []string{byModelReason}})
	}
	hasOwn := slices.ContainsFunc(own, func(s Suggestion) bool { return s.Kind == KindKeyphrase })
	var out []Suggestion
	for _, s := range own {
		if s.Kind == KindKeyphrase && slices.ContainsFunc(phrases, func(p Suggestion) bool { return terms.Key(p.Value) == terms.Key(s.Value) }) {
			continue
		}
		out = append(out, s)
	}
	if hasOwn { // else the note has its own already, or is too short for any
		out = append(phrases[:min(len(phrases), maxKeyphrases)], out...)
		out = atMost(out, KindKeyphrase, maxKeyphrases)
	}
	if sentence := cleanSentence(prompts.Line(t.Summary)); summarize && sentence != "" && sentence == prompts.Line(t.Summary) && saidBy(sentence, text) >= leastSaid {
		out = slices.DeleteFunc(out, func(s Suggestion) bool { return s.Kind == KindSummary })
		out = append(out, Suggestion{Kind: KindSummary, Value: sentence, Confidence: modelConfidence, Reasons: []string{byModelReason}})
	}
	return out
}

const (
	byModelReason = "the language model says so"
	// modelConfidence ranks what the model says of keyphrases and summaries; it is not measured.
	modelConfidence = 0.85
	// leastSaid is the share of a summary's words that must stand in the note: a sentence of one's own joins them by some others.
	leastSaid = 0.6
)

// saidBy is the share of a sentence's words, but for function words, that stand in a text of keys between blanks.
func saidBy(sentence, text string) float64 {
	n, there := 0, 0
	for word := range strings.FieldsFuncSeq(sentence, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) }) {
		if terms.IsStopWord(word) {
			continue
		}
		n++
		if key := terms.Key(word); key == "" || strings.Contains(text, " "+key+" ") {
			there++
		}
	}
	return float64(there) / float64(max(n, 1))
}

// atMost leaves so many of a kind, the first of them.
func atMost(all []Suggestion, kind string, most int) (out []Suggestion) {
	n := 0
	for _, s := range all {
		if s.Kind == kind {
			if n++; n > most {
				continue
			}
		}
		out = append(out, s)
	}
	return out
}
