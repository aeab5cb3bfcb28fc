package tokenizer

import (
	"fmt"
	"unicode/utf8"
)

// model cuts one piece into tokens.
type model interface {
	// tokenize appends the tokens of p to out.
	tokenize(out *sequence, p text) error
	// lookup returns the id of a whole token.
	lookup(token string) (int32, bool)
	// size is the number of entries of the vocabulary.
	size() int
}

// wordPiece cuts a word into the longest entries from the left. Entries that continue a word
// carry a prefix; a word that does not come out whole is one unknown token.
type wordPiece struct {
	trie     *trie
	names    map[int32]string // id to token
	count    int
	unknown  string
	unkID    int32 // -1 when the vocabulary lacks it
	inner    int32 // trie node reached by the prefix
	hasInner bool
	maxChars int
}

func newWordPiece(c *modelConfig) (*wordPiece, error) {
	m := &wordPiece{names: make(map[int32]string, len(c.vocab)), unknown: or(c.unknown, "[UNK]"), unkID: -1, maxChars: c.maxChars}
	var err error
	if m.trie, err = newTrie(c.vocab); err != nil {
		return nil, err
	}
	for _, e := range c.vocab {
		m.names[e.value] = e.key
	}
	m.count = countKeys(c.vocab)
	if id, ok := m.lookup(m.unknown); ok {
		m.unkID = id
	}
	m.inner, m.hasInner = m.trie.walk(root, []byte(or(c.prefix, "##")))
	return m, nil
}

// or returns what s points at, or another string where it points nowhere.
func or(s *string, other string) string {
	if s == nil {
		return other
	}
	return *s
}

// countKeys returns how many different keys there are.
func countKeys(entries []entry) int {
	keys := make(map[string]struct{}, len(entries))
	for _, e := range entries {
		keys[e.key] = struct{}{}
	}
	return len(keys)
}

func (m *wordPiece) lookup(token string) (int32, bool) { return m.trie.find([]byte(token)) }
func (m *wordPiece) size() int                         { return m.count }

func (m *wordPiece) tokenize(out *sequence, p text) error {
	if len(p.b) > m.maxChars && utf8.RuneCount(p.b) > m.maxChars {
		return m.fail(out, p)
	}
	mark := out.mark()
	from := int32(root)
	for start := 0; start < len(p.b); {
		id, n := m.trie.longest(from, p.b[start:])
		if n == 0 {
			out.rewind(mark)
			return m.fail(out, p)
		}
		out.add(id, p.span(start, start+n))
		if out.detail {
			out.names = append(out.names, m.names[id])
		}
		start += n
		if from = m.inner; !m.hasInner && start < len(p.b) {
			out.rewind(mark)
			return m.fail(out, p)
		}
	}
	return nil
}

func (m *wordPiece) fail(out *sequence, p text) error {
	if m.unkID < 0 {
		return fmt.Errorf("%w (%q)", errNoUnknown, m.unknown)
	}
	out.add(m.unkID, p.span(0, len(p.b)))
	if out.detail {
		out.names = append(out.names, m.unknown)
	}
	return nil
}
