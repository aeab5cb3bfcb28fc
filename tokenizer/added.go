package tokenizer

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
