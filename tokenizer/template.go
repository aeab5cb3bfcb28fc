package tokenizer

import (
	"encoding/json"
	"fmt"
)

// template lays out an encoding: which special tokens stand where around the texts.
type template struct {
	single, pair []slot
	trim         *trimming // nil: offsets stay as they are
}

// slot is a run of special tokens, or the place of a text.
type slot struct {
	text   int // 0 or 1: the first or second text; -1: special tokens
	typeID int32
	ids    []int32
	names  []string
}

// special returns how many special tokens the slots add.
func special(slots []slot) int {
	n := 0
	for _, s := range slots {
		n += len(s.ids)
	}
	return n
}

// bareTemplate is what tokenizer.json without a post-processor means.
func bareTemplate() template {
	return template{
		single: []slot{{text: 0}},
		pair:   []slot{{text: 0}, {text: 1, typeID: 1}},
	}
}

// readTemplate reads tokenizer.json's post_processor.
func readTemplate(raw json.RawMessage) (template, error) {
	kind, err := kindOf(raw)
	if err != nil {
		return template{}, err
	}
	switch kind {
	case "":
		return bareTemplate(), nil
	case "TemplateProcessing":
		return readPieces(raw)
	case "BertProcessing", "RobertaProcessing":
		return readPairProcessing(raw, kind == "RobertaProcessing")
	case "ByteLevel":
		t := bareTemplate()
		t.trim, err = readTrimming(raw)
		return t, err
	case "Sequence":
		return readTemplates(raw)
	}
	return template{}, fmt.Errorf("%w: post-processor %s", ErrUnsupported, kind)
}

// readTemplates reads a Sequence, of which one step at most may add special tokens.
func readTemplates(raw json.RawMessage) (template, error) {
	var c struct{ Processors []json.RawMessage }
	if err := json.Unmarshal(raw, &c); err != nil {
		return template{}, err
	}
	found := bareTemplate()
	for _, p := range c.Processors {
		t, err := readTemplate(p)
		if err != nil {
			return template{}, err
		}
		if found.trim == nil {
			found.trim = t.trim
		}
		if special(t.single)+special(t.pair) == 0 {
			continue
		}
		if special(found.single)+special(found.pair) > 0 {
			return template{}, fmt.Errorf("%w: two post-processors that add tokens", ErrUnsupported)
		}
		found.single, found.pair = t.single, t.pair
	}
	return found, nil
}

type specialToken struct {
	IDs    []int32  `json:"ids"`
	Tokens []string `json:"tokens"`
}

type templatePiece struct {
	SpecialToken *struct {
		ID     string `json:"id"`
		TypeID int32  `json:"type_id"`
	}
	Sequence *struct {
		ID     string `json:"id"`
		TypeID int32  `json:"type_id"`
	}
}

func readPieces(raw json.RawMessage) (template, error) {
	var c struct {
		Single  []templatePiece         `json:"single"`
		Pair    []templatePiece         `json:"pair"`
		Special map[string]specialToken `json:"special_tokens"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return template{}, err
	}
	single, err := readSlots(c.Single, c.Special, 1)
	if err != nil {
		return template{}, err
	}
	pair, err := readSlots(c.Pair, c.Special, 2)
	return template{single: single, pair: pair}, err
}

// readSlots resolves the pieces of a template that is given texts texts.
func readSlots(pieces []templatePiece, specials map[string]specialToken, texts int) ([]slot, error) {
	slots := make([]slot, 0, len(pieces))
	for _, p := range pieces {
		switch {
		case p.SpecialToken != nil:
			tok, ok := specials[p.SpecialToken.ID]
			if !ok || len(tok.IDs) != len(tok.Tokens) {
				return nil, fmt.Errorf("template names special token %q, which it does not define", p.SpecialToken.ID)
			}
			slots = append(slots, slot{text: -1, typeID: p.SpecialToken.TypeID, ids: tok.IDs, names: tok.Tokens})
		case p.Sequence != nil && p.Sequence.ID == "A":
			slots = append(slots, slot{text: 0, typeID: p.Sequence.TypeID})
		case p.Sequence != nil && p.Sequence.ID == "B" && texts == 2:
			slots = append(slots, slot{text: 1, typeID: p.Sequence.TypeID})
		default:
			return nil, fmt.Errorf("template piece is neither a special token nor one of %d texts", texts)
		}
	}
	return slots, nil
}

// readPairProcessing reads BertProcessing ([CLS] A [SEP] B [SEP], types 0 and 1) and
// RobertaProcessing (<s> A </s></s> B </s>, all types 0).
func readPairProcessing(raw json.RawMessage, roberta bool) (template, error) {
	var c struct {
		Sep [2]json.RawMessage `json:"sep"`
		Cls [2]json.RawMessage `json:"cls"`
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return template{}, err
	}
	cls, err := readNamedID(c.Cls)
	if err != nil {
		return template{}, err
	}
	sep, err := readNamedID(c.Sep)
	if err != nil {
		return template{}, err
	}
	t := template{single: []slot{cls, {text: 0}, sep}}
	if roberta {
		t.pair = []slot{cls, {text: 0}, sep, sep, {text: 1}, sep}
		t.trim, err = readTrimming(raw)
		return t, err
	}
	last := sep
	last.typeID = 1
	t.pair = []slot{cls, {text: 0}, sep, {text: 1, typeID: 1}, last}
	return t, nil
}

// readNamedID reads ["[CLS]", 101].
func readNamedID(pair [2]json.RawMessage) (slot, error) {
	var name string
	var id int32
	if err := json.Unmarshal(pair[0], &name); err != nil {
		return slot{}, fmt.Errorf("special token: %w", err)
	}
	if err := json.Unmarshal(pair[1], &id); err != nil {
		return slot{}, fmt.Errorf("special token %q: %w", name, err)
	}
	return slot{text: -1, ids: []int32{id}, names: []string{name}}, nil
}
