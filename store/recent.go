package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"amalfa/notes"
)

// ErrTime reports a time that cannot be read, or an end before its beginning.
var ErrTime = errors.New("expected a time such as 2h, 3 days ago, yesterday, 2024-03-05 or 2024-03-05T14:00Z")

// Changes are what happened since something.
type Changes struct {
	History
	After  int64 // the place in the history that was asked with, at most that of the newest event
	ByTime bool  // all of a time, newest first; otherwise what the index heard of after a place in its history, oldest first
}

// ChangesSince reads since as a place in the history, a number that an earlier answer gave, or as a time, like until; see
// notes.Moment. Without both it is all time. Of a history it returns up to limit events, of a time all.
func ChangesSince(ctx context.Context, st Store, since, until string, limit int, now time.Time) (c Changes, err error) {
	after, ok, err := place(ctx, st, since, now)
	switch {
	case err != nil:
		return c, err
	case ok && until != "":
		return c, fmt.Errorf("until: %w as since beside it, not a cursor", ErrTime)
	case ok:
		c.History, err = st.Changes(ctx, after, limit)
		c.After = min(after, c.Cursor)
		c.Pruned = c.Pruned && after > 0
		return c, err
	}
	from, to, err := between(since, until, now)
	if err != nil {
		return c, err
	}
	c.ByTime = true
	c.History, err = Recent(ctx, st, from, to)
	return c, err
}

// place reads a number that is a place in the history. One behind its end may still be a year or a day.
func place(ctx context.Context, st Store, since string, now time.Time) (after int64, ok bool, err error) {
	after, err = strconv.ParseInt(strings.TrimSpace(since), 10, 64)
	if err != nil || after < 0 {
		return 0, false, nil
	}
	if _, _, isTime := notes.Moment(since, now); !isTime {
		return after, true, nil
	}
	h, err := st.Changes(ctx, after, 1)
	return after, h.Cursor >= after, err
}

// between is the time from since to until.
func between(since, until string, now time.Time) (from, to time.Time, err error) {
	to = now.AddDate(1, 0, 0) // some computers' clocks are ahead
	if since != "" {
		var ok bool
		if from, _, ok = notes.Moment(since, now); !ok {
			return from, to, fmt.Errorf("since: %w, got %.100q", ErrTime, since)
		}
	}
	if until != "" {
		start, end, ok := notes.Moment(until, now)
		if !ok {
			return from, to, fmt.Errorf("until: %w, got %.100q", ErrTime, until)
		}
		if to = end; end.Equal(start) {
			to = end.Add(time.Millisecond) // the instant itself counts, too
		}
	}
	if to.Before(from) {
		return from, to, fmt.Errorf("until: comes before since: %w", ErrTime)
	}
	return from, to, nil
}

// MaxHistory is about how many events an index keeps.
const MaxHistory = 50_000

// Recent returns what happened to notes from one time on and before another, the newest first: notes whose file was changed then,
// by the file's own time, and what was removed or renamed, by when the index heard of it. A file's time says more than the index:
// the first indexing hears of every note. Cursor is the newest event there is.
func Recent(ctx context.Context, st Store, from, to time.Time) (h History, err error) {
	past, err := st.Changes(ctx, 0, MaxHistory+1)
	if err != nil {
		return h, err
	}
	all, err := st.List(ctx, "", "", 0)
	if err != nil {
		return h, err
	}
	within := func(t time.Time) bool { return !t.Before(from) && t.Before(to) }
	last := map[string]Event{} // by path, of the events within
	for _, e := range past.Events {
		if within(time.UnixMilli(e.Time)) {
			last[e.Path] = e
		}
	}
	h.Cursor = past.Cursor
	for _, n := range all {
		e, heard := last[n.ID]
		delete(last, n.ID)
		switch changed := time.Unix(0, n.MTime); {
		case within(changed):
			if !heard {
				e = Event{Path: n.ID, Event: Changed, NewHash: n.Hash}
			}
			e.Time = changed.UnixMilli()
			h.Events = append(h.Events, e)
		case heard && e.Event == Renamed:
			h.Events = append(h.Events, e)
		}
	}
	for _, e := range last {
		if e.Event == Removed {
			h.Events = append(h.Events, e)
		}
	}
	slices.SortFunc(h.Events, func(a, b Event) int { return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(a.Path, b.Path)) })
	return h, nil
}
