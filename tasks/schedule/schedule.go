// Package schedule reads when something is to be done again and again: "daily: synthesis".
package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// A Rule is when something is due. The zero value is never.
type Rule struct {
	text string
	cron cron.Schedule
}

// An Entry is a rule, and in words of its reader what is due then.
type Entry struct {
	Rule
	What string
}

// leastEvery is the shortest distance of two times; the fields of cron know no shorter one.
const leastEvery = time.Minute

var errRule = errors.New(`want hourly, daily, weekly, monthly, "every 6h", or five fields of cron as "30 7 * * 1-5"`)

// Parse reads a rule: hourly, daily, weekly, monthly, every DURATION of a minute or more, or the five fields of cron, in local time.
func Parse(text string) (Rule, error) {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	spec := strings.TrimPrefix(text, "@")
	if every, ok := strings.CutPrefix(spec, "every "); ok {
		d, err := time.ParseDuration(strings.ReplaceAll(every, " ", ""))
		if err != nil || d < leastEvery || d > 366*24*time.Hour {
			return Rule{}, fmt.Errorf("%w: every takes a time from 1m to a year, as 6h", errRule)
		}
		return Rule{text, cron.Every(d)}, nil
	}
	if !strings.Contains(spec, " ") {
		spec = "@" + spec
	}
	if strings.Contains(spec, "=") { // the library knows time zones, and falls over some
		return Rule{}, errRule
	}
	s, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor).Parse(spec)
	if err != nil {
		return Rule{}, fmt.Errorf("%w: %w", errRule, err)
	}
	if s.Next(time.Now()).IsZero() {
		return Rule{}, fmt.Errorf("%w: no day is ever that one", errRule)
	}
	return Rule{text, s}, nil
}

// ParseEntry reads "RULE: WHAT".
func ParseEntry(text string) (Entry, error) {
	when, what, ok := strings.Cut(text, ":")
	what = strings.Join(strings.Fields(what), " ")
	if !ok || what == "" {
		return Entry{}, errors.New(`want a time and a task, as "daily: synthesis"`)
	}
	r, err := Parse(when)
	return Entry{r, what}, err
}

// Next is the first time after t that is due, the zero time for never.
func (r Rule) Next(t time.Time) time.Time {
	if r.cron == nil {
		return time.Time{}
	}
	return r.cron.Next(t)
}

// Equal tells whether two rules were written alike.
func (r Rule) Equal(other Rule) bool { return r.text == other.text }

// String is the rule as it was written.
func (r Rule) String() string { return r.text }

// String is the entry in one form, whatever its spaces were.
func (e Entry) String() string { return e.text + ": " + e.What }
