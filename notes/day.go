package notes

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dayLayouts are the spellings of a day, a month and a year that Day reads. With dots the day goes first, as in most of Europe.
var dayLayouts = []string{
	"2006-1-2", "2006/1/2", "2006.1.2", "20060102", "2006年1月2日", "2.1.2006", "2. January 2006",
	"January 2, 2006", "Jan 2, 2006", "January 2 2006", "Jan 2 2006", "2 January 2006", "2 Jan 2006", "2 January, 2006", "2 Jan, 2006",
	"2-Jan-2006", "2-January-2006", "2006-Jan-2", "2006 Jan 2", "2006 January 2",
	"2006-1", "2006/1", "January 2006", "Jan 2006", "2006",
}

var (
	// clock is a day with a time of day or a remark behind it.
	clock = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)(?:[^\pL\pN].*|Z$)|^(.+?)(?:[Tt]\d\d?:?|,? (?:at )?\d\d?:)\d\d.*|^(.+?),? (?:at )?\d\d? ?[aApP]\.?[mM]\.?$`)
	// weekday goes before a day.
	weekday = regexp.MustCompile(`(?i)^(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?\.?,? +`)
	ordinal = regexp.MustCompile(`(?i)\b(\d{1,2})(?:st|nd|rd|th)\b`)
	// posix is how "date" and Git write a time: "Mar 5 10:00:00 UTC 2024".
	posix = regexp.MustCompile(`^([A-Z][a-z]{2}) +(\d{1,2}) \d\d:\d\d:\d\d (?:[A-Z]{2,5} )?(\d{4})(?: [-+]\d{4})?$`)
	stamp = regexp.MustCompile(`^(\d{8})(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?$`)
	// numeric is a day before or behind its month.
	numeric = regexp.MustCompile(`^(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?: .*)?$`)
	period  = regexp.MustCompile(`^(\d{4})-?(?:[Ww](\d\d)(?:-([1-7]))?|[Qq]([1-4]))$`)
	epoch   = regexp.MustCompile(`^1\d{9}(?:\d{3})?$`)
)

// maxDate bounds what is looked at as a date, in bytes.
const maxDate = 100

// Day reads a date, with or without a time of day, and returns its day, of a week, a month, a quarter or a year the first, as
// 2024-03-05. The day is the one that is written, whatever the time zone. A date that may be two days is none.
func Day(date string) (day string, ok bool) {
	if len(date) > maxDate || !strings.ContainsAny(date, "0123456789") {
		return "", false
	}
	date = strings.ReplaceAll(oneLine(strings.Trim(strings.TrimSpace(date), `"'@`)), "_", "-")
	if inner, ok := strings.CutPrefix(date, "[["); ok {
		inner, _, _ = strings.Cut(inner, "]]")
		date = wikiName(inner)
	}
	date = ordinal.ReplaceAllString(weekday.ReplaceAllString(date, ""), "$1")
	if m := posix.FindStringSubmatch(date); m != nil {
		date = m[1] + " " + m[2] + ", " + m[3]
	}
	if m := stamp.FindStringSubmatch(date); m != nil {
		date = m[1]
	}
	if m := clock.FindStringSubmatch(date); m != nil {
		date = m[1] + m[2] + m[3]
	}
	for _, read := range []func(string) (time.Time, bool){inLayout, dayAndMonth, firstOfPeriod, sinceEpoch} {
		if t, ok := read(date); ok && t.Year() > 1 { // 0001-01-01 is how Go and Hugo write none
			return t.Format(time.DateOnly), true
		}
	}
	return "", false
}

func inLayout(date string) (time.Time, bool) {
	date = strings.Replace(date, "Sept ", "Sep ", 1)
	for _, layout := range dayLayouts {
		if t, err := time.Parse(layout, date); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// dayAndMonth reads 25/03/2024 and 03/25/2024, where only one of the two can be the month.
func dayAndMonth(date string) (time.Time, bool) {
	m := numeric.FindStringSubmatch(date)
	if m == nil || isAmbiguousDay(date) {
		return time.Time{}, false
	}
	for _, layout := range []string{"2-1-2006", "1-2-2006"} {
		if t, err := time.Parse(layout, m[1]+"-"+m[2]+"-"+m[3]); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// isAmbiguousDay tells whether a date is two days to people of two countries: 03/05/2024.
func isAmbiguousDay(date string) bool {
	m := numeric.FindStringSubmatch(strings.TrimSpace(date))
	if m == nil {
		return false
	}
	a, _ := strconv.Atoi(m[1]) // two digits
	b, _ := strconv.Atoi(m[2])
	return a != b && a <= 12 && b <= 12 && a > 0 && b > 0
}

// firstOfPeriod reads weeks of ISO 8601 and quarters: 2024-W10, 2024-W10-2, 2024-Q1.
func firstOfPeriod(date string) (time.Time, bool) {
	m := period.FindStringSubmatch(date)
	if m == nil {
		return time.Time{}, false
	}
	year, _ := strconv.Atoi(m[1]) // four digits
	if m[4] != "" {
		return time.Date(year, time.Month(3*int(m[4][0]-'1')+1), 1, 0, 0, 0, 0, time.UTC), true
	}
	week, _ := strconv.Atoi(m[2])
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC) // it is in the first week
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	t := monday.AddDate(0, 0, 7*(week-1))
	if y, w := t.ISOWeek(); y != year || w != week {
		return t, false
	}
	if m[3] != "" {
		t = t.AddDate(0, 0, int(m[3][0]-'1'))
	}
	return t, true
}

// sinceEpoch reads seconds and milliseconds since 1970, as Dendron writes them.
func sinceEpoch(date string) (time.Time, bool) {
	if !epoch.MatchString(date) {
		return time.Time{}, false
	}
	n, _ := strconv.ParseInt(date[:10], 10, 64) // ten digits
	return time.Unix(n, 0).UTC(), true
}

var (
	// dayInName is a day within a file name, of its own between what is no letter and no digit. With dots it is a version, unless
	// nothing or the words of a hierarchy stand before it.
	dayInName  = regexp.MustCompile(`(?:^|[^\pL\pN.])((?:19|20)\d\d-\d\d-\d\d|(?:19|20)\d\d_\d\d_\d\d|(?:19|20)\d{6}(?:\d{4}|\d{6})?)(?:$|[^\pL\pN.]|[T_]\d|\.\pL)`)
	dottedDay  = regexp.MustCompile(`^(?:[\pL_-]+\.)*((?:19|20)\d\d\.\d\d\.\d\d)(?:$|[^\pL\pN.]|\.\pL)`)
	dayInPath  = regexp.MustCompile(`(?:^|/)((?:19|20)\d\d)/(?:(?:19|20)\d\d[-_])?(\d\d)(?:[-_ ][\pL]+)?/(?:(?:19|20)\d\d[-_]\d\d[-_])?(\d\d)(?:$|[^\pL\pN.])[^/]*$`)
	periodName = regexp.MustCompile(`^(?:19|20)\d\d-(?:\d\d|[Ww]\d\d|[Qq][1-4])$`)
)

// DayOfName reads the day in the path of a note, as daily notes, journals, posts and slips of a card index have it: 2024-03-05.md,
// journals/2024_03_05.md, 20240305 Standup.md, 2024/03/05.md, daily.journal.2024.03.05.md, "March 5, 2024.md".
func DayOfName(id string) (day string, ok bool) {
	name := strings.TrimSuffix(id, path.Ext(id))
	base := path.Base(name)
	if m := dayInName.FindStringSubmatch(base); m != nil {
		return Day(m[1])
	}
	if m := dottedDay.FindStringSubmatch(base); m != nil {
		return Day(m[1])
	}
	if m := dayInPath.FindStringSubmatch(name); m != nil {
		return Day(m[1] + "-" + m[2] + "-" + m[3])
	}
	if periodName.MatchString(base) || strings.ContainsFunc(base, isTagLetter) {
		return Day(base)
	}
	return "", false
}
