package ask

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// takeNames finds names: words with a capital inside a sentence, of capitals, or with capitals inside. In a text that writes many
// nouns with a capital, as German does, a word that an article or an adjective stands before is none.
func (w *words) takeNames(s string) {
	fields := strings.Fields(s)
	capitals, long := 0, 0
	for i, f := range fields {
		f = trimWord(f)
		if i > 0 && utf8.RuneCountInString(f) > 3 {
			long++
			if first, _ := utf8.DecodeRuneInString(f); unicode.IsUpper(first) {
				capitals++
			}
		}
	}
	nouns := (long >= 3 && capitals*10 >= long*4 || languageOf(s) == "de") && german.MatchString(s)
	begins, run, inRun := true, 0, false
	before := ""
	for i, raw := range fields {
		f := trimWord(raw)
		low := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(f), "'s"), "’s")
		was := len(w.facts)
		switch isName, weak := nameLike(f, begins); {
		case isLabel(f, begins, before):
			w.facts = append(w.facts, fact{kind: "name", text: low})
		case !isName || functionWords[low] || monthOf(low) > 0 || numberWords[low] > 0:
		case nouns && !weak && !strings.ContainsFunc(f[1:], unicode.IsUpper) && bindsNoun(before):
		case weak && starters[low]:
		case weak && !nouns && (strings.HasSuffix(raw, ":") || !isSubject(f, low, fields[i+1:])):
		default:
			w.facts = append(w.facts, fact{kind: "name", text: low, weak: weak || nouns})
		}
		if len(w.facts) > was {
			if !inRun {
				run++
			}
			w.facts[was].run, w.facts[was].owner = run, low != strings.ToLower(f)
		}
		inRun = len(w.facts) > was && !strings.ContainsAny(raw[len(raw)-1:], ",;:.)|") && !strings.HasSuffix(low, "'s") && low == strings.ToLower(f)
		begins = strings.HasSuffix(raw, ":") || strings.HasSuffix(raw, ";") || strings.HasSuffix(raw, ".") && len(raw) > 3
		if f != "" {
			before = low
		}
	}
}

// isLabel tells the letter of "row C" or "plan B".
func isLabel(f string, begins bool, before string) bool {
	return len(f) == 1 && f >= "A" && f <= "Z" && f != "I" && !begins && before != "" && !functionWords[before]
}

var (
	verb     = regexp.MustCompile(`^(?:is|was|has|had|does|did|will|would|can|could|may|might|must|should|[a-z]{2,}s|[a-z]{2,}ed|wrote|led|ran|made|took|gave|built|kept|held|spent|left|met|went|came|said|told|found|chose|drew|drove|spoke|won|sold|bought|sent|set|put|saw|knew|began|became|got|thought|taught|brought|paid|read)$`)
	plural   = regexp.MustCompile(`[^s]s$`)
	ofOne    = regexp.MustCompile(`^(?:is|was|has|does|[a-z]+[^s]s)$`)
	noPerson = regexp.MustCompile(`(?:[^s]s|ing|ion|ity|ment|ness|ance|ence|ship|age|ure|ism|ly|ics)$`)
)

// isSubject tells whether a word that begins a sentence is a name, as far as what follows it shows: a capital, or a verb that has one
// person or thing as its subject, where words for things have an article.
func isSubject(f, low string, rest []string) bool {
	if len(f) != len(low) && len(f) == len(low)+2 { // "Tor's"
		return true
	}
	if len(rest) == 0 {
		return false
	}
	if rest[0] == ";" { // a cell of a table
		return true
	}
	next := trimWord(rest[0])
	if describes(low, next, rest[1:]) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(next)
	return unicode.IsUpper(first) && utf8.RuneCountInString(next) > 1 || verb.MatchString(next) && (!noPerson.MatchString(low) || plural.MatchString(low) && ofOne.MatchString(next))
}

var (
	afterThings = listed(`are were have do can cannot could may might must should will would need never always of such with that who which`)
	articles    = listed(`the a an his her its their our your my`)
	adjectives  = listed(`big small large little great young old new high low long short deep wide narrow broad thick thin heavy light dark bright hot cold warm cool wet dry moist damp sticky bare
		sharp blunt soft hard loud quiet strong weak fast slow quick early late fresh rotten ripe raw clean dirty full empty open closed free cheap expensive rich poor good bad better worse best worst
		human personal normal usual regular special common rare typical ordinary private public local foreign national general main major minor important serious severe simple complex easy difficult
		safe dangerous healthy sick ill injured dead living live broken damaged faulty spare extra additional further other different similar same single double whole half only certain various several
		red green blue yellow white black brown grey gray pink orange wooden metal wild tame sweet sour bitter salty electric digital manual automatic weekly daily monthly yearly annual nightly
		internal external senior junior former current recent previous next last final initial temporary permanent unused used untrained trained experienced shy timid guilty incoming outgoing`)
	describing = regexp.MustCompile(`(?:able|ible|ful|less|ous|ive|ical|ised|ized)$`)
)

// describes tells that a word which begins a sentence says of what kind the things are that are named next: "Sticky bands catch" is not
// "Tor owns", though both words have the same endings.
func describes(low, next string, rest []string) bool {
	if !plural.MatchString(next) || len(rest) > 0 && articles[trimWord(rest[0])] {
		return false
	}
	return adjectives[low] || describing.MatchString(low) || len(rest) > 0 && afterThings[trimWord(rest[0])]
}

func trimWord(f string) string {
	return strings.TrimFunc(f, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func nameLike(f string, begins bool) (name, weak bool) {
	first, size := utf8.DecodeRuneInString(f)
	if !unicode.IsUpper(first) || utf8.RuneCountInString(f) < 2 {
		return strings.ContainsFunc(f, unicode.IsUpper) && utf8.RuneCountInString(f) > 2, false // "iPhone"
	}
	inside := strings.ContainsFunc(f[size:], unicode.IsUpper)
	return true, begins && !inside
}

// bindsNoun tells words that stand before nouns: articles and adjectives of German.
func bindsNoun(w string) bool {
	for _, end := range []string{"e", "en", "er", "es", "em"} {
		if strings.HasSuffix(w, end) && utf8.RuneCountInString(w) >= 3 {
			return true
		}
	}
	return functionWords[w]
}

// spells looks for a name among all words, whatever capitals they have.
func (w *words) spells(name string) bool {
	for word := range strings.FieldsFuncSeq(w.plain, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' }) {
		if sameName(name, word) {
			return true
		}
		for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return r == '-' || r == '_' }) {
			if sameName(name, part) {
				return true
			}
		}
	}
	return false
}

// sameName tells whether two words are forms of one name: equal, or one with an ending of inflection behind the other.
func sameName(a, b string) bool {
	if a == b {
		return true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	if end, ok := strings.CutPrefix(b, a); ok && utf8.RuneCountInString(a) >= 3 {
		switch end {
		case "s", "'s", "’s", "es", "n", "en", "ns", "e", "er", "ern", "'", "’", "а", "у", "ом", "ы", "и", "ов", "ем", "е", "em", "owi", "iem", "u", "ia", "ie":
			return true
		}
	}
	ra, rb := []rune(a), []rune(b)
	return ra[0] > 0x24f && len(ra) >= 4 && len(rb)-len(ra) <= 2 && string(ra[:len(ra)-1]) == string(rb[:len(ra)-1])
}
