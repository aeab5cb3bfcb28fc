package notes

import (
	"regexp"
	"strings"
	"time"
)

// dayLayouts are the spellings of a day, a month and a year that Day reads.
var dayLayouts = []string{"2006-1-2", "2006/1/2", "20060102", "January 2, 2006", "Jan 2, 2006", "2 January 2006", "2 Jan 2006", "2006-1", "2006"}

// clock is a day with a time of day or a remark behind it.
var clock = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)[^\pL\pN].*|^(.+?)(?:T\d\d?:?|,? \d\d?:)\d\d.*`)

// Day reads a date, with or without a time of day, and returns its day, of a month or a year the first, as 2024-03-05. The
// day is the one that is written, whatever the time zone.
func Day(date string) (day string, ok bool) {
	date = strings.TrimSpace(date)
	if m := clock.FindStringSubmatch(date); m != nil {
		date = m[1] + m[2]
	}
	date = strings.TrimSuffix(strings.TrimPrefix(date, "[["), "]]")
	for _, layout := range dayLayouts {
		if t, err := time.Parse(layout, date); err == nil {
			return t.Format(time.DateOnly), true
		}
	}
	return "", false
}
