package app

import (
	"strings"
	"testing"
	"time"
)

func TestPruneSnapshots(t *testing.T) {
	now := time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)
	var all []Snapshot
	for day := 500; day >= 0; day-- {
		for hour := range 3 {
			all = append(all, Snapshot{Time: now.Add(-time.Duration(day)*24*time.Hour + time.Duration(hour-3)*time.Hour), Notes: day})
		}
	}
	kept := pruneSnapshots(all, now)
	within := func(of []Snapshot, days int) (n int) {
		for _, s := range of {
			if now.Sub(s.Time) <= time.Duration(days)*24*time.Hour {
				n++
			}
		}
		return n
	}
	if got := within(kept, keepAllDays); got != within(all, keepAllDays) || got != 3*keepAllDays {
		t.Errorf("%d kept of the last days", got)
	}
	if got := len(kept); got != within(kept, keepDays) || got < keepDays {
		t.Errorf("%d kept, %d of them in time", got, within(kept, keepDays))
	}
	if last := kept[len(kept)-1]; last != all[len(all)-1] {
		t.Errorf("the newest is %v", last)
	}
	for i := 1; i < len(kept); i++ {
		if now.Sub(kept[i-1].Time) > (keepAllDays+1)*24*time.Hour && sameDay(kept[i-1].Time, kept[i].Time) {
			t.Errorf("two of %v", kept[i].Time)
		}
	}
	if again := pruneSnapshots(kept, now); len(again) != len(kept) {
		t.Errorf("pruned again: %d of %d", len(again), len(kept))
	}
	many := make([]Snapshot, 1000)
	for i := range many {
		many[i].Time = now.Add(time.Duration(i-1000) * time.Second)
	}
	if kept := pruneSnapshots(many, now); len(kept) != keepAll {
		t.Errorf("%d kept of a day with 1000", len(kept))
	}
}

func TestGrowth(t *testing.T) {
	shot := func(notes, links int) Snapshot { return Snapshot{Notes: notes, Links: links} }
	for _, tc := range []struct {
		name string
		all  []Snapshot
		now  Snapshot
		want string // of each warning, a part
	}{
		{"none before", nil, shot(1, 0), ""},
		{"more", []Snapshot{shot(10, 5)}, shot(11, 5), ""},
		{"a fifth less", []Snapshot{shot(10, 5)}, shot(8, 4), ""},
		{"more than a fifth less", []Snapshot{shot(10, 5), shot(7, 5)}, shot(7, 5), "7 notes, 10 at"},
		{"links", []Snapshot{shot(10, 50)}, shot(10, 10), "10 links, 50 at the snapshot of 0001-01-01 00:00:00: a drop of 80 %"},
		{"too long ago", []Snapshot{shot(10, 5), shot(7, 5), shot(7, 5), shot(7, 5), shot(7, 5), shot(7, 5)}, shot(7, 6), ""},
		{"the same", []Snapshot{shot(7, 5), shot(7, 5), shot(7, 5), shot(7, 5), shot(7, 5)}, shot(7, 5), "no growth"},
		{"nothing at all", []Snapshot{shot(0, 0)}, shot(0, 0), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := strings.Join(growth(tc.all, tc.now), "\n"); tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("%q", got)
			}
		})
	}
}
