package text

import "strings"

// Stem cuts the endings of English words, by Porter's algorithm of 1980 as SQLite's FTS5 runs it. Other scripts pass unchanged: their letters count as consonants.
//
// M. F. Porter, An algorithm for suffix stripping, Program 14 (3).
func Stem(term string) string {
	if len(term) < 3 || len(term) > maxTerm {
		return term
	}
	s := stepOne(term)
	s = replaceEnding(s, stepTwo[penultimate(s)], 0)
	s = replaceEnding(s, stepThree[last(s)], 0)
	return stepFive(stepFour(s))
}

// ending is what the stem of a word may end in, and what stands there instead.
type ending struct{ from, to string }

// Endings by the last letter but one, and by the last letter.
var (
	stepTwo = map[byte][]ending{
		'a': {{"ational", "ate"}, {"tional", "tion"}},
		'c': {{"enci", "ence"}, {"anci", "ance"}},
		'e': {{"izer", "ize"}},
		'g': {{"logi", "log"}},
		'l': {{"bli", "ble"}, {"alli", "al"}, {"entli", "ent"}, {"eli", "e"}, {"ousli", "ous"}},
		'o': {{"ization", "ize"}, {"ation", "ate"}, {"ator", "ate"}},
		's': {{"alism", "al"}, {"iveness", "ive"}, {"fulness", "ful"}, {"ousness", "ous"}},
		't': {{"aliti", "al"}, {"iviti", "ive"}, {"biliti", "ble"}},
	}
	stepThree = map[byte][]ending{
		'e': {{"icate", "ic"}, {"ative", ""}, {"alize", "al"}},
		'i': {{"iciti", "ic"}},
		'l': {{"ical", "ic"}, {"ful", ""}},
		's': {{"ness", ""}},
	}
	stepFourEndings = map[byte][]string{
		'a': {"al"}, 'c': {"ance", "ence"}, 'e': {"er"}, 'i': {"ic"}, 'l': {"able", "ible"},
		'n': {"ant", "ement", "ment", "ent"}, 'o': {"ion", "ou"}, 's': {"ism"}, 't': {"ate", "iti"},
		'u': {"ous"}, 'v': {"ive"}, 'z': {"ize"},
	}
)

func last(s string) byte { return s[len(s)-1] }

func penultimate(s string) byte {
	if len(s) < 2 {
		return 0
	}
	return s[len(s)-2]
}

// replaceEnding swaps the first of the endings that s has, if more than least vowel-consonant pairs stand before it.
func replaceEnding(s string, endings []ending, least int) string {
	for _, e := range endings {
		if head, ok := cutEnding(s, e.from); ok {
			if measure(head) > least {
				return head + e.to
			}
			return s
		}
	}
	return s
}

// cutEnding leaves at least one letter.
func cutEnding(s, ending string) (string, bool) {
	if len(s) <= len(ending) {
		return s, false
	}
	return strings.CutSuffix(s, ending)
}

// stepOne undoes plurals, -ed, -ing and a final y.
func stepOne(s string) string {
	if last(s) == 's' {
		switch {
		case strings.HasSuffix(s, "sses") && len(s) > 4, strings.HasSuffix(s, "ies") && len(s) > 3:
			s = s[:len(s)-2]
		case penultimate(s) != 's':
			s = s[:len(s)-1]
		}
	}
	if head, ok := cutEnding(s, "eed"); ok {
		if measure(head) > 0 {
			s = s[:len(s)-1]
		}
	} else if head, ok := cutEnding(s, "ed"); ok && hasVowel(head) {
		s = mend(head)
	} else if head, ok := cutEnding(s, "ing"); ok && hasVowel(head) {
		s = mend(head)
	}
	if last(s) == 'y' && hasVowel(s[:len(s)-1]) {
		s = s[:len(s)-1] + "i"
	}
	return s
}

// mend repairs what is left when -ed or -ing is gone.
func mend(s string) string {
	switch {
	case strings.HasSuffix(s, "at") && len(s) > 2, strings.HasSuffix(s, "bl") && len(s) > 2, strings.HasSuffix(s, "iz") && len(s) > 2:
		return s + "e"
	case len(s) > 1 && last(s) == penultimate(s) && !isVowel(last(s), false) && !strings.ContainsRune("lsz", rune(last(s))):
		return s[:len(s)-1]
	case measure(s) == 1 && endsShort(s):
		return s + "e"
	}
	return s
}

func stepFour(s string) string {
	for _, e := range stepFourEndings[penultimate(s)] {
		head, ok := cutEnding(s, e)
		if !ok {
			continue
		}
		if measure(head) > 1 && (e != "ion" || last(head) == 's' || last(head) == 't') {
			return head
		}
		return s
	}
	return s
}

func stepFive(s string) string {
	if last(s) == 'e' {
		head := s[:len(s)-1]
		if m := measure(head); m > 1 || m == 1 && !endsShort(head) {
			s = head
		}
	}
	if len(s) > 1 && strings.HasSuffix(s, "ll") && measure(s[:len(s)-1]) > 1 {
		s = s[:len(s)-1]
	}
	return s
}

func isVowel(c byte, afterConsonant bool) bool {
	switch c {
	case 'a', 'e', 'i', 'o', 'u':
		return true
	case 'y':
		return afterConsonant
	}
	return false
}

// measure counts the changes from vowels to consonants.
func measure(s string) int {
	n := 0
	consonant, before := false, false
	for i := range len(s) {
		vowel := isVowel(s[i], consonant)
		if i > 0 && before && !vowel {
			n++
		}
		consonant, before = !vowel, vowel
	}
	return n
}

func hasVowel(s string) bool {
	for i := range len(s) {
		if isVowel(s[i], i > 0) {
			return true
		}
	}
	return false
}

// endsShort tells whether s ends consonant, vowel, consonant, and the last is not w, x or y.
func endsShort(s string) bool {
	if s == "" || strings.IndexByte("wxy", last(s)) >= 0 {
		return false
	}
	mask, consonant := 0, false
	for i := range len(s) {
		consonant = !isVowel(s[i], consonant)
		mask <<= 1
		if consonant {
			mask |= 1
		}
	}
	return mask&7 == 5
}
