package tokenizer

import "unicode/utf8"

// match is an added token found in a text.
type match struct {
	start, end int
	token      *addedToken
}

// next finds the first match that starts at from or after, and of those the longest.
func (set *addedSet) next(b []byte, from int) (match, bool) {
	for i := from; i < len(b); i++ {
		if !set.first[b[i]] {
			continue
		}
		if v, n := set.trie.longest(root, b[i:]); v >= 0 {
			return match{i, i + n, &set.tokens[v]}, true
		}
	}
	return match{}, false
}

// split cuts t at the added tokens in it. asText leaves special tokens in the text. Empty parts
// are left out. A nil set has no tokens.
func (set *addedSet) split(t text, asText bool, u *unicodeTables, yield func(piece)) {
	pass := func(lo, hi int, token *addedToken) {
		if lo < hi {
			yield(piece{text: t.slice(lo, hi), added: token})
		}
	}
	done := 0 // end of what was handed out
	for at := 0; set != nil; {
		m, ok := set.next(t.b, at)
		if !ok {
			break
		}
		at = m.end
		if asText && m.token.Special || m.token.SingleWord && !standsAlone(t.b, m.start, m.end, u) {
			continue
		}
		if m.token.LStrip {
			m.start = max(trimSpaceEnd(t.b[:m.start], u), done)
		}
		if m.token.RStrip {
			m.end += leadingSpace(t.b[m.end:], u)
		}
		pass(done, m.start, nil)
		pass(m.start, m.end, m.token)
		done = m.end
	}
	pass(done, len(t.b), nil)
}

// standsAlone reports whether no word character touches b[start:end].
func standsAlone(b []byte, start, end int, u *unicodeTables) bool {
	before, n := utf8.DecodeLastRune(b[:start])
	after, m := utf8.DecodeRune(b[end:])
	return (n == 0 || u.props(before)&propWord == 0) && (m == 0 || u.props(after)&propWord == 0)
}

// trimSpaceEnd returns the length of b without the white space at its end.
func trimSpaceEnd(b []byte, u *unicodeTables) int {
	for len(b) > 0 {
		r, n := utf8.DecodeLastRune(b)
		if u.props(r)&propSpace == 0 {
			break
		}
		b = b[:len(b)-n]
	}
	return len(b)
}

// leadingSpace returns the length of the white space b starts with.
func leadingSpace(b []byte, u *unicodeTables) int {
	i := 0
	for i < len(b) {
		r, n := utf8.DecodeRune(b[i:])
		if u.props(r)&propSpace == 0 {
			break
		}
		i += n
	}
	return i
}
