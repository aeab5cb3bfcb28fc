package tokenizer

import "unicode/utf8"

// addedToken is an entry of tokenizer.json's added_tokens: text that is one token wherever it stands.
type addedToken struct {
	ID         int32  `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"` // only where no word character touches it
	LStrip     bool   `json:"lstrip"`      // takes the white space before it along
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"` // found in the normalized text, by its normalized form
	Special    bool   `json:"special"`
}

// addedSet finds a set of added tokens in a text.
type addedSet struct {
	trie   *trie
	tokens []addedToken
	first  [256]bool // the bytes that can start a match
}

// newAddedSet indexes tokens by the form they have in the text they are looked for in.
func newAddedSet(tokens []addedToken, forms []string) (*addedSet, error) {
	if len(tokens) == 0 {
		return nil, nil
	}
	set := &addedSet{tokens: tokens}
	entries := make([]entry, 0, len(forms))
	for i, form := range forms {
		if form == "" {
			continue
		}
		entries = append(entries, entry{key: form, value: int32(i)})
		set.first[form[0]] = true
	}
	var err error
	set.trie, err = newTrie(entries)
	return set, err
}

// split cuts t at the added tokens in it: leftmost match first, and of those the longest.
// asText leaves special tokens in the text. Empty parts are left out.
func (set *addedSet) split(t text, asText bool, u *unicodeTables, yield func(piece)) {
	if set == nil {
		if len(t.b) > 0 {
			yield(piece{text: t})
		}
		return
	}
	done := 0 // end of what was handed out
	for i := 0; i < len(t.b); {
		if !set.first[t.b[i]] {
			i++
			continue
		}
		v, n := set.trie.longest(root, t.b[i:])
		if v < 0 {
			i++
			continue
		}
		start, end := i, i+n
		i = end
		tok := &set.tokens[v]
		if asText && tok.Special || tok.SingleWord && !standsAlone(t.b, start, end, u) {
			continue
		}
		if tok.LStrip {
			start = max(trimSpaceEnd(t.b[:start], u), done)
		}
		if tok.RStrip {
			end += leadingSpace(t.b[end:], u)
		}
		if done < start {
			yield(piece{text: t.slice(done, start)})
		}
		if start < end {
			yield(piece{text: t.slice(start, end), added: tok})
		}
		done = end
	}
	if done < len(t.b) {
		yield(piece{text: t.slice(done, len(t.b))})
	}
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
