package queue

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"amalfa/tasks/schedule"
)

// clock is the queue's, set by hand.
type clock struct{ now time.Time }

func (c *clock) set(t *testing.T, s string) {
	t.Helper()
	at, err := time.ParseInLocation(time.DateTime, s, time.Local)
	if err != nil {
		t.Fatal(err)
	}
	c.now = at
}

func daily(t *testing.T) Schedule {
	t.Helper()
	e, err := schedule.ParseEntry("daily: synthesis")
	if err != nil {
		t.Fatal(err)
	}
	return Schedule{Name: e.String(), Task: Task{Type: Synthesis}, Next: e.Next}
}

// at sets the clock, adds what is due and returns the days of the tasks that were added up to now, whatever became of them.
func (c *clock) at(t *testing.T, q *Queue, when string, all ...Schedule) []string {
	t.Helper()
	c.set(t, when)
	q.now = func() time.Time { return c.now }
	if err := q.AddDue(all, nil); err != nil {
		t.Fatal(err)
	}
	items, err := q.List()
	if err != nil {
		t.Fatal(err)
	}
	var days []string
	for _, i := range items {
		days = append(days, i.ID[len(i.ID)-len("20060102-1504"):len(i.ID)-len("-1504")])
	}
	slices.Sort(days)
	return days
}

// finish is a worker that does all that waits.
func finish(t *testing.T, q *Queue) {
	t.Helper()
	real := *q
	real.now = time.Now
	work(t, &real, &Worker{Do: done})
}

func TestSchedule(t *testing.T) {
	q, dir := open(t)
	c, s := &clock{}, daily(t)
	want := func(step string, have []string, days ...string) {
		t.Helper()
		if !slices.Equal(have, days) {
			t.Errorf("%s: %v and not %v", step, have, days)
		}
	}
	want("at first", c.at(t, q, "2026-03-01 12:00:00", s))
	want("before it is due", c.at(t, q, "2026-03-01 23:59:59", s))
	want("when it is due", c.at(t, q, "2026-03-02 00:00:00", s), "20260302")
	want("again", c.at(t, q, "2026-03-02 00:00:01", s), "20260302")
	want("while the last one waits", c.at(t, q, "2026-03-03 00:00:00", s), "20260302")
	finish(t, q)
	want("a week of sleep is one run", c.at(t, q, "2026-03-10 08:00:00", s), "20260302", "20260304")
	finish(t, q)
	want("and then as ever", c.at(t, q, "2026-03-10 23:00:00", s), "20260302", "20260304")

	before, err := os.ReadFile(filepath.Join(dir, scheduleFile))
	if err != nil {
		t.Fatal(err)
	}
	c.at(t, q, "2026-03-11 00:00:10", s)
	finish(t, q)
	if err := os.WriteFile(filepath.Join(dir, scheduleFile), before, 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := Open(dir, func(string, bool) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	all := []string{"20260302", "20260304", "20260311"}
	want("a process that ended before it wrote that down", c.at(t, again, "2026-03-11 00:01:00", s), all...)
	want("a clock that is set back", c.at(t, again, "2026-03-10 23:50:00", s), all...)
	want("and its midnight comes again", c.at(t, again, "2026-03-11 00:00:00", s), all...)
	want("a clock that is set back for long", c.at(t, again, "2026-03-01 12:00:00", s), all...)
	want("and days come again that had their run", c.at(t, again, "2026-03-02 00:00:05", s), all...)
	want("then a day of its own", c.at(t, again, "2026-03-12 00:00:05", s), "20260302", "20260303", "20260304", "20260311")
	finish(t, again)
	want("a clock that is years ahead", c.at(t, again, "2031-01-01 00:00:00", s), "20260302", "20260303", "20260304", "20260311", "20260313")
	finish(t, again)
	want("and is set right", c.at(t, again, "2026-03-14 12:00:00", s), "20260302", "20260303", "20260304", "20260311", "20260313")
	want("goes on", c.at(t, again, "2026-03-15 00:00:00", s), "20260302", "20260303", "20260304", "20260311", "20260313", "20260315")
}

// What cannot be read is begun anew, and what is refused is not made up for.
func TestScheduleBegunAnew(t *testing.T) {
	q, dir := open(t)
	c, s := &clock{}, daily(t)
	c.at(t, q, "2026-03-01 12:00:00", s)
	for _, garbage := range []string{"", "{", `{"seen":7}`, `{"seen":{"daily: synthesis":"no day"}}`, strings.Repeat("x", 2<<20)} {
		if err := os.WriteFile(filepath.Join(dir, scheduleFile), []byte(garbage), 0o600); err != nil {
			t.Fatal(err)
		}
		if have := c.at(t, q, "2026-03-05 12:00:00", s); len(have) > 0 {
			t.Errorf("%.20q: %v", garbage, have)
		}
		if next, err := q.NextDue(s); err != nil || next.Format(time.DateOnly) != "2026-03-06" {
			t.Errorf("%.20q: next is %v %v", garbage, next, err)
		}
	}
	c.set(t, "2026-03-06 00:00:00")
	if err := q.AddDue([]Schedule{s}, func(Task) error { return errors.New("no consent") }); err != nil {
		t.Fatal(err)
	}
	if have := c.at(t, q, "2026-03-06 12:00:00", s); len(have) > 0 {
		t.Errorf("what was refused is done later: %v", have)
	}
	if have := c.at(t, q, "2026-03-07 00:00:00", s); !slices.Equal(have, []string{"20260307"}) {
		t.Errorf("with consent: %v", have)
	}
}

// Two workers with one schedule: one adds.
func TestScheduleOfTwoWorkers(t *testing.T) {
	q, dir := open(t)
	c, s := &clock{}, daily(t)
	c.at(t, q, "2026-03-01 12:00:00", s)
	c.set(t, "2026-03-04 12:00:00")
	other, err := Open(dir, func(string, bool) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	q.now, other.now = func() time.Time { return c.now }, func() time.Time { return c.now }
	stop := start(t, q, &Worker{Do: done, Schedules: []Schedule{s}})
	stopOther := start(t, other, &Worker{Do: done, Schedules: []Schedule{s}})
	until(t, func() bool { i, err := q.Get(Synthesis); return err == nil && i.Report != "" })
	stop()
	until(t, func() bool { // the other one works now
		drop(t, dir, "mine.json", `{"type":"timeline"}`)
		i, err := q.Get("mine")
		return err == nil && i.Report != ""
	})
	stopOther()
	var scheduled int
	for id := range states(t, q) {
		if strings.HasPrefix(id, Synthesis) {
			scheduled++
		}
	}
	if scheduled != 1 {
		t.Errorf("%d runs of what was due once", scheduled)
	}
}

// The worker cancels the model's context, whatever the task does with it, and what took too long says so.
func TestLimitOfType(t *testing.T) {
	q, dir := open(t)
	drop(t, dir, "a.json", `{"type":"synthesis"}`)
	drop(t, dir, "b.json", `{"type":"timeline"}`)
	work(t, q, &Worker{
		Limit: func(task Task) time.Duration {
			if task.Type == Synthesis {
				return time.Millisecond
			}
			return time.Hour
		},
		Do: func(ctx context.Context, task Task) (Outcome, error) {
			if end, ok := ctx.Deadline(); !ok || task.Type == Timeline && time.Until(end) < time.Minute {
				t.Errorf("%s ends at %v", task.Type, end)
			}
			if task.Type == Synthesis {
				<-ctx.Done()
			}
			return Outcome{}, ctx.Err()
		},
	})
	if have := states(t, q); have["a"] != Failed || have["b"] != Completed {
		t.Errorf("%v", have)
	}
}
