package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"amalfa/store"
)

// A Snapshot is what an index held at one moment.
type Snapshot struct {
	Time   time.Time `json:"time"` // UTC, to the second
	Notes  int       `json:"notes"`
	Chunks int       `json:"chunks"`
	Edges  int       `json:"edges"`
	Links  int       `json:"links"` // edges but those to tags
	Tags   int       `json:"tags"`
	Broken int       `json:"broken"` // links that nothing answers
}

// snapshotsName is the remark under which an index keeps its snapshots.
const snapshotsName = "snapshots"

// What is kept of snapshots: all of the last days, up to a number, and one a day of those before.
const (
	keepAllDays = 7
	keepAll     = 100
	keepDays    = 400
)

// Snapshots are those that the index keeps, oldest first: one for each init, and one for each day on which it changed.
func Snapshots(ctx context.Context, st store.Store) (all []Snapshot, err error) {
	text, err := st.Remark(ctx, snapshotsName)
	if err != nil || text == "" {
		return nil, err
	}
	if json.Unmarshal([]byte(text), &all) != nil {
		return nil, nil // of a later version; they begin anew
	}
	return all, nil
}

// keepSnapshot adds what the index holds now to its snapshots; daily does so for the first time of a day only.
func (w *Workspace) keepSnapshot(ctx context.Context, st Index, daily bool) error {
	now := time.Now().UTC().Truncate(time.Second)
	all, err := Snapshots(ctx, st)
	if err != nil || daily && len(all) > 0 && sameDay(all[len(all)-1].Time, now) {
		return err
	}
	n, err := st.Stats(ctx)
	if err != nil {
		return err
	}
	all = pruneSnapshots(append(all, Snapshot{now, n.Notes, n.Chunks, n.Edges, n.Links, n.Tags, n.Broken}), now)
	if err := w.setRemark(ctx, st, snapshotsName, all); err != nil {
		return fmt.Errorf("keep a snapshot of the counts: %w", err)
	}
	return nil
}

// pruneSnapshots leaves out those that are too many: of each day before the last ones, all but its last.
func pruneSnapshots(all []Snapshot, now time.Time) []Snapshot {
	var kept []Snapshot
	for i, s := range all {
		age := now.Sub(s.Time)
		old := age > keepAllDays*24*time.Hour || len(all)-i > keepAll
		last := i+1 == len(all) || !sameDay(s.Time, all[i+1].Time)
		if age <= keepDays*24*time.Hour && (!old || last) {
			kept = append(kept, s)
		}
	}
	return kept
}

func sameDay(a, b time.Time) bool { return a.Format(time.DateOnly) == b.Format(time.DateOnly) }

// Bounds of what is said of growth: those of the earlier system's validation.
const (
	mostDrop  = 0.2 // of the notes or links of the last snapshots
	lastShots = 5
)

// growth warns where an index holds much less than it did at one of the last snapshots, or the same as at all of them.
func growth(all []Snapshot, now Snapshot) (warnings []string) {
	last := all[max(0, len(all)-lastShots):]
	if len(last) == 0 {
		return nil
	}
	for _, c := range []struct {
		what string
		of   func(Snapshot) int
	}{{"note", func(s Snapshot) int { return s.Notes }}, {"link", func(s Snapshot) int { return s.Links }}} {
		most := slices.MaxFunc(last, func(a, b Snapshot) int { return c.of(a) - c.of(b) })
		if before, is := c.of(most), c.of(now); float64(is) < (1-mostDrop)*float64(before) {
			warnings = append(warnings, fmt.Sprintf("%s, %d at the snapshot of %s: a drop of %.0f %%", Count(is, c.what), before, most.Time.Format(time.DateTime), 100*float64(before-is)/float64(before)))
		}
	}
	same := !slices.ContainsFunc(last, func(s Snapshot) bool { return s.Notes != now.Notes || s.Links != now.Links })
	if same && len(last) == lastShots {
		warnings = append(warnings, fmt.Sprintf("no growth: the same notes and links as at the last %d snapshots, since %s", lastShots, last[0].Time.Format(time.DateTime)))
	}
	return warnings
}
