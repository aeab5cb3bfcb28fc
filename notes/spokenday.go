package notes

import (
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// writtenDay is a day in digits, of its own or with a time behind it, and the ISO week or the month.
var writtenDay = regexp.MustCompile(`((?:19|20)\d\d[-_./年]\d{1,2}[-_./月]\d{1,2}日?|(?:19|20)\d{6}|\d{1,2}\.\d{1,2}\.(?:19|20)\d\d)` +
	`(?:[T _-]{1,3}(?:at )?[0-2]?\d[-:._h]?[0-5]\d(?:[-:._m]?[0-5]\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?`)

var (
	wholeMonth = regexp.MustCompile(`^(?:19|20)\d\d[-_](?:0[1-9]|1[0-2])$`)
	wholeYear  = regexp.MustCompile(`^(?:19|20)\d\d$`)
	wholeWeek  = regexp.MustCompile(`^((?:19|20)\d\d)-?[Ww](\d\d)$`)
)

// withDays says the days of a name in words: in the name, and alone, and what of the name is left without them.
func withDays(name string) (said, rest string, days []string) {
	if period := spokenPeriod(name); period != "" {
		return period, "", []string{period}
	}
	var b, others strings.Builder
	end := 0
	for _, at := range writtenDay.FindAllStringSubmatchIndex(name, -1) {
		day, ok := Day(name[at[2]:at[3]])
		if !ok || !standsAlone(name, at[0], at[1]) {
			continue
		}
		days = append(days, spoken(day, "2 January 2006"))
		b.WriteString(spaced(name[end:at[0]]) + days[len(days)-1])
		others.WriteString(name[end:at[0]] + " ")
		end = at[1]
		if after := strings.TrimLeft(name[end:], joiners); after != "" && after != name[end:] {
			b.WriteByte(' ')
			end = len(name) - len(after)
		}
	}
	return b.String() + name[end:], others.String() + name[end:], days
}

// joiners are what stands between the words of a file's name.
const joiners = " -_."

// spokenPeriod says a name that is a week, a month or a year; "" is another.
func spokenPeriod(name string) string {
	if m := wholeWeek.FindStringSubmatch(name); m != nil {
		return "week " + strings.TrimPrefix(m[2], "0") + " of " + m[1]
	}
	day, ok := Day(name)
	switch {
	case ok && wholeMonth.MatchString(name):
		return spoken(day, "January 2006")
	case wholeYear.MatchString(name):
		return name
	}
	return ""
}

// spaced is what stands before a day, with a blank at the end in place of what joins the two.
func spaced(before string) string {
	if cut := strings.TrimRight(before, joiners); cut != before && cut != "" {
		return cut + " "
	}
	return before
}

// standsAlone tells whether no letter or digit touches a part of a name.
func standsAlone(name string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(name[:start])
	after, _ := utf8.DecodeRuneInString(name[end:])
	return (start == 0 || !isTagLetter(before)) && (end == len(name) || !isTagLetter(after))
}

// spoken writes a day of Day in words.
func spoken(day, layout string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format(layout)
}
