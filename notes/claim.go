package notes

import (
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kinds of claims.
const (
	DateClaim    = "date"
	NumberClaim  = "number"
	VersionClaim = "version"
)

// A Claim is what a value says: a date, a number or a version.
type Claim struct {
	Kind string
	Weak bool // only where another value of the key is clearly of this kind: "1.2" beside "1.2.1"
	// Forms are its normal forms, the likely one first: "1,000" is 1000, and 1 to people who write a decimal comma. Of dates the form of
	// one that is less exact begins that of the other.
	Forms []string
}

// maxClaim bounds a value that is read, in bytes.
const maxClaim = 120

var (
	remark = regexp.MustCompile(`^(.*\S)[ \t]+\([^()]*\)$`)
	// wholeVersion is "v1.2", "version 2", "1.2.0-rc.1"; looseVersion a number that may be one.
	wholeVersion = regexp.MustCompile(`^(?:(?i:v(?:ersion|er\.?)?)[ .]?([0-9]+(?:\.[0-9]+)*)|([0-9]+(?:\.[0-9]+){2,}))([-+_]?[0-9A-Za-z][0-9A-Za-z.+-]*)?$`)
	looseVersion = regexp.MustCompile(`^[0-9]+(?:\.[0-9]+)*$`)
	// namedVersion is "Python 3.11", "go1.21".
	namedVersion = regexp.MustCompile(`^(\pL[\pL+#]*)[ -]?[vV]?([0-9]+(?:\.[0-9]+)+)$`)
	// placeWords go before the number of a part of a text.
	placeWords = strings.Fields("appendix chapter example fig figure item listing p page part section step table")
)

// Claims are what a value may say, by kind; nothing for what is neither date, number nor version. Marks of emphasis and quotes around it, a full stop
// and a remark in parentheses behind it are no part of it.
func Claims(value string) []Claim {
	value = bareClaim(value)
	if value == "" || len(value) > maxClaim || !strings.ContainsAny(value, "0123456789") {
		return nil
	}
	var out []Claim
	dates, sure := dateForms(value)
	if dates != nil {
		out = append(out, Claim{DateClaim, !sure, dates})
	}
	if sure {
		return out
	}
	if m := namedVersion.FindStringSubmatch(value); m != nil && !wholeVersion.MatchString(value) && !slices.Contains(placeWords, strings.ToLower(m[1])) && !isUnit(m[1]) {
		return []Claim{{VersionClaim + " of " + strings.ToLower(m[1]), false, []string{versionForm(m[2])}}}
	}
	numbers := numberForms(value)
	if numbers != nil {
		out = append(out, Claim{NumberClaim, false, numbers})
	}
	if m := wholeVersion.FindStringSubmatch(value); m != nil {
		rest, _, _ := strings.Cut(m[3], "+") // what built it is no part of the version
		out = append(out, Claim{VersionClaim, numbers != nil, []string{versionForm(m[1]+m[2]) + strings.ToLower(rest)}})
	} else if looseVersion.MatchString(value) {
		out = append(out, Claim{VersionClaim, true, []string{versionForm(value)}})
	}
	return out
}

func bareClaim(value string) string {
	value = strings.Map(func(r rune) rune {
		switch r {
		case '−', '‐', '‑': // a minus, and hyphens
			return '-'
		case '\u00a0', '\u2009', '\u202f': // blanks between digits
			return ' '
		}
		return r
	}, value)
	for {
		before := value
		value = strings.Trim(strings.TrimSpace(value), "`*_\"'“”‘’")
		value = strings.TrimRight(value, ".;,")
		if m := remark.FindStringSubmatch(value); m != nil {
			value = m[1]
		}
		if value == before {
			return value
		}
	}
}

// versionForm is a version without zeros at its end: 1.2 is 1.2.0.
func versionForm(version string) string {
	for strings.HasSuffix(version, ".0") {
		version = strings.TrimSuffix(version, ".0")
	}
	return version
}

var (
	yearOnly  = regexp.MustCompile(`^(?:1[5-9]|2[01])\d\d$`)
	eight     = regexp.MustCompile(`^(?:1[5-9]|2[01])\d{6}$`)
	monthOnly = regexp.MustCompile(`^\d{4}[-/]\d{1,2}$|^\pL+\.? \d{4}$`)
	dateMarks = regexp.MustCompile(`[-/.年]|\pL`)
	dayTime   = regexp.MustCompile(`(?:^|[^\d:])(\d{1,2}):(\d\d)(?::(\d\d))?`)
)

// dateForms are the dates that a value may be, as far as it is exact: 2024, 2024-01, 2024-01-02, 2024-01-02T10:00. It is sure where the value can
// be nothing else. 1/2/2024 is two days.
func dateForms(value string) (forms []string, sure bool) {
	if m := numeric.FindStringSubmatch(value); m != nil && isAmbiguousDay(value) {
		a, _ := strconv.Atoi(m[1]) // two digits
		b, _ := strconv.Atoi(m[2])
		return []string{isoDay(m[3], a, b), isoDay(m[3], b, a)}, true
	}
	day, ok := Day(value)
	switch {
	case !ok:
		return nil, false
	case yearOnly.MatchString(value):
		return []string{value}, false
	case eight.MatchString(value):
		return []string{day}, false
	case !dateMarks.MatchString(value):
		return nil, false // seconds since 1970 are a number
	case monthOnly.MatchString(value):
		return []string{day[:len("2006-01")]}, true
	}
	forms = []string{day + timeForm(value)}
	if t, err := time.Parse(time.RFC3339, value); err == nil { // the same moment as clocks of another zone show it
		t = t.UTC()
		forms = append(forms, t.Format(time.DateOnly)+timeForm(t.Format(time.TimeOnly)))
	}
	return forms, true
}

func isoDay(year string, month, day int) string {
	two := func(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) } // both are at most 12
	return year + "-" + two(month) + "-" + two(day)
}

// timeForm is the time of day behind a day, as it is written there, whatever the zone: "T09:30". Midnight is mostly what a program adds to a day.
func timeForm(value string) string {
	m := dayTime.FindStringSubmatch(value)
	if m == nil {
		return ""
	}
	hour := m[1]
	if len(hour) == 1 {
		hour = "0" + hour
	}
	form := "T" + hour + ":" + m[2]
	if m[3] != "" && m[3] != "00" {
		form += ":" + m[3]
	}
	if form == "T00:00" {
		return ""
	}
	return form
}

var (
	money   = regexp.MustCompile(`^([-+]?)(US\$|[$€£¥₹]|USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN) ?([0-9].*)$`)
	amount  = regexp.MustCompile(`^([-+]?[0-9][0-9.,_' ]*(?:e[-+]?[0-9]{1,2})?) ?((?:[\pL°µ€$£¥₹%]|/\pL)[\pL°²³⁻¹/^*.2-]{0,23}(?: \pL{1,20}){0,2})?$`)
	grouped = regexp.MustCompile(`^[0-9]{1,3}(?:[,.][0-9]{3})+$`)
)

// numberForms are the numbers that a value may be, in the base unit of its dimension, and as they are written, for a value of no unit. "1,000" is
// 1000 or 1, "1.000" 1 or 1000, "1,5" is 1.5.
func numberForms(value string) []string {
	if m := money.FindStringSubmatch(value); m != nil {
		value = m[1] + m[3] + " " + m[2]
	}
	m := amount.FindStringSubmatch(value)
	if m == nil {
		return nil
	}
	var forms, bare []string
	for _, n := range decimals(m[1]) {
		forms = append(forms, unitsOf(m[2], n)...)
		bare = append(bare, n.RatString())
	}
	for _, b := range bare {
		if !slices.Contains(forms, b) {
			forms = append(forms, b)
		}
	}
	return forms
}

// decimals reads the digits of a number.
func decimals(digits string) []*big.Rat {
	digits = strings.NewReplacer("_", "", "'", "", " ", "").Replace(digits)
	sign, digits := digits[:len(digits)-len(strings.TrimLeft(digits, "+-"))], strings.TrimLeft(digits, "+-")
	none := strings.NewReplacer(",", "", ".", "")
	point := strings.Replace(digits, ",", ".", 1)
	spellings := []string{digits}
	switch commas, points := strings.Count(digits, ","), strings.Count(digits, "."); {
	case grouped.MatchString(digits) && commas+points == 1 && commas == 1:
		spellings = []string{none.Replace(digits), point}
	case grouped.MatchString(digits) && commas+points == 1:
		spellings = []string{digits, none.Replace(digits)}
	case grouped.MatchString(digits) && min(commas, points) == 0:
		spellings = []string{none.Replace(digits)}
	case commas > 0 && points > 0:
		at := strings.LastIndexAny(digits, ",.")
		spellings = []string{none.Replace(digits[:at]) + "." + digits[at+1:]}
	case commas == 1:
		spellings = []string{point}
	}
	var out []*big.Rat
	for _, s := range spellings {
		if r, ok := new(big.Rat).SetString(strings.TrimPrefix(sign, "+") + s); ok {
			out = append(out, r)
		}
	}
	return out
}
