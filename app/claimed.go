package app

import (
	"maps"
	"slices"
	"strings"

	"amalfa/notes"
)

// A claimedKey is what the notes say of one key.
type claimedKey struct {
	spelled map[string]bool
	kinds   map[string][]Claimed // by note, one each
}

// claimed is what the notes say, by notes.SameKey.
type claimed map[string]claimedKey

// note adds what a note says. Of several values of one kind the first counts, and the others where another note says the same.
func (c claimed) note(id, text string) {
	head, _ := notes.ReadHead([]byte(text)) // what is wrong with it, coverage tells
	for _, p := range notes.Pairs([]byte(text), head) {
		claims := notes.Claims(p.Value)
		if len(claims) == 0 || notes.OwnKey(p.Key) {
			continue
		}
		same := notes.SameKey(p.Key)
		if _, ok := c[same]; !ok {
			c[same] = claimedKey{map[string]bool{}, map[string][]Claimed{}}
		}
		c[same].spelled[p.Key] = true
		for _, claim := range claims {
			c[same].kinds[claim.Kind] = withClaim(c[same].kinds[claim.Kind], Claimed{id, p.Line, p.Value, claim.Forms, claim.Weak})
		}
	}
}

func withClaim(values []Claimed, v Claimed) []Claimed {
	last := len(values) - 1
	if last < 0 || values[last].ID != v.ID {
		return append(values, v)
	}
	if values[last].weak && !v.weak {
		values[last], v = v, values[last]
	}
	values[last].forms = slices.Concat(values[last].forms, v.forms)
	return values
}

// comparable are the values of a key that can be compared, by kind. A number is a date or a version where another value of the key is one, or
// where the key says so.
func (k claimedKey) comparable(same string) map[string][]Claimed {
	groups, taken := map[string][]Claimed{}, map[string]bool{}
	numbers := k.kinds[notes.NumberClaim]
	for kind, values := range k.kinds {
		if kind != notes.NumberClaim && (strings.HasSuffix(same, kind) || slices.ContainsFunc(values, func(v Claimed) bool { return !v.weak })) {
			groups[kind] = values
			for _, v := range values {
				taken[v.ID] = true
			}
		}
	}
	groups[notes.NumberClaim] = slices.DeleteFunc(slices.Clone(numbers), func(v Claimed) bool { return taken[v.ID] })
	return groups
}

// spelling is a key as all notes spell it, or its words.
func spelling(same string, spelled map[string]bool) string {
	all := slices.Sorted(maps.Keys(spelled))
	if len(all) == 1 {
		return all[0]
	}
	longest := same
	for _, s := range all {
		if words := strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" _-", r) }), " "); len(words) > len(longest) {
			longest = words
		}
	}
	return longest
}

// contradict tells whether two notes differ, and not most of three or more, each in its own way.
func contradict(kind string, values []Claimed) bool {
	holders := agreed(values)
	if kind == notes.DateClaim {
		holders = exact(holders)
	}
	own := 0
	for _, n := range holders {
		if n == 1 {
			own++
		}
	}
	return len(holders) > 1 && (len(values) == 2 || 2*own <= len(values))
}

// agreed counts the notes of each value. One that may mean several things means what another note says.
func agreed(values []Claimed) map[string]int {
	holders := map[string]int{}
	for _, v := range values {
		holders[v.forms[0]]++
	}
	for _, v := range values {
		first := v.forms[0]
		another := slices.IndexFunc(v.forms, func(form string) bool { return form != first && holders[form] > 0 })
		if holders[first] == 1 && another > 0 {
			delete(holders, first)
			holders[v.forms[another]]++
		}
	}
	return holders
}

// exact counts a date that is less exact than another one as that: 2024 and 2024-03.
func exact(holders map[string]int) map[string]int {
	dates := slices.Sorted(maps.Keys(holders)) // what begins another one stands right before it
	for i, d := range dates[:max(len(dates)-1, 0)] {
		if strings.HasPrefix(dates[i+1], d) {
			holders[dates[i+1]] += holders[d]
			delete(holders, d)
		}
	}
	return holders
}
