package tokenizer

import (
	"errors"
	"fmt"
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
