package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"amalfa/notes/files"
)

// A Schedule is a task that is added again and again.
type Schedule struct {
	Name string // what tells it from others
	Task Task
	Next func(after time.Time) time.Time // when it is due; the zero time for never
}

const scheduleFile = "schedules.json"

// A calendar is until when each schedule has been looked at, by name: what was due before is done with.
type calendar struct {
	Seen map[string]time.Time `json:"seen"`
}

// prefix begins the ids of a schedule's tasks.
func (s Schedule) prefix() string {
	return s.Task.Type + "-" + files.Hash([]byte(s.Name))[:6] + "-"
}

// id is that of the task that was due at a time. Its day and hour are those of the clock on the wall: a time that comes twice, since clocks
// are set back or a person has travelled, is one.
func (s Schedule) id(due time.Time) string { return s.prefix() + due.Format("20060102-1504") }

// AddDue adds the tasks that have become due, once each: however many times one of them was missed, and whatever ends this process in the
// middle. A schedule that is seen for the first time begins then; one whose last task still waits, or which permit refuses, is left out this
// time. Only the worker calls it.
func (q *Queue) AddDue(all []Schedule, permit func(Task) error) error {
	if len(all) == 0 {
		return nil
	}
	c, err := q.calendar()
	if err != nil {
		return err
	}
	now, changed := q.now(), false
	for _, s := range all {
		due := c.due(s, now)
		if seen, known := c.Seen[s.Name]; known && seen.Equal(c.from(s, now)) && (due.IsZero() || due.After(now)) {
			continue
		}
		changed = true
		if !due.IsZero() && !due.After(now) {
			if err := q.addOnce(s, due, permit); err != nil {
				return err
			}
		}
		c.Seen[s.Name] = now
	}
	if !changed {
		return nil
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return q.write(scheduleFile, append(data, '\n'))
}

// addOnce adds the task of a time unless it is known: a process may have ended after it was added.
func (q *Queue) addOnce(s Schedule, due time.Time, permit func(Task) error) error {
	id := s.id(due)
	if q.Known(id) || permit != nil && permit(s.Task) != nil {
		return nil
	}
	waits, err := q.waits(s.prefix())
	if err != nil || waits {
		return err
	}
	if err := q.AddAs(id, s.Task); err != nil && !errors.Is(err, ErrFull) {
		return fmt.Errorf("add what is due: %w", err)
	}
	return nil
}

// waits tells whether a task whose id begins so is not done yet.
func (q *Queue) waits(prefix string) (bool, error) {
	for _, dir := range []string{pending, processing} {
		items, err := q.in(dir)
		if err != nil {
			return false, err
		}
		for _, i := range items {
			if strings.HasPrefix(i.ID, prefix) {
				return true, nil
			}
		}
	}
	return false, nil
}

// calendar reads the file. One that cannot be read is none: each schedule begins anew then, and runs nothing twice.
func (q *Queue) calendar() (c calendar, err error) {
	data, err := q.read(scheduleFile, 1<<20)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, files.ErrTooLarge) {
		return c, fmt.Errorf("read schedules: %w", err)
	}
	if json.Unmarshal(data, &c) != nil || c.Seen == nil {
		c.Seen = map[string]time.Time{}
	}
	return c, nil
}

// from is the time after which a schedule is due next. One that lies further ahead than the next two times comes of a clock that was wrong.
func (c calendar) from(s Schedule, now time.Time) time.Time {
	seen, known := c.Seen[s.Name]
	if !known || seen.After(now) && seen.After(s.Next(s.Next(now))) {
		return now
	}
	return seen.In(now.Location())
}

func (c calendar) due(s Schedule, now time.Time) time.Time { return s.Next(c.from(s, now)) }

// NextDue is when a schedule is due next, the zero time for never. What was missed is due now.
func (q *Queue) NextDue(s Schedule) (time.Time, error) {
	c, err := q.calendar()
	if err != nil {
		return time.Time{}, err
	}
	now := q.now()
	due := c.due(s, now)
	if !due.IsZero() && due.Before(now) {
		due = now
	}
	return due, nil
}
