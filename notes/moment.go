package notes

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// maxAmount bounds how many hours, days or years a moment may lie back: more are a slip of the keyboard.
const maxAmount = 100_000

// ago is one amount of time, with the units that people and programs write.
var ago = regexp.MustCompile(`^(\d+|an?|one)\s*(seconds?|secs?|s|minutes?|mins?|months?|mos?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w|years?|yrs?|y)(?:\s*(?:and\s+|,\s*)?|$)`)

// Moment reads when something was, as people and models say it: "2h", "1d12h", "3 days ago", "last week", "yesterday", "monday",
// "2024-03-05", "2024-03-05 14:00", "2024-03", RFC 3339. It returns the first instant of what is named and the first one after it,
// in now's time zone unless the text names another; of an amount of time both are the one that lies so far back.
func Moment(said string, now time.Time) (from, to time.Time, ok bool) {
	if len(said) > maxDate {
		return from, to, false
	}
	said = strings.ToLower(strings.Join(strings.Fields(said), " "))
	for _, read := range []func(string, time.Time) (time.Time, time.Time, bool){namedPeriod, namedWeekday, amountBack, instant, datePeriod} {
		if from, to, ok = read(said, now); ok {
			return from, to, true
		}
	}
	return from, to, false
}

// namedPeriod reads the names of days, weeks, months and years around now. Weeks begin on Monday, as ISO 8601 has them.
func namedPeriod(said string, now time.Time) (from, to time.Time, ok bool) {
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	week := day.AddDate(0, 0, -int(day.Weekday()+6)%7)
	month, year := day.AddDate(0, 0, 1-day.Day()), time.Date(now.Year(), 1, 1, 0, 0, 0, 0, now.Location())
	switch said {
	case "now":
		return now, now, true
	case "today":
		return day, day.AddDate(0, 0, 1), true
	case "yesterday":
		return day.AddDate(0, 0, -1), day, true
	case "the day before yesterday":
		return day.AddDate(0, 0, -2), day.AddDate(0, 0, -1), true
	case "this week":
		return week, week.AddDate(0, 0, 7), true
	case "last week":
		return week.AddDate(0, 0, -7), week, true
	case "this month":
		return month, month.AddDate(0, 1, 0), true
	case "last month":
		return month.AddDate(0, -1, 0), month, true
	case "this year":
		return year, year.AddDate(1, 0, 0), true
	case "last year":
		return year.AddDate(-1, 0, 0), year, true
	}
	return from, to, false
}

// namedWeekday reads a day of the week: the latest there was, today if it is that; with "last" before today.
func namedWeekday(said string, now time.Time) (from, to time.Time, ok bool) {
	name, last := strings.CutPrefix(strings.TrimPrefix(said, "on "), "last ")
	for d := time.Sunday; d <= time.Saturday; d++ {
		full := strings.ToLower(d.String())
		if name != full && name != full[:3] {
			continue
		}
		back := int(now.Weekday()-d+7) % 7
		if last && back == 0 {
			back = 7
		}
		from = time.Date(now.Year(), now.Month(), now.Day()-back, 0, 0, 0, 0, now.Location())
		return from, from.AddDate(0, 0, 1), true
	}
	return from, to, false
}

// amountBack reads "2h", "1 day 12 hours ago", "last 3 days", "-2h".
func amountBack(said string, now time.Time) (from, to time.Time, ok bool) {
	said = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(said, "-"), "ago"))
	for _, before := range []string{"the last ", "the past ", "last ", "past ", "within "} {
		said = strings.TrimPrefix(said, before)
	}
	at := now
	for said != "" {
		m := ago.FindStringSubmatch(said)
		if m == nil {
			return from, to, false
		}
		n, err := strconv.Atoi(m[1])
		if err != nil && m[1][0] >= '0' && m[1][0] <= '9' || n > maxAmount {
			return from, to, false
		}
		if err != nil {
			n = 1 // "an hour"
		}
		at = back(at, n, m[2])
		said = said[len(m[0]):]
	}
	return at, at, at.Before(now)
}

// back goes n units back; days and longer keep the time of day.
func back(at time.Time, n int, unit string) time.Time {
	switch {
	case strings.HasPrefix(unit, "mo"):
		return at.AddDate(0, -n, 0)
	case unit[0] == 's':
		return at.Add(-time.Duration(n) * time.Second)
	case unit[0] == 'm':
		return at.Add(-time.Duration(n) * time.Minute)
	case unit[0] == 'h':
		return at.Add(-time.Duration(n) * time.Hour)
	case unit[0] == 'd':
		return at.AddDate(0, 0, -n)
	case unit[0] == 'w':
		return at.AddDate(0, 0, -7*n)
	}
	return at.AddDate(-n, 0, 0)
}

// instant reads a date with a time of day.
func instant(said string, now time.Time) (from, to time.Time, ok bool) {
	said = strings.ToUpper(said)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04Z07:00"} {
		if t, err := time.ParseInLocation(layout, said, now.Location()); err == nil {
			return t, t, true
		}
	}
	return from, to, false
}

// datePeriod reads a day, a month or a year.
func datePeriod(said string, now time.Time) (from, to time.Time, ok bool) {
	if t, err := time.ParseInLocation("2006-01", said, now.Location()); err == nil {
		return t, t.AddDate(0, 1, 0), true
	}
	if t, err := time.ParseInLocation("2006", said, now.Location()); err == nil {
		return t, t.AddDate(1, 0, 0), true
	}
	day, ok := Day(said)
	if !ok {
		return from, to, false
	}
	t, err := time.ParseInLocation(time.DateOnly, day, now.Location())
	return t, t.AddDate(0, 0, 1), err == nil
}
