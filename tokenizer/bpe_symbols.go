package tokenizer

import "unicode/utf8"

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
