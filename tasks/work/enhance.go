package work

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"amalfa/notes"
	"amalfa/tasks/prompts"
	"amalfa/tasks/queue"
)

// An Enhancement is what is said of a note: three to five keywords, and a sentence.
type Enhancement struct {
	Keywords []string `json:"keywords"`
	Summary  string   `json:"summary"`
}

const (
	maxKeyword = 80  // bytes
	maxSummary = 600 // bytes of a sentence
)

// CheckEnhancement refuses a model's answer that says nothing usable.
func CheckEnhancement(e Enhancement) error {
	if len(e.Keywords) == 0 || len(e.Keywords) > 20 {
		return errors.New("keywords are not three to five")
	}
	for _, k := range e.Keywords {
		if err := oneLine("a keyword", k, maxKeyword); err != nil {
			return err
		}
	}
	return oneLine("summary", e.Summary, maxSummary)
}

// Tidy puts an answer in order: five keywords, each once, and everything on one line.
func (e Enhancement) Tidy() Enhancement {
	out := Enhancement{Keywords: []string{}, Summary: prompts.Line(e.Summary)}
	seen := map[string]bool{}
	for _, k := range e.Keywords {
		k = prompts.Line(k)
		if key := notes.Fold(k); k != "" && !seen[key] && len(out.Keywords) < 5 {
			seen[key] = true
			out.Keywords = append(out.Keywords, k)
		}
	}
	return out
}

var (
	sentenceEnd = regexp.MustCompile(`[.!?。！？]["')\]]*(?:\s|$)`)
	emphasized  = regexp.MustCompile(`\*\*([^*\n]{2,60})\*\*|\[\[([^\]|\n]{2,60})(?:\|[^\]\n]*)?\]\]`)
	headingLine = regexp.MustCompile(`(?m)^#{1,6}[ \t]+(.{2,80}?)[ \t#]*$`)
)

// Extract says of a text what can be said without a model: its first sentence, and what it stresses.
func Extract(text string) Enhancement {
	var e Enhancement
	for _, m := range headingLine.FindAllStringSubmatch(text, -1) {
		e.Keywords = append(e.Keywords, m[1])
	}
	for _, m := range emphasized.FindAllStringSubmatch(text, -1) {
		e.Keywords = append(e.Keywords, m[1]+m[2])
	}
	e.Summary = firstSentence(text)
	return e.Tidy()
}

// firstSentence is the first sentence of prose: no heading, list, quote, table or code.
func firstSentence(text string) string {
	if head, err := notes.ReadHead([]byte(text)); err == nil {
		text = text[min(head.End, len(text)):]
	}
	for _, block := range strings.Split(text, "\n\n") {
		block = strings.TrimSpace(headingLine.ReplaceAllString(block, ""))
		if block == "" || strings.ContainsAny(block[:1], "#>|-*+`~<!{") {
			continue
		}
		if at := sentenceEnd.FindStringIndex(block); at != nil {
			block = strings.TrimSpace(block[:at[1]])
		}
		return strings.ToValidUTF8(notes.Clip(strings.Join(strings.Fields(block), " "), maxSummary), "")
	}
	return ""
}

const enhanceLimit = 10 // the earlier system's

// enhanceBatch says of notes without a summary what they say, those that changed last first.
func (r *run) enhanceBatch(ctx context.Context) error {
	all, err := r.Store.List(ctx, "", "", 0)
	if err != nil {
		return err
	}
	newestFirst(all)
	done, left := 0, 0
	for _, n := range all {
		data, err := r.Read(n.ID)
		if err != nil || !notes.IsMarkdown(n.ID) || hasField(data, "summary") {
			continue // it went meanwhile, is no note of prose, or has what this is about
		}
		if done == limitOf(r.task, enhanceLimit) {
			left++
			continue
		}
		done++
		if err := r.enhance(ctx, n.ID, data); err != nil {
			return err
		}
	}
	r.line("\n%d notes were looked at; %d more have no summary.", done, left)
	return nil
}

func (r *run) enhance(ctx context.Context, id string, data []byte) error {
	p, ok, err := Beginning(ctx, r.Store, id, 2*maxShown)
	if err != nil || !ok {
		return err
	}
	said := Extract(string(data))
	if e := r.release(p); len(e.Passages) > 0 {
		better, ok, err := think(ctx, r, "enhance", prompts.Form{Evidence: e}, CheckEnhancement)
		if err != nil {
			return err
		}
		if ok {
			said = better.Tidy()
		}
	}
	r.line("### %s\n\n%s\n\nKeywords: %s\n", plain(id), plain(said.Summary), plain(strings.Join(said.Keywords, ", ")))
	if said.Summary == "" && len(said.Keywords) == 0 {
		return nil
	}
	r.setFields(id, data, field{"summary", said.Summary}, field{"keywords", said.Keywords})
	return nil
}

// limitOf is how much a task may work on.
func limitOf(t queue.Task, usual int) int {
	if t.Limit > 0 {
		return t.Limit
	}
	return usual
}

func (r *run) skip(id string, why error) {
	r.degraded = append(r.degraded, fmt.Sprintf("%s: %v", id, why))
}
