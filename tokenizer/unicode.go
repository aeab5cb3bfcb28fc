package tokenizer

import (
	"sync"
	"unicode/utf8"
)

// property is a set of what the library takes a code point for.
type property uint32

const (
	propOther     property = 1 << iota // control, format or private: BertNormalizer drops it
	propSpace                          // white space
	propPunct                          // punctuation to BertPreTokenizer
	propMark                           // nonspacing mark to BertNormalizer
	propCombining                      // combining mark to StripAccents
	propNumeric                        // number to Digits
	propWord                           // \w
	propLower                          // Lowercase changes it
	propNFD                            // has a canonical decomposition
	propNFKD                           // has a compatibility decomposition that differs
	propClass                          // moves among combining marks
	propSecond                         // composes with what stands before it
	propJoins                          // continues a grapheme cluster
	propPrepend                        // its cluster takes the next character in
	propPicture                        // joins a picture before it through U+200D
	propControl                        // stands alone in its cluster
	propExtend                         // joins and is no spacing mark
	propConsonant                      // Indic consonant that joins a conjunct
	propLinker                         // joins the consonant after it into a conjunct
	propConjunct                       // may stand inside a conjunct
)

// unicodeTables answers questions about code points. It is built once and never changes.
type unicodeTables struct {
	block   [0x110000 / 256]uint16
	blocks  [][256]property
	lower   map[rune]string
	nfd     map[rune]string
	nfkd    map[rune]string
	class   map[rune]uint8
	compose map[[2]rune]rune
}

// theTables expands the generated tables on first use, in a few milliseconds.
var theTables = sync.OnceValue(buildTables)

func (u *unicodeTables) props(r rune) property {
	if uint32(r) >= 0x110000 {
		return 0
	}
	return u.blocks[u.block[r>>8]][r&0xFF]
}

func buildTables() *unicodeTables {
	u := &unicodeTables{blocks: make([][256]property, 1, 256)}
	for p, ranges := range propertyRanges() {
		for i := 0; i < len(ranges); i += 2 {
			for r := ranges[i]; r <= ranges[i+1]; r++ {
				u.set(r, p)
			}
		}
	}
	u.lower = u.readMap(tableLower, propLower)
	u.nfd = u.readMap(tableNFD, propNFD)
	u.nfkd = u.readMap(tableNFKD, propNFKD)
	u.class = make(map[rune]uint8)
	class := uint8(1)
	for _, r := range tableClasses {
		if r == '\n' {
			class++
			continue
		}
		u.class[r] = class
		u.set(r, propClass)
	}
	u.readCompositions()
	return u
}

func (u *unicodeTables) set(r rune, p property) {
	i := u.block[r>>8]
	if i == 0 {
		i = uint16(len(u.blocks))
		u.blocks = append(u.blocks, [256]property{})
		u.block[r>>8] = i
	}
	u.blocks[i][r&0xFF] |= p
}

// readMap reads lines of a character and what it becomes.
func (u *unicodeTables) readMap(table string, p property) map[rune]string {
	m := make(map[rune]string)
	for len(table) > 0 {
		r, n := utf8.DecodeRuneInString(table)
		end := n
		for table[end] != '\n' {
			end++
		}
		m[r] = table[n:end]
		u.set(r, p)
		table = table[end+1:]
	}
	return m
}

// readCompositions derives the pairs that compose from the full decompositions: the last
// character of one joins the composition of the others.
func (u *unicodeTables) readCompositions() {
	whole := make(map[string]rune, len(tableNFC))
	for _, r := range tableNFC {
		whole[u.nfd[r]] = r
	}
	u.compose = make(map[[2]rune]rune, len(whole))
	for seq, r := range whole {
		last, n := utf8.DecodeLastRuneInString(seq)
		head := seq[:len(seq)-n]
		first, ok := whole[head]
		if !ok {
			first, _ = utf8.DecodeRuneInString(head)
		}
		u.compose[[2]rune{first, last}] = r
		u.set(last, propSecond)
	}
}
