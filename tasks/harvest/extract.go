// Package harvest finds the terms of a vault and where they are defined, without a language model: titles, headings, definitions ("X is a
// Y"), bold terms, documented symbols, and what a text says again and again. A language model adds what it names and the text holds. What one note gives depends on its content alone, and is kept
// under the hash of that; the lexicon is made of what the notes of the index give now, so it outlives every new index and what is gone
// is gone from it.
package harvest

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/tasks/terms"
)

// Version is that of the rules of extraction: another one reads all notes again.
const Version = 1

// Bounds on what one note gives.
const (
	maxEntities  = 60
	maxRelations = 60
	maxName      = 80  // bytes
	maxSaid      = 240 // bytes of a description
	leastName    = 2   // letters
)

// Kinds of entities: what makes them terms. One of an earlier kind is never taken for one of a later.
const (
	Title      = "title"
	Definition = "definition"
	Symbol     = "symbol"
	Heading    = "heading"
	Bold       = "bold"
	Statistic  = "statistic"
)

// kinds are those, the strongest reason first.
func kinds() []string { return []string{Definition, Title, Symbol, Heading, Bold, Named, Statistic} }

// An Entity is a term in one note.
type Entity struct {
	Key     string `json:"key"` // as terms are compared
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Count   int    `json:"count"` // how often it stands there
	Line    int    `json:"line"`  // where it is defined or stands first; 1-based
	Said    string `json:"description,omitempty"`
	Retired bool   `json:"retired,omitempty"` // the note says that it is deprecated
	Type    string `json:"type,omitempty"`    // what a language model says that it is
}

// A Relation is between two terms of one note, as a sentence says it.
type Relation struct {
	Source string `json:"source"` // keys
	Target string `json:"target"`
	Type   string `json:"type"` // IS_A, or as a language model says
	Line   int    `json:"line"`
}

// An Extract is what one note gives.
type Extract struct {
	Entities  []Entity   `json:"entities"`
	Relations []Relation `json:"relations"`
	Model     string     `json:"model,omitempty"` // that had a part in it
}

// From reads a note of passages in order. visible is a passage as a reader sees it.
func From(n store.Note, chunks []store.Chunk, visible func(store.Chunk) string) Extract {
	e := extractor{found: map[string]*Entity{}}
	if title := notes.Meaning(n.Title); n.Kind != "code" {
		e.add(title, Title, 1, "")
	}
	var text strings.Builder
	for _, c := range chunks {
		kind := Heading
		if !notes.IsMarkdown(n.ID) && n.Kind != "markdown" {
			kind = Symbol
		}
		if len(c.Heading) > 0 {
			e.add(c.Heading[len(c.Heading)-1], kind, c.FirstLine, "")
		}
		e.lines(c)
		text.WriteString(visible(c) + "\n\n")
	}
	e.statistics(text.String(), chunks)
	for _, sentence := range e.gone {
		e.retire(sentence)
	}
	return e.extract()
}

type extractor struct {
	found     map[string]*Entity
	relations []Relation
	gone      []string // sentences that say of something that it is deprecated
}

// add is nil for what is no name.
func (e *extractor) add(name, kind string, line int, said string) *Entity {
	name = strings.Trim(strings.Join(strings.Fields(name), " "), " .,:;!?*_`\"'()[]")
	key := terms.Key(name)
	words := strings.Count(key, " ") + 1
	if len(name) > maxName || utf8.RuneCountInString(name) < leastName || key == "" || words > 6 || !utf8.ValidString(name) {
		return nil
	}
	have := e.found[key]
	if have == nil {
		have = &Entity{Key: key, Name: name, Kind: kind, Line: line}
		e.found[key] = have
	}
	if rank(kind) < rank(have.Kind) {
		have.Kind, have.Line = kind, line
	}
	if have.Said == "" && said != "" {
		have.Said = notes.Clip(said, maxSaid)
	}
	return have
}

func rank(kind string) int {
	return slices.Index(kinds(), kind)
}

var (
	bold = regexp.MustCompile(`\*\*([^*\n]{2,80})\*\*|__([^_\n]{2,80})__`)
	// definition is "X is a Y that …" in languages that say it so, "X: the Y …" as an item, and their Japanese, Chinese, Korean and Russian forms.
	definition = regexp.MustCompile(`^(?:[-*+] |\d+[.)] )?(?:[Tt]he |[Aa]n? |[Ll]e |[Ll]a |[Dd]er |[Dd]ie |[Dd]as |[Ee]l )?(?:\*\*)?([\pL\pN][\pL\pM\pN ._+#/-]{1,60}?)(?:\*\*)? (?:is (?:a|an|the)|means|refers to|ist (?:ein|eine|der|die|das)|est (?:un|une|le|la)|es (?:un|una|el|la)|è (?:un|una)|is een|är en|— это|- это) (.{3,300})$`)
	definedCJK = regexp.MustCompile(`^([\p{Han}\p{Katakana}\p{Hangul}ー]{2,20})(?:とは|是一種|是一种|是指|(?:은|는) )(.{2,200})$`)
	retired    = regexp.MustCompile(`(?i)\b(?:deprecated|obsolete|superseded|no longer used|veraltet|obsolète|obsoleto|устарел\pL*)\b|廃止|已弃用|已棄用`)
	headWord   = regexp.MustCompile(`^[\pL\pM\pN -]+?(?:[,.;:(]| (?:that|which|who|of|for|in|on|with|to|and|der|die|das|qui|que|de|für|von)\b|$)`)
)

// lines finds what the raw text marks: bold terms, definitions, what is retired.
func (e *extractor) lines(c store.Chunk) {
	fence := ""
	for i, line := range strings.Split(c.Text, "\n") {
		at := c.FirstLine + i
		if fence = notes.FenceAfter(fence, line); fence != "" || len(line) > 4<<10 {
			continue
		}
		for _, m := range bold.FindAllStringSubmatch(line, 20) {
			e.add(m[1]+m[2], Bold, at, "")
		}
		for _, sentence := range terms.Sentences(line) {
			e.define(strings.TrimSpace(sentence), at)
			if retired.MatchString(sentence) && len(e.gone) < maxEntities {
				e.gone = append(e.gone, sentence)
			}
		}
	}
}

func (e *extractor) define(sentence string, line int) {
	m := definition.FindStringSubmatch(sentence)
	if m == nil {
		m = definedCJK.FindStringSubmatch(sentence)
	}
	if m == nil {
		return
	}
	key := terms.Key(m[1])
	if words := strings.Fields(m[1]); len(words) > 5 || terms.IsStopWord(words[0]) || terms.IsStopWord(words[len(words)-1]) {
		return
	}
	if e.add(m[1], Definition, line, strings.TrimSpace(sentence)) == nil {
		return
	}
	kind := strings.Trim(headWord.FindString(m[2]), " ,.;:(")
	if i := strings.IndexAny(kind, ",.;:("); i >= 0 {
		kind = kind[:i]
	}
	words := strings.Fields(kind)
	for len(words) > 1 && terms.IsStopWord(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	if len(words) == 0 || len(words) > 4 || len(e.relations) == maxRelations {
		return
	}
	if target := terms.Key(strings.Join(words, " ")); target != "" && target != key {
		e.relations = append(e.relations, Relation{key, target, isA, line})
	}
}

// retire marks the term of which a sentence says that it is deprecated: the longest before the word that says so, of equal ones the last;
// where none stands there ("Deprecated: X"), the first behind it.
func (e *extractor) retire(sentence string) {
	at := retired.FindStringIndex(sentence)
	var found *Entity
	words, place := 0, 0
	for _, t := range terms.Extract(sentence[:at[0]]) {
		if have := e.found[t.Key]; have != nil && (t.Words > words || t.Words == words && t.First > place) {
			found, words, place = have, t.Words, t.First
		}
	}
	if found == nil {
		for _, t := range terms.Extract(sentence[at[1]:]) {
			if have := e.found[t.Key]; have != nil && (found == nil || t.First < place || t.First == place && t.Words > words) {
				found, words, place = have, t.Words, t.First
			}
		}
	}
	if found != nil {
		found.Retired = true
	}
}

// statistics adds what the text says again and again, and counts all.
func (e *extractor) statistics(text string, chunks []store.Chunk) {
	n := 0
	for _, t := range terms.Extract(text) {
		have := e.found[t.Key]
		if have == nil && (t.Count >= 2 || t.Name && t.Words > 1) && t.CValue > 0 && n < maxEntities {
			n++
			have = e.add(t.Text, Statistic, lineOf(chunks, t.Text), "")
		}
		if have != nil {
			have.Count = max(have.Count, t.Count)
		}
	}
	for _, have := range e.found {
		have.Count = max(have.Count, 1)
	}
}

// lineOf is where a text stands first.
func lineOf(chunks []store.Chunk, text string) int {
	for _, c := range chunks {
		if i := strings.Index(strings.ToLower(c.Text), strings.ToLower(text)); i >= 0 && i <= len(c.Text) {
			return c.FirstLine + strings.Count(c.Text[:i], "\n")
		}
	}
	if len(chunks) > 0 {
		return chunks[0].FirstLine
	}
	return 1
}

func (e *extractor) extract() Extract {
	out := Extract{Entities: []Entity{}, Relations: []Relation{}}
	for _, have := range e.found {
		out.Entities = append(out.Entities, *have)
	}
	slices.SortFunc(out.Entities, func(a, b Entity) int {
		return cmp.Or(rank(a.Kind)-rank(b.Kind), b.Count-a.Count, strings.Compare(a.Key, b.Key))
	})
	out.Entities = out.Entities[:min(maxEntities, len(out.Entities))]
	out.Relations = append(out.Relations, e.relations...)
	return out
}
