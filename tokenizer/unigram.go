package tokenizer

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// unkPenalty is how much worse than the worst piece an unknown character scores.
const unkPenalty = 10

// unigram cuts a text into the pieces whose scores add up to the most (Viterbi).
type unigram struct {
	trie     *trie
	pieces   []entry // by id
	scores   []float64
	unkID    int32 // -1 when the model has none
	unkScore float64
	byteIDs  *[256]int32 // for byte fallback; nil without
}

var errNoUnknown = errors.New("text outside the vocabulary, which has no entry for unknown text")

func newUnigram(c *modelConfig) (*unigram, error) {
	if len(c.scores) != len(c.vocab) {
		return nil, errors.New("a vocabulary entry has no score")
	}
	if c.unkID >= int32(len(c.vocab)) {
		return nil, fmt.Errorf("unk_id %d outside the vocabulary of %d", c.unkID, len(c.vocab))
	}
	m := &unigram{pieces: c.vocab, scores: c.scores, unkID: c.unkID, unkScore: math.Inf(1)}
	for _, s := range c.scores {
		m.unkScore = min(m.unkScore, s)
	}
	m.unkScore -= unkPenalty
	var err error
	if m.trie, err = newTrie(c.vocab); err != nil {
		return nil, err
	}
	if c.bytes {
		m.byteIDs = findBytes(m.trie)
	}
	return m, nil
}

// findBytes looks up the entries <0x00> to <0xFF>; -1 stands for one that is missing.
func findBytes(t *trie) *[256]int32 {
	var ids [256]int32
	for i := range ids {
		ids[i] = -1
		if id, ok := t.find(fmt.Appendf(nil, "<0x%02X>", i)); ok {
			ids[i] = id
		}
	}
	return &ids
}

func (m *unigram) lookup(token string) (int32, bool) { return m.trie.find([]byte(token)) }
func (m *unigram) size() int                         { return len(m.pieces) }

// arc is the best way found to reach a place in the text.
type arc struct {
	score float64
	from  int32 // -1: none yet
	id    int32
}

func (m *unigram) tokenize(out *sequence, p text) error {
	arcs := out.arcs[:0]
	for range len(p.b) + 1 {
		arcs = append(arcs, arc{from: -1})
	}
	out.arcs = arcs
	for at := 0; at < len(p.b); {
		n := 1
		if p.b[at] >= utf8.RuneSelf {
			_, n = utf8.DecodeRune(p.b[at:])
		}
		if !m.extend(arcs, p.b, at, n) {
			if m.unkID < 0 {
				return errNoUnknown
			}
			arcs[at+n].offer(arcs[at].score+m.unkScore, at, m.unkID)
		}
		at += n
	}
	m.collect(out, p)
	return nil
}

// extend offers every piece that starts at at, and reports whether one is just its n byte character.
func (m *unigram) extend(arcs []arc, b []byte, at, n int) (single bool) {
	score := arcs[at].score
	nodes := m.trie.nodes
	cur := int32(root)
	for i := at; i < len(b); i++ {
		next := nodes[cur].base ^ int32(b[i])
		if uint32(next) >= uint32(len(nodes)) || nodes[next].parent != cur {
			break
		}
		cur = next
		if id := nodes[cur].value; id >= 0 {
			arcs[i+1].offer(score+m.scores[id], at, id)
			single = single || i+1 == at+n
		}
	}
	return single
}

// offer takes a way that scores more than the one known. The first of equals stays.
func (a *arc) offer(score float64, from int, id int32) {
	if a.from < 0 || score > a.score {
		*a = arc{score, int32(from), id}
	}
}

// collect walks the arcs back from the end, turns them round and appends their tokens. Unknown
// characters in a row make one token.
func (m *unigram) collect(out *sequence, p text) {
	cuts := out.cuts[:0]
	for end := len(p.b); end > 0; {
		a := out.arcs[end]
		cuts = append(cuts, cut{a.from, int32(end), a.id})
		end = int(a.from)
	}
	out.cuts = cuts
	for i := len(cuts) - 1; i >= 0; i-- {
		c := cuts[i]
		if c.id == m.unkID {
			for ; i > 0 && cuts[i-1].id == m.unkID; i-- {
				c.hi = cuts[i-1].hi
			}
			m.addUnknown(out, p, c)
			continue
		}
		out.add(c.id, p.span(int(c.lo), int(c.hi)))
		if out.detail {
			out.names = append(out.names, m.pieces[c.id].key)
		}
	}
}

// cut is one token's place in a piece.
type cut struct{ lo, hi, id int32 }

// addUnknown appends the token of a run of unknown characters, or one for each of its bytes.
func (m *unigram) addUnknown(out *sequence, p text, c cut) {
	b := p.b[c.lo:c.hi]
	at := p.span(int(c.lo), int(c.hi))
	id, known := m.trie.find(b)
	if !known && m.hasBytes(b) {
		for _, x := range b {
			out.add(m.byteIDs[x], at)
			if out.detail {
				out.names = append(out.names, m.pieces[m.byteIDs[x]].key)
			}
		}
		return
	}
	if !known {
		id = m.unkID
	}
	out.add(id, at)
	if out.detail {
		out.names = append(out.names, string(b))
	}
}

func (m *unigram) hasBytes(b []byte) bool {
	if m.byteIDs == nil {
		return false
	}
	for _, x := range b {
		if m.byteIDs[x] < 0 {
			return false
		}
	}
	return true
}
