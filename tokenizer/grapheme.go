package tokenizer

import "unicode/utf8"

// clusterEnd returns the end of the grapheme cluster that starts at b[start] (UAX #29), as far as it matters here: whether a
// cluster is shorter than six bytes, and where the one after a longer cluster starts. Flags are left out, since two regional
// indicators make eight bytes and what comes of each alone is the same.
func (u *unicodeTables) clusterEnd(b []byte, start int) int {
	prev, n := utf8.DecodeRune(b[start:])
	c := cluster{u: u}
	c.see(prev)
	i := start + n
	for i < len(b) {
		r, size := utf8.DecodeRune(b[i:])
		if !c.joins(prev, r) {
			break
		}
		c.see(r)
		prev = r
		i += size
	}
	return i
}

const zeroWidthJoiner = 0x200D

// cluster is what the rules need to know of the characters before a possible boundary.
type cluster struct {
	u         *unicodeTables
	picture   bool // a picture, then only extending characters
	pictureZ  bool // the same with a zero width joiner as the last
	consonant bool // an Indic consonant, then only what keeps a conjunct open
	linked    bool // and among that a linker
}

// see notes that r is part of the cluster.
func (c *cluster) see(r rune) {
	p := c.u.props(r)
	c.pictureZ = c.picture && r == zeroWidthJoiner
	c.picture = p&propPicture != 0 || c.picture && p&propExtend != 0
	switch {
	case p&propConsonant != 0:
		c.consonant, c.linked = true, false
	case p&propLinker != 0:
		c.linked = c.consonant
	case p&propConjunct == 0:
		c.consonant, c.linked = false, false
	}
}

// joins reports whether r goes into the cluster that ends in prev.
func (c *cluster) joins(prev, r rune) bool {
	before, p := c.u.props(prev), c.u.props(r)
	switch {
	case prev == '\r' && r == '\n':
		return true
	case (before|p)&propControl != 0:
		return false
	case p&propJoins != 0, before&propPrepend != 0:
		return true
	case c.pictureZ && p&propPicture != 0, c.linked && p&propConsonant != 0:
		return true
	}
	return hangulJoins(prev, r)
}

// hangulJoins holds the rules for syllables written in parts: lead, vowel, tail.
func hangulJoins(prev, r rune) bool {
	lead := func(r rune) bool { return r >= 0x1100 && r <= 0x115F || r >= 0xA960 && r <= 0xA97C }
	vowel := func(r rune) bool { return r >= 0x1160 && r <= 0x11A7 || r >= 0xD7B0 && r <= 0xD7C6 }
	tail := func(r rune) bool { return r >= 0x11A8 && r <= 0x11FF || r >= 0xD7CB && r <= 0xD7FB }
	open := isSyllable(prev) && (prev-syllables)%tailCount == 0
	switch {
	case lead(prev):
		return lead(r) || vowel(r) || isSyllable(r)
	case vowel(prev), open:
		return vowel(r) || tail(r)
	case tail(prev), isSyllable(prev):
		return tail(r)
	}
	return false
}
