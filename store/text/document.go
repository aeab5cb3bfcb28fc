package text

import (
	"slices"
	"strings"
)

// A Document is what the index makes of the words of one chunk: its terms, each with its weight and places. To make one is most of
// the work of indexing, and needs no index.
type Document struct {
	terms []documentTerm // in no order
	words uint32
}

// documentTerm is what a chunk makes of one stemmed term.
type documentTerm struct {
	term      *string // one an Analyzer and term, since pointers are found faster than texts, of which there are millions
	weight    uint32
	positions []byte // encoded; see appendPositions
}

// An Analyzer makes documents and remembers the stems of the words it met, since a text repeats its words. Not safe for concurrent
// use. The zero value is ready.
type Analyzer struct {
	stems map[string]*string // word → term
	known map[string]*string // term → the same pointer always
	seen  map[*string]int    // term → its place in the document at hand
	terms []documentTerm     // of that document
	at    [][]uint32         // their positions there
}

// maxStems bounds the words that an Analyzer remembers: about 15 MB.
const maxStems = 100_000

// stem returns the term of a word.
func (a *Analyzer) stem(word string) *string {
	if term, ok := a.stems[word]; ok {
		return term
	}
	word = strings.Clone(word) // not a piece of a long text, which would stay with it
	stem := Stem(word)
	term, ok := a.known[stem]
	if !ok {
		term = &stem
		a.known[stem] = term
	}
	a.stems[word] = term
	return term
}

// begin makes ready for a document. Between two of them only may pointers change.
func (a *Analyzer) begin() {
	if a.stems == nil || len(a.stems) >= maxStems {
		a.stems, a.known, a.seen = map[string]*string{}, map[string]*string{}, map[*string]int{}
	}
	clear(a.seen)
	a.terms, a.at = a.terms[:0], a.at[:0]
}

// Document returns what the index makes of a chunk.
func (a *Analyzer) Document(c Columns) Document {
	a.begin()
	words := uint32(0)
	at := uint32(0)
	for i, column := range c {
		for word := range strings.FieldsSeq(column) {
			a.place(a.stem(word), columnWeights[i], at)
			words++
			at++
		}
		at++ // a gap, which no phrase leads over
	}
	return a.encode(words)
}

// place counts one word.
func (a *Analyzer) place(term *string, weight, at uint32) {
	i, ok := a.seen[term]
	if !ok {
		i = len(a.terms)
		a.seen[term] = i
		a.terms = append(a.terms, documentTerm{term: term})
		if len(a.at) < cap(a.at) {
			a.at = a.at[:i+1] // the room of an earlier document
			a.at[i] = a.at[i][:0]
		} else {
			a.at = append(a.at, nil)
		}
	}
	a.terms[i].weight += weight
	a.at[i] = append(a.at[i], at)
}

// encode packs the terms at hand, and the positions of all of them into one slice.
func (a *Analyzer) encode(words uint32) Document {
	all := make([]byte, 0, words+words/2)
	for i := range a.terms {
		from := len(all)
		all = appendPositions(all, a.at[i])
		a.terms[i].positions = all[from:len(all):len(all)]
	}
	return Document{slices.Clone(a.terms), words}
}
