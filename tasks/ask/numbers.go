package ask

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

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
	spaced     = regexp.MustCompile(`['’\x{00a0}\x{202f} ]`)
	thousands  = regexp.MustCompile(`^\d{1,3}(?:[,.]\d{3})+$`)
	spelled    = regexp.MustCompile(`(?i)\b(?:(?:one|an?)[\s-]+(?:hundred|thousand|million)\b|(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|zwanzig|dreißig|vierzig|fünfzig|hundert|tausend)\b)(?:(?:(?:[\s-]+and)?[\s-]+)(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million)\b)*`)
	roughly    = regexp.MustCompile(`(?i)(?:\b(?:about|around|roughly|approximately|approx\.?|some|nearly|almost|over|more than|just under|just over|close to|circa|ca\.|etwa|rund|fast|knapp)|[~≈])\s*[€$£]?\s*$`)
	counted    = regexp.MustCompile(`^[\s\x{00a0}]+([\p{L}-]+)(?:\s+([\p{L}-]+))?`)
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
	w.takeQuantities(&s, number, func(m, before string) string { return normalNumber(m, before) })
	w.takeQuantities(&s, spelled, func(m, _ string) string {
		return spelledNumber(strings.NewReplacer(" and ", " ", "-and-", " ").Replace(m))
	})
	return s
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// normalNumber makes 1,000 and 1 000 and 1000 one, and 3.50 and 3,5. A dash is a minus only where no word stands before it.
func normalNumber(s, before string) string {
	minus := strings.HasPrefix(s, "-") || strings.HasPrefix(s, "−")
	s = strings.TrimLeft(s, "-−")
	last, _ := utf8.DecodeLastRuneInString(before)
	minus = minus && !unicode.IsLetter(last) && !unicode.IsDigit(last)
	s = spaced.ReplaceAllString(s, "")
	if strings.Count(s, ",")+strings.Count(s, ".") > 1 && strings.Contains(s, ",") && strings.Contains(s, ".") { // the last is the decimal mark
		point := strings.LastIndexAny(s, ",.")
		s = strings.NewReplacer(",", "", ".", "").Replace(s[:point]) + "." + s[point+1:]
	} else if thousands.MatchString(s) && !strings.HasPrefix(s, "0") {
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

// takeQuantities takes numbers with what they count or measure out of a text.
func (w *words) takeQuantities(s *string, re *regexp.Regexp, value func(m, before string) string) {
	var b strings.Builder
	at := 0
	for _, loc := range re.FindAllStringIndex(*s, -1) {
		if loc[0] < at {
			continue
		}
		before, behind := (*s)[:loc[0]], (*s)[loc[1]:]
		v, used := multiplied(value((*s)[loc[0]:loc[1]], before), behind)
		unit, length := unitOf(before, behind[used:])
		f := fact{kind: "number", text: v, unit: unit, rough: roughly.MatchString(before)}
		if unit == "" {
			f.counts = countedBy(behind[used:])
		}
		w.facts = append(w.facts, f)
		b.WriteString((*s)[at:loc[0]] + " ")
		at = loc[1] + used + length
	}
	*s = b.String() + (*s)[at:]
}

// countedBy is what a number counts: the next words, stemmed.
func countedBy(behind string) (all []string) {
	for _, word := range counted.FindStringSubmatch(behind) {
		for _, t := range termsOf(word) {
			if !functionWords[t] && !slices.Contains(all, t) {
				all = append(all, t)
			}
		}
		if functionWords[strings.ToLower(strings.TrimSpace(word))] {
			break
		}
	}
	return all
}

// unitOf is the unit of a number in its normal form, "" for none that is known, and how much of what is behind says it.
func unitOf(before, behind string) (unit string, length int) {
	if m := unitBefore.FindStringSubmatch(before); m != nil {
		return units[m[1]], 0
	}
	m := unitBehind.FindStringSubmatch(behind)
	if m == nil {
		return "", 0
	}
	u, ok := units[m[1]]
	if !ok {
		u = units[strings.ToLower(m[1])]
	}
	if u == "" {
		return "", 0
	}
	return u, len(m[0])
}
