package consent

import (
	"math"
	"regexp"
	"slices"
	"strings"
)

// A rule is a form that secrets have. A text without one of its words, in lower case, has none of them.
type rule struct {
	kind  string
	words []string
	form  *regexp.Regexp // its last group is the secret, or all of it where it has none
	holds func(secret, match string) bool
}

// A secret is a piece of a text that looks like one.
type secret struct {
	start, end int
	kind       string
	line       int // of the note that it begins on
}

// find returns what looks like a secret in a text, in its order, no piece within another.
func find(text string) []secret {
	lower := strings.ToLower(text)
	var all []secret
	for _, r := range rules() {
		if !slices.ContainsFunc(r.words, func(w string) bool { return strings.Contains(lower, w) }) {
			continue
		}
		for _, at := range r.form.FindAllStringSubmatchIndex(text, -1) {
			start, end := lastGroup(at)
			if r.holds == nil || r.holds(text[start:end], text[at[0]:at[1]]) {
				all = append(all, secret{start, end, r.kind, 0})
			}
		}
	}
	if strings.Contains(text, "|") {
		all = append(all, inTables(text)...)
	}
	return apart(text, all)
}

func lastGroup(at []int) (start, end int) {
	for i := len(at) - 2; i >= 0; i -= 2 {
		if at[i] >= 0 && at[i+1] > at[i] {
			return at[i], at[i+1]
		}
	}
	return at[0], at[1]
}

// isFilledIn tells a value from what stands for one in an example: ${TOKEN}, <password>, xxxx, "your-key", changeme.
func isFilledIn(value string) bool {
	lower := strings.ToLower(strings.Trim(value, `"'`+"`*.,;"))
	switch {
	case lower == "", strings.ContainsAny(lower[:1], "$<{%[("), strings.Contains(lower, "${"), strings.Contains(lower, "{{"),
		strings.Contains(lower, "example"), strings.Contains(lower, "your"), strings.Contains(lower, "..."), strings.Contains(lower, "…"):
		return false
	case slices.Contains([]string{"password", "passwd", "pass", "secret", "token", "changeme", "none", "null", "true", "false", "required", "optional", "string", "redacted"}, lower):
		return false
	}
	return strings.Trim(lower, lower[:1]) != "" // not one character over and over
}

var reference = regexp.MustCompile(`^[A-Za-z_][\w]*(?:(?:\.|::|->)[A-Za-z_]\w*)+\(?|\(|^https?://|^[./~]+/`)

// isAssigned tells a value that was given to a name from a word of prose and from the source of a program.
func isAssigned(value, match string) bool {
	if !isFilledIn(value) || reference.MatchString(value) {
		return false
	}
	quoted := strings.HasSuffix(match, `"`) || strings.HasSuffix(match, "'") || strings.HasSuffix(match, "`")
	return quoted || isMixed(value) || strings.Contains(match, "=") && len(value) >= 8 || len(value) >= 20 && entropy(value) >= 3.5
}

// isSecretNumber tells a PIN from a year.
func isSecretNumber(value, _ string) bool {
	return isFilledIn(value) && !(len(value) == 4 && (strings.HasPrefix(value, "19") || strings.HasPrefix(value, "20")))
}

// isWordList tells the twelve to twenty-four words of a wallet from a sentence, which has short words among its own: their list
// has none of these.
func isWordList(value, _ string) bool {
	for _, w := range strings.FieldsFunc(strings.ToLower(value), func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\t' }) {
		if slices.Contains([]string{"the", "and", "are", "not", "for", "was", "but", "has", "had", "its", "with", "from", "that", "this", "your", "have", "into"}, w) {
			return false
		}
	}
	return true
}

// isMixed tells whether letters stand with digits or signs, as in no word of prose.
func isMixed(s string) bool {
	letters := strings.ContainsFunc(s, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
	digits := strings.ContainsAny(s, "0123456789")
	signs := strings.ContainsAny(s, "!@#$%^&*+/=?~|")
	inner := len(s) > 1 && strings.ToLower(s[1:]) != s[1:] && strings.ToUpper(s) != s
	return letters && (digits || signs || inner)
}

// entropy is Shannon's, in bits a character.
func entropy(s string) (bits float64) {
	counts := map[rune]float64{}
	for _, r := range s {
		counts[r]++
	}
	for _, n := range counts {
		share := n / float64(len([]rune(s)))
		bits -= share * math.Log2(share)
	}
	return bits
}

// isBearer tells a token from a word that stands in the same place.
func isBearer(value, _ string) bool { return isFilledIn(value) && (isMixed(value) || len(value) >= 32) }
