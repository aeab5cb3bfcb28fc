package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"sync"
)

// MaxText is the longest text that is tokenized, in bytes.
const MaxText = 256 << 20

// maxID is the largest token id that is accepted.
const maxID = math.MaxInt32

// ErrTextTooLong reports a text over MaxText, or one that a hostile tokenizer.json blows up.
var ErrTextTooLong = errors.New("text too long to tokenize")

// Tokenizer holds one tokenizer.json. Its methods are safe for concurrent use.
type Tokenizer struct {
	raw       *addedSet // added tokens found in the text as given
	normal    *addedSet // added tokens found in the normalized text
	normalize []normalizer
	split     []preTokenizer
	model     model
	template  template
	origins   bool // a step asks where in the given text a part starts
	unicode   *unicodeTables
	scratch   sync.Pool // of *scratch
}

// Options says what Encode does beyond the ids of the bare text. The zero value cuts nothing and
// adds no special tokens. Truncation and padding settings inside tokenizer.json are not followed.
type Options struct {
	AddSpecial bool     // put the model's special tokens around the text
	Max        int      // most tokens, special ones included; 0 = no limit
	Strategy   Strategy // which text of a pair is cut; "" = LongestFirst
	Left       bool     // cut at the start of a text, not at its end
	Plain      bool     // special tokens written in the text, such as "[SEP]", are ordinary text
	Detail     bool     // fill Tokens and Offsets
}

// Encoding is a tokenized text or pair of texts, ready for a model. The slices have equal length,
// but Tokens and Offsets are nil without Options.Detail.
type Encoding struct {
	IDs           []int64
	TypeIDs       []int64  // which text of a pair a token belongs to, as the model numbers them
	AttentionMask []int64  // all 1: nothing is padded
	Tokens        []string // the vocabulary's entry, or the text of an unknown or added token
	Offsets       [][2]int // bytes of the own text, half-open; {0, 0} for special tokens
	Truncated     bool     // tokens were cut off
}

// Encode tokenizes one text. What is not UTF-8 in it counts as U+FFFD. It returns ErrTextTooLong,
// ErrCannotTruncate, or an error when the vocabulary has no entry for unknown text and needs one.
func (t *Tokenizer) Encode(text string, o Options) (Encoding, error) {
	return t.encode([]string{text}, o)
}

// EncodePair tokenizes two texts that a model reads together, such as a question and a passage.
// Offsets count from the start of each text. The errors are Encode's.
func (t *Tokenizer) EncodePair(a, b string, o Options) (Encoding, error) {
	return t.encode([]string{a, b}, o)
}

// Count returns how many tokens text has, without special tokens, in a time that grows with the
// length of the text. It returns 0 where Encode returns an error.
func (t *Tokenizer) Count(text string) int {
	s := t.borrow()
	defer t.scratch.Put(s)
	if err := t.tokenize(s, 0, text, Options{}); err != nil {
		return 0
	}
	return len(s.seqs[0].ids)
}

// scratch is the memory of one call, kept for the next.
type scratch struct {
	seqs  [2]sequence
	input text
	norm  [2]text // turns about as a normalizer's input and output
	parts []text  // one for each pre-tokenizer that writes text of its own
}

func (t *Tokenizer) borrow() *scratch {
	if s, ok := t.scratch.Get().(*scratch); ok {
		return s
	}
	return &scratch{parts: make([]text, len(t.split))}
}

func (t *Tokenizer) encode(texts []string, o Options) (Encoding, error) {
	s := t.borrow()
	defer t.scratch.Put(s)
	slots := t.template.single
	if len(texts) == 2 {
		slots = t.template.pair
	}
	for i, text := range texts {
		if err := t.tokenize(s, i, text, o); err != nil {
			return Encoding{}, err
		}
	}
	// Cutting moves the sequences' slices, so it works on copies of the headers.
	a, b := s.seqs[0], s.seqs[1]
	seqs := []*sequence{&a, &b}[:len(texts)]
	truncated, err := fit(seqs, slots, o)
	if err != nil {
		return Encoding{}, err
	}
	if t.template.trim != nil && o.Detail {
		for i, q := range seqs {
			t.template.trim.apply(q, texts[i], t.unicode)
		}
	}
	e := assemble(slots, seqs, o)
	e.Truncated = truncated
	return e, nil
}

// fit cuts the sequences so that they and the special tokens come to o.Max.
func fit(seqs []*sequence, slots []slot, o Options) (bool, error) {
	if o.Max <= 0 {
		return false, nil
	}
	room := o.Max
	if o.AddSpecial {
		room -= special(slots)
	}
	if room < 0 {
		return false, fmt.Errorf("%w: %d tokens leave no room for special tokens", ErrCannotTruncate, o.Max)
	}
	if len(seqs) == 1 {
		return truncate(seqs[0], nil, room, o)
	}
	return truncate(seqs[0], seqs[1], room, o)
}

// assemble copies the sequences and the special tokens into an Encoding.
func assemble(slots []slot, seqs []*sequence, o Options) Encoding {
	n := 0
	for _, s := range slots {
		if s.text >= 0 {
			n += len(seqs[s.text].ids)
		}
	}
	if o.AddSpecial {
		n += special(slots)
	}
	e := newEncoding(n, o.Detail)
	for _, s := range slots {
		switch {
		case s.text >= 0:
			q := seqs[s.text]
			e.append(q.ids, q.names, q.spans, s.typeID)
		case o.AddSpecial:
			e.append(s.ids, s.names, make([]span, len(s.ids)), s.typeID)
		}
	}
	return e
}

func newEncoding(n int, detail bool) Encoding {
	all := make([]int64, 3*n)
	e := Encoding{IDs: all[:0:n], TypeIDs: all[n : n : 2*n], AttentionMask: all[2*n : 2*n : 3*n]}
	if detail {
		e.Tokens, e.Offsets = make([]string, 0, n), make([][2]int, 0, n)
	}
	return e
}

func (e *Encoding) append(ids []int32, names []string, spans []span, typeID int32) {
	for i, id := range ids {
		e.IDs = append(e.IDs, int64(id))
		e.TypeIDs = append(e.TypeIDs, int64(typeID))
		e.AttentionMask = append(e.AttentionMask, 1)
		if e.Tokens != nil {
			e.Tokens = append(e.Tokens, names[i])
			e.Offsets = append(e.Offsets, [2]int{int(spans[i].lo), int(spans[i].hi)})
		}
	}
}
