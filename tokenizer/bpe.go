package tokenizer

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// bpe is byte-pair encoding: a piece starts as its characters, and of the pairs side by side that
// can merge the one that ranks first does, until none is left.
type bpe struct {
	trie    *trie
	names   map[int32]string // id to token
	count   int
	letters [letterLimit]int32 // id of a character in the middle of a piece; -1: not in the vocabulary
	merges  *mergeTable
	prefix  string // before every character but a piece's first
	suffix  string // after a piece's last
	unkID   int32  // -1: what is unknown is left out
	fuse    bool   // unknown characters in a row are one token
	whole   bool   // a piece that is in the vocabulary is that token, merges or not
	byteIDs *[256]int32
}

func newBPE(c *modelConfig) (*bpe, error) {
	if c.dropout > 0 {
		return nil, fmt.Errorf("%w: dropout, which makes ids a matter of chance", ErrUnsupported)
	}
	m := &bpe{names: make(map[int32]string, len(c.vocab)), unkID: -1, prefix: or(c.prefix, ""), suffix: c.suffix, fuse: c.fuse, whole: c.ignoreMerges}
	var err error
	if m.trie, err = newTrie(c.vocab); err != nil {
		return nil, err
	}
	for _, e := range c.vocab {
		m.names[e.value] = e.key
	}
	m.count = countKeys(c.vocab)
	for r := range m.letters {
		m.letters[r] = m.character(string(rune(r)), false, false)
	}
	if c.bytes {
		m.byteIDs = findBytes(m.trie)
	}
	if c.unknown != nil {
		var ok bool
		if m.unkID, ok = m.lookup(*c.unknown); !ok {
			return nil, fmt.Errorf("unknown token %q is not in the vocabulary", *c.unknown)
		}
	}
	return m, m.readMerges(c.merges)
}

func (m *bpe) readMerges(merges []mergeConfig) error {
	m.merges = newMergeTable(len(merges))
	for rank, merge := range merges {
		left, ok := m.lookup(merge.left)
		right, found := m.lookup(merge.right)
		if len(merge.right) < len(m.prefix) {
			return errors.New("merge of a token that is shorter than continuing_subword_prefix")
		}
		id, known := m.lookup(merge.left + merge.right[len(m.prefix):])
		if !ok || !found || !known {
			return fmt.Errorf("merge %q %q does not fit the vocabulary", merge.left, merge.right)
		}
		m.merges.put(left, right, int32(rank), id)
	}
	return nil
}

func (m *bpe) lookup(token string) (int32, bool) { return m.trie.find([]byte(token)) }
func (m *bpe) size() int                         { return m.count }

// character returns the id of a character at its place in a piece, -1 for none.
func (m *bpe) character(c string, first, last bool) int32 {
	if !first {
		c = m.prefix + c
	}
	if last {
		c += m.suffix
	}
	if id, ok := m.lookup(c); ok {
		return id
	}
	return -1
}

func (m *bpe) tokenize(out *sequence, p text) error {
	if m.whole {
		if id, ok := m.trie.find(p.b); ok {
			m.add(out, id, p.span(0, len(p.b)))
			return nil
		}
	}
	out.word = m.merge(m.symbols(out.word[:0], p.b), &out.heap)
	at := 0
	for _, s := range out.word {
		if s.size == 0 {
			continue
		}
		end := min(at+int(s.size), len(p.b))
		m.add(out, s.id, p.span(at, end))
		at = end
	}
	return nil
}

func (m *bpe) add(out *sequence, id int32, at span) {
	out.add(id, at)
	if out.detail {
		out.names = append(out.names, m.names[id])
	}
}

// symbols appends the tokens that the characters of b are before anything merges.
func (m *bpe) symbols(word []symbol, b []byte) []symbol {
	plain := m.prefix == "" && m.suffix == ""
	unknown := int32(0) // bytes of unknown text that wait to become a token
	for i := 0; i < len(b); {
		r, n := rune(b[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(b[i:])
		}
		first, last := i == 0, i+n == len(b)
		id := int32(-1)
		if r < letterLimit && (plain || !first && !last) {
			id = m.letters[r]
		} else {
			id = m.character(string(b[i:i+n]), first, last)
		}
		c := b[i : i+n]
		i += n
		if id < 0 && m.spells(c, last) {
			word = m.spell(word, c, last)
			continue
		}
		if unknown > 0 && (id >= 0 || !m.fuse) {
			word = append(word, symbol{id: m.unkID, size: unknown})
			unknown = 0
		}
		if id >= 0 {
			word = append(word, symbol{id: id, size: int32(n)})
		} else if m.unkID >= 0 {
			unknown += int32(n)
		}
	}
	if unknown > 0 {
		word = append(word, symbol{id: m.unkID, size: unknown})
	}
	return word
}

// spells reports whether the vocabulary has a token for each byte of c, and of what follows it.
func (m *bpe) spells(c []byte, last bool) bool {
	if m.byteIDs == nil {
		return false
	}
	for _, x := range m.spelling(c, last) {
		if m.byteIDs[x] < 0 {
			return false
		}
	}
	return true
}

func (m *bpe) spelling(c []byte, last bool) []byte {
	if last {
		return append(c[:len(c):len(c)], m.suffix...)
	}
	return c
}

// spell appends the tokens of c's bytes. Unknown text that waits stays behind them, as in the
// Python library.
func (m *bpe) spell(word []symbol, c []byte, last bool) []symbol {
	for _, x := range m.spelling(c, last) {
		word = append(word, symbol{id: m.byteIDs[x], size: 1})
	}
	return word
}
