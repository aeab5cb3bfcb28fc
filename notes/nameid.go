package notes

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	uuid = regexp.MustCompile(`(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	// ulid is 26 signs of Crockford's base 32.
	ulid = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)
	// moment is a day and a time run together, to the minute, the second or below, as slips of a card index have it, or the seconds,
	// milliseconds or nanoseconds since 1970.
	moment = regexp.MustCompile(`^(?:(?:19|20)\d{6}T?(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d\d{0,9})?Z?|1\d{9}(?:\d{3}|\d{6}|\d{9})?)$`)
	// nameWord is a piece of a name between what parts its words.
	nameWord = regexp.MustCompile(`[\pL\pM\pN]+`)
	// slip is a number of a card index as Luhmann counted: 1a2b3.
	slip = regexp.MustCompile(`^\d+(?:\p{Ll}\d+){2,}\p{Ll}?$`)
	// padded is a number with zeros before it and one or two letters: d000123.
	padded = regexp.MustCompile(`^\pL{0,2}0\d{2,}$`)
	// serial is a long number with up to three letters: x123456.
	serial = regexp.MustCompile(`^(?:\pL\d{5,}|\pL{2,3}\d{7,})$`)
	// version is how a release is named, and an address of the internet.
	version = regexp.MustCompile(`^[vV]?\d{1,5}(?:\.\d{1,5}){2,3}$`)
)

// withoutIDs cuts out of a name what only tells it from others: UUIDs, long hashes and the like. It tells whether there
// was any.
func withoutIDs(name string) (kept string, cut bool) {
	kept = nameWord.ReplaceAllStringFunc(uuid.ReplaceAllString(name, ""), func(word string) string {
		if isID(word) {
			return ""
		}
		return word
	})
	if kept == name {
		return name, false
	}
	return strings.TrimFunc(kept, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("-_–—.,:~@#", r) }), true
}

// isID tells whether a word is made by a machine: nobody reads or remembers it.
func isID(word string) bool {
	return moment.MatchString(word) || ulid.MatchString(strings.ToUpper(word)) || isHash(word) || isScrambled(word)
}

// isHash tells whether a word of hexadecimal digits is one of a hash. Words and names hold digits too, but not to and fro:
// ed25519, cafe2024.
func isHash(word string) bool {
	word = strings.ToLower(word)
	if len(word) < 7 || strings.Trim(word, "0123456789abcdef") != "" {
		return false
	}
	n := turns(word, unicode.IsDigit)
	return n >= 2 || n == 1 && len(word) >= 16
}

// isScrambled tells whether the signs of a word are drawn at random (KSUID, nanoid, the id of a video): letters and digits, or
// capitals and small letters, take turns all the time.
func isScrambled(word string) bool {
	digits := turns(word, unicode.IsDigit)
	return len(word) >= 16 && digits >= 5 || len(word) >= 10 && digits >= 2 && 2*(digits+turns(word, unicode.IsUpper)) >= len(word)
}

// turns counts how often a word goes from runes of a kind to others, or back.
func turns(word string, is func(rune) bool) (n int) {
	before, first := false, true
	for _, r := range word {
		if !first && is(r) != before {
			n++
		}
		before, first = is(r), false
	}
	return n
}
