package work

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"amalfa/notes"
	"amalfa/tasks/prompts"
)

const timelineLimit = 50 // notes; the earlier system's

type day struct {
	Date  *string `json:"date"`
	Quote string  `json:"quote"`
}

// checkDay refuses a day that the calendar lacks, and one whose words are not in the text.
func checkDay(text string) func(day) error {
	return func(d day) error {
		if d.Date == nil || *d.Date == "" || *d.Date == "null" {
			return nil
		}
		t, err := time.Parse(time.DateOnly, *d.Date)
		switch {
		case err != nil:
			return errors.New("date is not a day written as YYYY-MM-DD")
		case strings.TrimSpace(d.Quote) == "" || !strings.Contains(squeeze(text), squeeze(d.Quote)):
			return errors.New("quote does not stand in the note")
		case !strings.Contains(d.Quote, fmt.Sprint(t.Day())) && !strings.Contains(d.Quote, fmt.Sprint(t.Year())):
			return errors.New("quote does not say that date")
		}
		return nil
	}
}

// squeeze makes texts comparable that differ in white space and case only.
func squeeze(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

const month = `(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)`

// written are the forms of a whole day in prose that mean one day only.
var written = regexp.MustCompile(`(?i)\b(\d{4}-\d\d-\d\d|\d{1,2}(?:st|nd|rd|th)?\.? ` + month + `,? \d{4}|` + month + `\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4})\b`)

// dayIn is the first day that a text says.
func dayIn(text string) (string, bool) {
	for _, said := range written.FindAllString(text, 8) {
		if d, ok := notes.Day(said); ok {
			return d, true
		}
	}
	return "", false
}

// timeline finds the days of notes that say none where it would be read.
func (r *run) timeline(ctx context.Context) error {
	all, err := r.Store.List(ctx, "", "", 0)
	if err != nil {
		return err
	}
	newestFirst(all)
	looked, found, left := 0, 0, 0
	r.line("| note | day | from |\n| --- | --- | --- |")
	for _, n := range all {
		if n.Date != "" || !notes.IsMarkdown(n.ID) {
			continue
		}
		if looked == limitOf(r.task, timelineLimit) {
			left++
			continue
		}
		looked++
		ok, err := r.date(ctx, n.ID)
		if err != nil {
			return err
		}
		if ok {
			found++
		}
	}
	r.line("\n%d of %d notes without a date say a day; %d more were not looked at.", found, looked, left)
	return nil
}

func (r *run) date(ctx context.Context, id string) (bool, error) {
	data, err := r.Read(id)
	if err != nil {
		r.skip(id, err)
		return false, nil
	}
	p, ok, err := Beginning(ctx, r.Store, id, maxShown)
	if err != nil || !ok {
		return false, err
	}
	said, from := "", "text"
	if d, ok := dayIn(p.Text); ok {
		said = d
	} else if e := r.release(p); len(e.Passages) > 0 {
		d, ok, err := think(ctx, r, "day", prompts.Form{Evidence: e}, checkDay(p.Text))
		if err != nil {
			return false, err
		}
		if ok && d.Date != nil {
			said, from = *d.Date, "model: "+d.Quote
		}
	}
	if _, err := time.Parse(time.DateOnly, said); err != nil {
		return false, nil
	}
	r.line("| %s | %s | %s |", cell(id), said, cell(from))
	r.setFields(id, data, field{"date", said})
	return true, nil
}

func cell(s string) string { return strings.ReplaceAll(plain(s), "|", "\\|") }
