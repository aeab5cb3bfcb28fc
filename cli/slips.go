package cli

import (
	"slices"
	"strings"
)

// mostSuggested bounds what is suggested for one word.
const mostSuggested = 3

// nearest are the names that word is a slip of, the best first: those as far from it as the best one is.
func nearest(word string, names []string) []string {
	typed := plainName(word)
	best, found := slipsAllowed(typed), []string(nil)
	for _, name := range names {
		far := slips(typed, plainName(name))
		if isPart(typed, name) {
			far = min(far, 5)
		}
		switch {
		case far > best:
		case far == best:
			found = append(found, name)
		default:
			best, found = far, []string{name}
		}
	}
	return found[:min(len(found), mostSuggested)]
}

// plainName is a name without what is easily left out: case, dashes, underscores.
func plainName(s string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
}

// isPart reports that typed is the beginning of a name, or one of the words that it is made of.
func isPart(typed, name string) bool {
	return len(typed) >= 3 && (strings.HasPrefix(plainName(name), typed) || slices.Contains(strings.Split(name, "-"), typed))
}

// slipsAllowed is the distance (of slips) up to which a word of that length still means a name: one slip in 3 or 4
// letters, two in 5 to 8, three above. A word of one or two letters looks like too much.
func slipsAllowed(typed string) int {
	switch n := len(typed); {
	case n < 3:
		return 0
	case n < 5:
		return 10
	case n < 9:
		return 20
	}
	return 30
}

// slips is how many slips of the fingers lie between two words, times ten: a letter left out, added, swapped with the
// next or replaced is one; a doubled letter, and a letter of the next key, are less.
//
// The distance is Damerau's in its restricted form (optimal string alignment).
func slips(a, b string) int {
	x, y := []rune(a), []rune(b)
	d := make([][]int, len(x)+1)
	for i := range d {
		d[i] = make([]int, len(y)+1)
		d[i][0] = 10 * i
	}
	for j := range d[0] {
		d[0][j] = 10 * j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			d[i][j] = min(d[i-1][j]+dropped(x, i-1), d[i][j-1]+dropped(y, j-1), d[i-1][j-1]+replaced(x[i-1], y[j-1]))
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+8)
			}
		}
	}
	return d[len(x)][len(y)]
}

func dropped(word []rune, i int) int {
	if i > 0 && word[i] == word[i-1] {
		return 6
	}
	return 10
}

func replaced(a, b rune) int {
	if a == b {
		return 0
	}
	for _, row := range []string{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"} {
		if i, j := strings.IndexRune(row, a), strings.IndexRune(row, b); i >= 0 && j >= 0 && (i-j == 1 || j-i == 1) {
			return 7
		}
	}
	return 10
}
