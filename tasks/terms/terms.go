// Package terms finds in a text the words and phrases that say what it is about, in every script, by counting alone.
//
// A term is one to four words of one sentence with no function word at either end; in scripts without spaces it is a run of letters of one
// kind. How much a term says is its C-value (Frantzi, Ananiadou, Mima, Automatic recognition of multi-word terms, 2000): how often it
// stands there, but for where it is only part of a longer term, times the logarithm of its length. How rare its words are in the vault is
// the caller's to add.
package terms

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"amalfa/notes"
	"amalfa/store/text"
)

// Bounds on what one text costs.
const (
	MaxWords = 4       // of a term
	maxTerm  = 60      // bytes of a term; what is longer is no name of anything
	maxText  = 1 << 20 // bytes of a text that are looked at
)

// A Term is a word or phrase of a text.
type Term struct {
	Key    string  // its words as the index has them, stemmed, joined by spaces: equal for two spellings
	Text   string  // as it stands where it stands first, but for capitals of a sentence's beginning
	Count  int     // how often it stands there
	Words  int     // 1 to MaxWords
	First  int     // position of its first word among the words of the text, from 0
	Name   bool    // it is written as a name: capitals within a sentence, CamelCase, ALL_CAPS, digits and letters
	CValue float64 // see the package
}

// Extract returns the terms of a text, the highest C-value first, ties by where they stand.
func Extract(body string) []Term {
	if len(body) > maxText {
		body = notes.Clip(body, maxText)
	}
	e := extractor{found: map[string]*Term{}, stop: stopWords()}
	for _, s := range split(body) {
		e.sentence(s)
	}
	return e.terms()
}

// An extractor counts the terms of a text.
type extractor struct {
	found map[string]*Term
	order []*Term
	stop  map[string]bool
	words int // seen so far
}

// sentence counts the terms of one sentence: all runs of one to MaxWords words between function words.
func (e *extractor) sentence(s []word) {
	from := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && !e.breaks(s[i]) {
			continue
		}
		e.run(s[from:i], from)
		from = i + 1
	}
	e.words += len(s)
}

func (e *extractor) breaks(w word) bool { return e.stop[w.folded] || w.folded == "" }

func (e *extractor) run(run []word, at int) {
	for i := range run {
		for n := 1; n <= MaxWords && i+n <= len(run); n++ {
			e.add(run[i:i+n], e.words+at+i)
		}
	}
}

func (e *extractor) add(words []word, at int) {
	if len(words) == 1 && !words[0].says() {
		return
	}
	keys, texts := make([]string, len(words)), make([]string, len(words))
	name := true
	for i, w := range words {
		keys[i], texts[i] = w.key, w.text
		name = name && w.name
		if w.lone && len(words) > 1 { // runs without spaces are terms by themselves
			return
		}
	}
	key := strings.Join(keys, " ")
	t := e.found[key]
	if t == nil {
		shown := strings.Join(texts, " ")
		if len(shown) > maxTerm {
			return
		}
		t = &Term{Key: key, Text: shown, Words: len(words), First: at}
		e.found[key], e.order = t, append(e.order, t)
	}
	if t.Count++; name {
		t.Name = true
	}
}

// terms gives each its C-value. A term that stands only within one longer term says nothing by itself.
func (e *extractor) terms() []Term {
	longer, in := map[string]int{}, map[string]int{} // how often, and in how many longer terms
	for _, t := range e.order {
		if t.chance() {
			continue
		}
		for _, part := range parts(t.Key) {
			longer[part] += t.Count
			in[part]++
		}
	}
	out := make([]Term, 0, len(e.order))
	for _, t := range e.order {
		count := float64(t.Count)
		if n := in[t.Key]; n > 0 {
			count -= float64(longer[t.Key]) / float64(n)
		}
		t.CValue = math.Log2(1+float64(t.Words)) * max(count, 0)
		if t.chance() {
			t.CValue *= chanceWeight
		}
		out = append(out, *t)
	}
	slices.SortStableFunc(out, func(a, b Term) int { return cmp.Or(cmp.Compare(b.CValue, a.CValue), a.First-b.First, b.Words-a.Words) })
	return out
}

// chanceWeight is what words count that stand side by side once, in small letters: most are no term.
const chanceWeight = 0.3

func (t *Term) chance() bool { return t.Words > 1 && t.Count == 1 && !t.Name }

// parts are the shorter terms within a term.
func parts(key string) (out []string) {
	words := strings.Fields(key)
	for n := 1; n < len(words); n++ {
		for i := 0; i+n <= len(words); i++ {
			out = append(out, strings.Join(words[i:i+n], " "))
		}
	}
	return out
}

// A word is one of a sentence, or a run of letters without spaces.
type word struct {
	text   string // as shown
	folded string // notes.Fold
	key    string
	name   bool
	lone   bool // of a script without spaces
}

// says tells whether a word alone may be a term: two letters at least, and not a number.
func (w word) says() bool {
	letters := 0
	for _, r := range w.folded {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return letters >= 2 && (letters >= 3 || w.lone || w.name)
}

// Key is a phrase as terms are compared.
func Key(phrase string) string {
	var keys []string
	for _, s := range split(phrase) {
		for _, w := range s {
			keys = append(keys, w.key)
		}
	}
	return strings.Join(keys, " ")
}

func newWord(shown string, first bool) word {
	w := word{text: shown, folded: notes.Fold(shown)}
	w.key = text.Stem(w.folded)
	upper, lower, digits, inner := 0, 0, 0, false
	for i, r := range shown {
		switch {
		case unicode.IsUpper(r):
			upper++
			inner = inner || i > 0
		case unicode.IsLower(r):
			lower++
		case unicode.IsDigit(r) || r == '_':
			digits++
		}
	}
	w.name = upper > 0 && !first || inner || digits > 0 && upper+lower > 0
	if !inner && first && digits == 0 {
		w.text = strings.ToLower(shown) // a capital that begins a sentence says nothing
	}
	return w
}
