package ask

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// A dimension is what units measure that can be turned into one another, and how many of the smallest, or of a base, one of it is.
type dimension struct {
	of     string
	factor float64
}

// dimensions has the units of lists.go that others of them can say.
var dimensions = map[string]dimension{
	"ms": {"time", 0.001}, "s": {"time", 1}, "min": {"time", 60}, "h": {"time", 3600}, "day": {"time", 86400}, "week": {"time", 604800},
	"month": {"span", 1}, "year": {"span", 12}, "decade": {"span", 120},
	"mm": {"length", 0.001}, "cm": {"length", 0.01}, "m": {"length", 1}, "km": {"length", 1000},
	"g": {"mass", 0.001}, "kg": {"mass", 1}, "t": {"mass", 1000}, "ml": {"volume", 0.001}, "l": {"volume", 1},
	"byte": {"bytes", 1}, "kb": {"bytes", 1e3}, "mb": {"bytes", 1e6}, "gb": {"bytes", 1e9}, "tb": {"bytes", 1e12},
	"w": {"power", 1}, "kw": {"power", 1e3}, "hz": {"rate", 1}, "khz": {"rate", 1e3}, "mhz": {"rate", 1e6}, "ghz": {"rate", 1e9},
}

// nearEnough is how far a number that a sentence calls rough may be from that of its evidence, as a share of it: what people round by.
const nearEnough = 0.05

// sameUnit tells whether two units measure the same, where both are known.
func sameUnit(a, b string) bool {
	return a == b || a == "" || b == "" || dimensions[a].of != "" && dimensions[a].of == dimensions[b].of
}

// sameNumber tells whether the number of a sentence is that of its evidence, in whatever unit.
func sameNumber(said, evidence fact) bool {
	if !sameUnit(said.unit, evidence.unit) {
		return false
	}
	if said.text == evidence.text && (said.unit == evidence.unit || said.unit == "" || evidence.unit == "") {
		return true
	}
	a, err := strconv.ParseFloat(said.text, 64)
	b, err2 := strconv.ParseFloat(evidence.text, 64)
	if err != nil || err2 != nil {
		return false
	}
	if said.unit != evidence.unit && said.unit != "" && evidence.unit != "" {
		a, b = a*dimensions[said.unit].factor, b*dimensions[evidence.unit].factor
	}
	within := 1e-9
	if said.rough {
		within = nearEnough
	}
	return math.Abs(a-b) <= within*math.Abs(b)
}

// phrasings are other ways to write a number, a unit or a day, and the one that takeNumbers reads.
// Of texts that do not have its letters, small, one is not looked for: a text has many clauses.
var phrasings = []struct {
	letters string
	of      *regexp.Regexp
	to      string
}{
	{"mon", regexp.MustCompile(`\bMon\.?(\s+\d)`), "Monday$1"}, {"tue", regexp.MustCompile(`\bTues?\.?(\s+\d)`), "Tuesday$1"}, {"wed", regexp.MustCompile(`\bWed\.?(\s+\d)`), "Wednesday$1"},
	{"thu", regexp.MustCompile(`\bThu(?:rs?)?\.?(\s+\d)`), "Thursday$1"}, {"fri", regexp.MustCompile(`\bFri\.?(\s+\d)`), "Friday$1"}, {"sat", regexp.MustCompile(`\bSat\.?(\s+\d)`), "Saturday$1"}, {"sun", regexp.MustCompile(`\bSun\.?(\s+\d)`), "Sunday$1"},
	{"", regexp.MustCompile(`(?i)\b(?:minus|negative)\s+(\d)`), "-$1"},
	{"degree", regexp.MustCompile(`(?i)(\d)\s+degrees?\s+below(?:\s+zero)?\b`), "-$1 °C"},
	{"degree", regexp.MustCompile(`(?i)\bdegrees?\s+(?:celsius|centigrade|c)\b`), "°C"}, {"grad", regexp.MustCompile(`(?i)\bgrad\s+celsius\b`), "°C"}, {"degree", regexp.MustCompile(`(?i)\bdegrees?\s+(?:fahrenheit|f)\b`), "°F"},
	{"", regexp.MustCompile(`(?i)\b(?:met(?:re|er)s?|m)\s+(?:per|a)\s+(?:second|s)\b`), "m/s"}, {"", regexp.MustCompile(`(?i)\b(?:(?:kilomet(?:re|er)s?|km)\s+(?:per|an)\s+(?:hour|h)|kph|kmh)\b`), "km/h"},
	{"cent", regexp.MustCompile(`(?i)\bper\s+cent\b`), "percent"},
	{"dozen", regexp.MustCompile(`(?i)\bhalf\s+a\s+dozen\b`), "6"}, {"dozen", regexp.MustCompile(`(?i)\b(?:a\s+)?dozen\b`), "12"},
	{"half", regexp.MustCompile(`(?i)\bhalf\s+an?\s+(hour|minute|day|year|month|second|metre|meter|kilo|litre|liter)\b`), "0.5 $1"},
	{"quarter", regexp.MustCompile(`(?i)\b(?:a\s+)?quarter\s+of\s+an\s+hour\b`), "15 minutes"}, {"fortnight", regexp.MustCompile(`(?i)\b(?:a\s+)?fortnight\b`), "2 weeks"},
	{"th", regexp.MustCompile(`(?i)\b(the|these|those|all)\s+(?:two|three|four)\b`), "$1"}, // which are known already
	{"twice", regexp.MustCompile(`(?i)\btwice\b`), "2 times"}, {"thrice", regexp.MustCompile(`(?i)\bthrice\b`), "3 times"},
}

var halfDay = regexp.MustCompile(`(?i)\b(\d{1,2})(?:[:.](\d{2}))?\s*([ap])\.?m\b\.?`)

var halfPast = regexp.MustCompile(`(?i)\bhalf\s+past\s+(\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b`)

// rephrase writes numbers and days in the one way.
func rephrase(s string) string {
	low := strings.ToLower(s)
	for _, p := range phrasings {
		if strings.Contains(low, p.letters) {
			s = p.of.ReplaceAllString(s, p.to)
		}
	}
	if !strings.ContainsAny(s, "0123456789") && !strings.Contains(low, "half") {
		return s
	}
	s = halfPast.ReplaceAllStringFunc(s, func(found string) string {
		m := halfPast.FindStringSubmatch(found)
		hour := m[1]
		if v, ok := numberWords[strings.ToLower(hour)]; ok {
			hour = strconv.Itoa(int(v))
		}
		return hour + ":30"
	})
	return halfDay.ReplaceAllStringFunc(s, func(found string) string {
		m := halfDay.FindStringSubmatch(found)
		hour := atoi(m[1]) % 12
		if strings.EqualFold(m[3], "p") {
			hour += 12
		}
		if m[2] == "" {
			m[2] = "00"
		}
		return strconv.Itoa(hour) + ":" + m[2]
	})
}

// numberWords are the words that numbers are written with.
var numberWords = map[string]float64{
	"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13,
	"fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
	"sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90, "hundred": 100, "thousand": 1000, "million": 1e6, "billion": 1e9,
	"zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11, "zwölf": 12, "dreizehn": 13, "vierzehn": 14, "fünfzehn": 15,
	"zwanzig": 20, "dreißig": 30, "vierzig": 40, "fünfzig": 50, "hundert": 100, "tausend": 1000, "one": 1, "an": 1, "a": 1,
}

var betweenWords = regexp.MustCompile(`[\s-]+`)

// spelledNumber is the value of number words that stand together, as "four hundred" or "thirty-five thousand".
func spelledNumber(s string) string {
	total, part := 0.0, 0.0
	for _, word := range betweenWords.Split(strings.ToLower(s), -1) {
		switch v := numberWords[word]; {
		case v >= 1000:
			total, part = total+max(part, 1)*v, 0
		case v == 100:
			part = max(part, 1) * v
		default:
			part += v
		}
	}
	return strconv.FormatFloat(total+part, 'f', -1, 64)
}

var multiplier = regexp.MustCompile(`^(?:\s?(thousand|million|millions|billion|Mio\.?|Mrd\.?|tausend|Millionen)\b|([kKM])\b)`)

// multiplied is a number with the word for thousands or millions behind it, and how long that is.
func multiplied(value, behind string) (string, int) {
	m := multiplier.FindStringSubmatch(behind)
	if m == nil {
		return value, 0
	}
	by := map[byte]float64{'t': 1e3, 'k': 1e3, 'm': 1e6, 'b': 1e9}[strings.ToLower(m[1] + m[2])[0]]
	if strings.HasPrefix(m[1], "Mrd") {
		by = 1e9
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return value, 0
	}
	return strconv.FormatFloat(v*by, 'f', -1, 64), len(m[0])
}

var summed = regexp.MustCompile(`(?i)\b(?:total|altogether|combined|together|in all|sum|overall|insgesamt|zusammen)\b`)

// isSum tells whether a sentence calls a number the sum of others that it has, which the evidence holds.
func (w *words) isSum(f fact, evidence *words) bool {
	if f.kind != "number" || !summed.MatchString(w.text) {
		return false
	}
	want, err := strconv.ParseFloat(f.text, 64)
	sum, n := 0.0, 0
	for _, g := range w.facts {
		if v, bad := strconv.ParseFloat(g.text, 64); bad == nil && g.kind == "number" && !sameFact(f, g) && evidence.holds(g) {
			sum, n = sum+v, n+1
		}
	}
	return err == nil && n >= 2 && sum == want
}
