package tokenizer

import (
	"encoding/json"
	"unicode/utf8"
)

// trimming takes the white space at the ends of a token out of its offsets.
type trimming struct {
	prefix bool // a single space before the first token was not in the text, and counts as part of it
}

// readTrimming reads the settings of a ByteLevel or RobertaProcessing; nil means no trimming.
func readTrimming(raw json.RawMessage) (*trimming, error) {
	c := struct {
		Trim   bool `json:"trim_offsets"`
		Prefix bool `json:"add_prefix_space"`
	}{true, true}
	if err := json.Unmarshal(raw, &c); err != nil || !c.Trim {
		return nil, err
	}
	return &trimming{c.Prefix}, nil
}

// apply moves the offsets of q's tokens in the text s as given.
func (m *trimming) apply(q *sequence, s string, u *unicodeTables) {
	for i, name := range q.names {
		before, after := blanks(name, u)
		at := &q.spans[i]
		if m.prefix && before == 1 && (i == 0 || at.lo == 0) {
			before = 0
		}
		for ; before > 0 && at.lo < at.hi; before-- {
			_, n := utf8.DecodeRuneInString(s[at.lo:])
			at.lo += int32(n)
		}
		if after > 0 {
			at.hi = max(at.lo, stepBack(s, at.hi, after))
		}
	}
}

// stepBack returns where the n-th character before hi starts; hi where there are fewer.
func stepBack(s string, hi int32, n int) int32 {
	lo := hi
	for ; n > 0; n-- {
		if lo == 0 {
			return hi
		}
		_, size := utf8.DecodeLastRuneInString(s[:lo])
		lo -= int32(size)
	}
	return lo
}

// blanks counts the white space at the ends of a token, as it is or in the letter of its byte.
func blanks(name string, u *unicodeTables) (before, after int) {
	blank := func(r rune) bool { return r == spaceLetter || u.props(r)&propSpace != 0 }
	for _, r := range name {
		if !blank(r) {
			break
		}
		before++
	}
	for len(name) > 0 {
		r, n := utf8.DecodeLastRuneInString(name)
		if !blank(r) {
			break
		}
		name = name[:len(name)-n]
		after++
	}
	return before, after
}
