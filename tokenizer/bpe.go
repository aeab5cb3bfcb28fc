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
	ends    [letterLimit]int32 // the same at the end of one
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
		m.letters[r], m.ends[r] = m.character(string(rune(r)), false, false), m.character(string(rune(r)), false, true)
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

// spelling is a piece on its way to the tokens that its characters are before anything merges.
type spelling struct {
	*bpe
	word    []symbol
	unknown int32 // bytes of unknown text that wait to become a token
}

// symbols appends the tokens of b's characters to word.
func (m *bpe) symbols(word []symbol, b []byte) []symbol {
	s := spelling{bpe: m, word: word}
	for i := 0; i < len(b); {
		r, n := rune(b[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(b[i:])
		}
		c, last := b[i:i+n], i+n == len(b)
		switch {
		case r >= letterLimit, i == 0 && m.prefix != "":
			s.add(m.character(string(c), i == 0, last), c, last)
		case last:
			s.add(m.ends[r], c, last)
		default:
			s.add(m.letters[r], c, last)
		}
		i += n
	}
	s.flush()
	return s.word
}

// add takes the character c, whose id is -1 where the vocabulary lacks it.
func (s *spelling) add(id int32, c []byte, last bool) {
	n := int32(len(c))
	switch {
	case id >= 0:
		s.flush()
		s.word = append(s.word, symbol{id: id, size: n})
	case s.spell(c, last):
	case s.unkID >= 0:
		if !s.fuse {
			s.flush()
		}
		s.unknown += n
	}
}

func (s *spelling) flush() {
	if s.unknown > 0 {
		s.word = append(s.word, symbol{id: s.unkID, size: s.unknown})
		s.unknown = 0
	}
}

// spell appends a token for each byte of c, and of what follows the last character, if the
// vocabulary has them all. Unknown text that waits stays behind them, as in the Python library.
func (s *spelling) spell(c []byte, last bool) bool {
	if s.byteIDs == nil {
		return false
	}
	if last {
		c = append(c[:len(c):len(c)], s.suffix...)
	}
	for _, x := range c {
		if s.byteIDs[x] < 0 {
			return false
		}
	}
	for _, x := range c {
		s.word = append(s.word, symbol{id: s.byteIDs[x], size: 1})
	}
	return true
}
