package harvest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/tasks/answers"
	"amalfa/tasks/consent"
	"amalfa/tasks/prompts"
	"amalfa/tasks/terms"
)

// Named is the kind of an entity that only a model names.
const Named = "named"

// A reading is what the model says of a note.
type reading struct {
	Entities []struct {
		Name string `json:"name"`
		Type string `json:"type"`
	} `json:"entities"`
	Relations []struct {
		Source string `json:"source"`
		Target string `json:"target"`
		Type   string `json:"type"`
	} `json:"relations"`
}

const (
	readingVersion = 1
	readingSchema  = `{"type":"object","properties":{"entities":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"type":{"type":"string"}},` +
		`"required":["name","type"],"additionalProperties":false}},"relations":{"type":"array","items":{"type":"object","properties":{"source":{"type":"string"},` +
		`"target":{"type":"string"},"type":{"type":"string"}},"required":["source","target","type"],"additionalProperties":false}}},` +
		`"required":["entities","relations"],"additionalProperties":false}`
	shownBytes = 8 << 10 // of a note
)

func (r reading) check() error {
	if len(r.Entities) > 500 || len(r.Relations) > 500 {
		return errors.New("it has more than 500 of one kind")
	}
	return nil
}

// Think adds to an extract what the model finds in the note, as far as it stands there. ok is false without an answer: the extract is then as
// it was. held is what was not shown to the model.
func Think(ctx context.Context, m *answers.Model, e Extract, n store.Note, chunks []store.Chunk, visible func(store.Chunk) string) (out Extract, ok bool, held []string, err error) {
	if m == nil || m.Asker == nil {
		return e, false, nil, nil
	}
	var b strings.Builder
	for _, c := range chunks {
		b.WriteString(visible(c) + "\n\n")
	}
	body := notes.Clip(b.String(), shownBytes)
	free, back := m.Release(m.Model, []consent.Passage{{ID: n.ID, Text: body}})
	for _, h := range back {
		held = append(held, h.String())
	}
	shown := ""
	for _, p := range free {
		shown += prompts.Sanitize(p.Text, shownBytes)
	}
	if shown == "" {
		return e, false, held, nil
	}
	evidence := prompts.Evidence{Passages: []prompts.Passage{{Ref: 1, ID: n.ID, Lines: [2]int{1, max(1, n.Lines)}, Text: shown}}}
	r, ok, err := answers.Ask(ctx, m.Book, answers.Question{
		Prompt: "entities", Version: readingVersion, Schema: readingSchema, Form: prompts.Form{Evidence: evidence}, About: shown,
	}, reading.check)
	if err != nil || !ok {
		return e, false, held, err
	}
	out = r.join(e, n.Title+"\n"+body, chunks)
	out.Model = m.Model
	return out, true, held, nil
}

// join adds the entities that stand in the text, and the relations between entities that are known then.
func (r reading) join(e Extract, body string, chunks []store.Chunk) Extract {
	text := " " + terms.Key(body) + " "
	x := extractor{found: map[string]*Entity{}, relations: slices.Clone(e.Relations)}
	for _, have := range e.Entities {
		x.found[have.Key] = &have
	}
	for _, said := range r.Entities {
		name := prompts.Line(said.Name)
		key := terms.Key(name)
		if key == "" || !strings.Contains(text, " "+key+" ") || len(x.found) == 2*maxEntities {
			continue
		}
		if have := x.add(name, Named, lineOf(chunks, name), ""); have != nil {
			have.Count = max(have.Count, strings.Count(text, " "+key+" "))
			have.Type = cmp.Or(have.Type, notes.Clip(prompts.Line(said.Type), maxType))
		}
	}
	for _, said := range r.Relations {
		source, target := terms.Key(said.Source), terms.Key(said.Target)
		kind, ok := notes.RelationType(prompts.Line(said.Type))
		from, to := x.found[source], x.found[target]
		if !ok || from == nil || to == nil || from == to || kind == notes.AppearsIn || kind == notes.Defines || len(x.relations) == maxRelations {
			continue
		}
		if rel := (Relation{source, target, kind, from.Line}); !slices.Contains(x.relations, rel) {
			x.relations = append(x.relations, rel)
		}
	}
	return x.extract()
}

// maxType bounds the type of an entity that a model gives, in bytes.
const maxType = 40
