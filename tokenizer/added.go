package tokenizer

import (
	"unicode/utf8"
)

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

// newAddedSet indexes tokens by the form they have in the text they are looked for in. Of two with
// one form the last counts (the Python library picks either).
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

// addTokens gives each added token its id: the vocabulary's, or the next one after it. The id
// written in the file is not looked at, as in the Python library.
func (t *Tokenizer) addTokens(tokens []addedToken) error {
	next := int32(t.model.size())
	place := make(map[string]int)
	var kept []addedToken
	for _, tok := range tokens {
		if tok.Content == "" {
			continue
		}
		if i, ok := place[tok.Content]; ok {
			tok.ID = kept[i].ID
			kept[i] = tok
			continue
		}
		if id, ok := t.model.lookup(tok.Content); ok {
			tok.ID = id
		} else {
			tok.ID = next
			next++
		}
		place[tok.Content] = len(kept)
		kept = append(kept, tok)
	}
	return t.indexTokens(kept)
}

func (t *Tokenizer) indexTokens(tokens []addedToken) error {
	var raw, normal []addedToken
	var rawForms, normalForms []string
	for _, tok := range tokens {
		if tok.Normalized {
			form, err := t.normalForm(tok.Content)
			if err != nil {
				return err
			}
			normal, normalForms = append(normal, tok), append(normalForms, form)
		} else {
			raw, rawForms = append(raw, tok), append(rawForms, tok.Content)
		}
	}
	var err error
	if t.raw, err = newAddedSet(raw, rawForms); err != nil {
		return err
	}
	t.normal, err = newAddedSet(normal, normalForms)
	return err
}

// normalForm runs only the normalizer over s.
func (t *Tokenizer) normalForm(s string) (string, error) {
	var cur text
	cur.load(s, false)
	for _, step := range t.normalize {
		var dst text
		if err := step.normalize(&dst, cur); err != nil {
			return "", err
		}
		cur = dst
	}
	return string(cur.b), nil
}

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
