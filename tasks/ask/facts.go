package ask

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"amalfa/store/text"
)

// A fact is a part of a sentence that must stand in its evidence: a number with its unit, a version, a date, a name.
type fact struct {
	kind string // "number", "version", "date", "name"
	text string // normal form
	unit string // of a number, "" for none that is known
	date [3]int // year, month, day; 0 for what is not said
	weak bool   // a name that only its capital at the beginning of the sentence speaks for
}

// words are what a text says: its content, stemmed, and its facts.
type words struct {
	text     string
	content  map[string]float64
	facts    []fact
	negative bool
}

func newWords(s string) *words {
	w := &words{text: s, content: map[string]float64{}, negative: isNegative(s)}
	rest := w.takeNumbers(s)
	w.takeNames(rest)
	for _, t := range text.Terms(rest) {
		if functionWords[t] || utf8.RuneCountInString(t) == 1 && t[0] < utf8.RuneSelf {
			continue
		}
		if _, err := strconv.Atoi(t); err == nil {
			continue
		}
		weight := 1.0
		if utf8.RuneCountInString(t) <= 3 && t[0] < utf8.RuneSelf {
			weight = 0.6
		}
		w.content[text.Stem(t)] = weight
	}
	return w
}

const monthNames = `jan(?:uary|uar|vier|eiro)?|feb(?:ruary|ruar|rero)?|m(?:ar(?:ch)?|ärz|aerz|ars)|apr(?:il)?|ma[iy]|jun[ie]?|jul[iy]?|aug(?:ust)?|sep(?:t|tember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?`

var (
	isoDate    = regexp.MustCompile(`\b(\d{4})-(\d{1,2})(?:-(\d{1,2}))?\b`)
	dottedDate = regexp.MustCompile(`\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\b`)
	slashDate  = regexp.MustCompile(`\b(\d{1,2})/(\d{1,2})/(\d{4})\b`)
	dayMonth   = regexp.MustCompile(`(?i)\b(\d{1,2})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?(` + monthNames + `)\b\.?,?(?:\s+(\d{4})\b)?`)
	monthDay   = regexp.MustCompile(`(?i)\b(` + monthNames + `)\b\.?\s+(\d{1,2})(?:st|nd|rd|th)?\b,?(?:\s+(\d{4})\b)?`)
	monthYear  = regexp.MustCompile(`(?i)\b(` + monthNames + `)\b\.?,?\s+(?:of\s+)?(\d{4})\b`)
	version    = regexp.MustCompile(`(?i)\bv?(\d+(?:\.\d+){2,}(?:-[a-z0-9.]+)?)\b|\bv(\d+(?:\.\d+)*)\b`)
	clock      = regexp.MustCompile(`\b\d{1,2}:\d{2}(?::\d{2})?\b`)
	identifier = regexp.MustCompile(`\b[\p{L}_]+[-_]?\d[\p{L}\d_-]*\b`)
	german     = regexp.MustCompile(`(?i)\b(?:der|die|das|den|dem|ein|eine|einen|und|ist|sind|nicht|mit|von|wird|wurde)\b`)
	number     = regexp.MustCompile(`[-−]?\d+(?:[.,'’\x{00a0}\x{202f} ]\d{3})*(?:[.,]\d+)?`)
	unitBehind = regexp.MustCompile(`^[\s\x{00a0}\x{202f}-]?(%|[\p{L}°µ€$£]{1,14}(?:/[a-z]{1,3})?)`)
	unitBefore = regexp.MustCompile(`([€$£])\s?$`)
	spelled    = regexp.MustCompile(`(?i)\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|hundred|thousand|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|zwanzig|dreißig|hundert|tausend)\b`)
)

// takeNumbers takes dates, versions and numbers out of a text.
func (w *words) takeNumbers(s string) string {
	take := func(re *regexp.Regexp, read func(m []string, before, behind string) (fact, bool)) {
		var b strings.Builder
		at := 0
		for _, loc := range re.FindAllStringSubmatchIndex(s, -1) {
			m := make([]string, len(loc)/2)
			for i := range m {
				if loc[2*i] >= 0 {
					m[i] = s[loc[2*i]:loc[2*i+1]]
				}
			}
			f, ok := read(m, s[:loc[0]], s[loc[1]:])
			if !ok {
				continue
			}
			w.facts = append(w.facts, f)
			b.WriteString(s[at:loc[0]] + " ")
			at = loc[1]
		}
		s = b.String() + s[at:]
	}
	date := func(year, month, day string) (fact, bool) {
		f := fact{kind: "date", date: [3]int{atoi(year), monthOf(month), atoi(day)}}
		return f, f.date[1] >= 1 && f.date[1] <= 12 && f.date[2] <= 31
	}
	take(isoDate, func(m []string, _, _ string) (fact, bool) { return date(m[1], m[2], m[3]) })
	take(dottedDate, func(m []string, _, _ string) (fact, bool) { return date(m[3], m[2], m[1]) })
	take(slashDate, func(m []string, _, _ string) (fact, bool) {
		if atoi(m[1]) > 12 {
			return date(m[3], m[2], m[1])
		}
		return date(m[3], m[1], m[2])
	})
	take(dayMonth, func(m []string, _, _ string) (fact, bool) { return date(m[3], m[2], m[1]) })
	take(monthYear, func(m []string, _, _ string) (fact, bool) { return date(m[2], m[1], "") })
	take(monthDay, func(m []string, _, _ string) (fact, bool) { return date(m[3], m[1], m[2]) })
	take(version, func(m []string, _, _ string) (fact, bool) {
		return fact{kind: "version", text: strings.ToLower(m[1] + m[2])}, true
	})
	take(clock, func(m []string, _, _ string) (fact, bool) {
		return fact{kind: "number", text: strings.TrimLeft(m[0], "0"), unit: "clock"}, true
	})
	take(identifier, func(m []string, _, _ string) (fact, bool) {
		return fact{kind: "name", text: strings.ToLower(m[0])}, true
	})
	take(number, func(m []string, before, behind string) (fact, bool) {
		return fact{kind: "number", text: normalNumber(m[0], before), unit: unitOf(before, behind)}, true
	})
	take(spelled, func(m []string, _, behind string) (fact, bool) {
		return fact{kind: "number", text: spelledValue(m[1]), unit: unitOf("", behind)}, true
	})
	return s
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// monthOf reads a month, in figures or by the beginning of its name.
func monthOf(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	s = strings.ToLower(s)
	for i, starts := range []string{"jan", "feb", "mar mär mae", "apr", "mai may", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez"} {
		for start := range strings.FieldsSeq(starts) {
			if strings.HasPrefix(s, start) && regexp.MustCompile(`^(?i)(?:`+monthNames+`)$`).MatchString(s) {
				return i + 1
			}
		}
	}
	return 0
}

// normalNumber makes 1,000 and 1 000 and 1000 one, and 3.50 and 3,5. A dash is a minus only where no word stands before it.
func normalNumber(s, before string) string {
	minus := strings.HasPrefix(s, "-") || strings.HasPrefix(s, "−")
	s = strings.TrimLeft(s, "-−")
	last, _ := utf8.DecodeLastRuneInString(before)
	minus = minus && !unicode.IsLetter(last) && !unicode.IsDigit(last)
	s = regexp.MustCompile(`['’\x{00a0}\x{202f} ]`).ReplaceAllString(s, "")
	if strings.Count(s, ",")+strings.Count(s, ".") > 1 && strings.Contains(s, ",") && strings.Contains(s, ".") { // the last is the decimal mark
		point := strings.LastIndexAny(s, ",.")
		s = strings.NewReplacer(",", "", ".", "").Replace(s[:point]) + "." + s[point+1:]
	} else if regexp.MustCompile(`^\d{1,3}(?:[,.]\d{3})+$`).MatchString(s) && !strings.HasPrefix(s, "0") {
		s = strings.NewReplacer(",", "", ".", "").Replace(s)
	}
	s = strings.ReplaceAll(s, ",", ".")
	if v, err := strconv.ParseFloat(s, 64); err == nil {
		s = strconv.FormatFloat(v, 'f', -1, 64)
	}
	if minus {
		s = "-" + s
	}
	return s
}

func spelledValue(word string) string {
	for value, names := range map[string]string{"2": "two zwei", "3": "three drei", "4": "four vier", "5": "five fünf", "6": "six sechs", "7": "seven sieben",
		"8": "eight acht", "9": "nine neun", "10": "ten zehn", "11": "eleven elf", "12": "twelve zwölf", "20": "twenty zwanzig", "30": "thirty dreißig",
		"40": "forty", "50": "fifty", "60": "sixty", "100": "hundred hundert", "1000": "thousand tausend"} {
		if strings.Contains(" "+names+" ", " "+strings.ToLower(word)+" ") {
			return value
		}
	}
	return word
}

// unitOf is the unit of a number in its normal form, "" for none that is known.
func unitOf(before, behind string) string {
	if m := unitBefore.FindStringSubmatch(before); m != nil {
		return units[m[1]]
	}
	m := unitBehind.FindStringSubmatch(behind)
	if m == nil {
		return ""
	}
	if u, ok := units[m[1]]; ok {
		return u
	}
	return units[strings.ToLower(m[1])]
}

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
	nouns := long >= 3 && capitals*10 >= long*4 && german.MatchString(s)
	begins := true
	before := ""
	for _, raw := range fields {
		f := trimWord(raw)
		low := strings.ToLower(f)
		if isName, weak := nameLike(f, begins); isName && !functionWords[low] && monthOf(low) == 0 && spelledValue(f) == f && !(nouns && !weak && !strings.ContainsFunc(f[1:], unicode.IsUpper) && bindsNoun(before)) {
			w.facts = append(w.facts, fact{kind: "name", text: strings.TrimSuffix(strings.TrimSuffix(low, "'s"), "’s"), weak: weak || nouns})
		}
		begins = strings.HasSuffix(raw, ":") || strings.HasSuffix(raw, ";") || strings.HasSuffix(raw, ".") && len(raw) > 3
		if f != "" {
			before = low
		}
	}
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

// holds tells whether evidence says a fact.
func (w *words) holds(f fact) bool {
	for _, g := range w.facts {
		switch {
		case f.kind == "date" && g.kind == "date":
			if sameDate(f.date, g.date) {
				return true
			}
		case f.kind == "number" && g.kind == "date":
			if f.unit == "" && len(f.text) == 4 && f.text == strconv.Itoa(g.date[0]) {
				return true
			}
		case f.kind == "date" && g.kind == "number":
			if f.date == [3]int{atoi(g.text), 0, 0} {
				return true
			}
		case f.kind == "number" && g.kind == "number":
			if f.text == g.text && (f.unit == g.unit || f.unit == "" || g.unit == "") {
				return true
			}
		case f.kind == "version" && (g.kind == "version" || g.kind == "number"):
			if f.text == g.text {
				return true
			}
		case f.kind == "name" && g.kind == "name":
			if sameName(f.text, g.text) {
				return true
			}
		}
	}
	return f.kind == "name" && w.spells(f.text)
}

// spells looks for a name among all words, whatever capitals they have.
func (w *words) spells(name string) bool {
	for word := range strings.FieldsFuncSeq(strings.ToLower(w.text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' }) {
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

// sameDate tells whether all that a says, b says too.
func sameDate(a, b [3]int) bool {
	for i := range a {
		if a[i] != 0 && a[i] != b[i] {
			return false
		}
	}
	return true
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

func termsOf(s string) (all []string) {
	for _, t := range text.Terms(s) {
		all = append(all, text.Stem(t))
	}
	return all
}
