package watcher

import (
	"cmp"
	"fmt"
	"time"

	"amalfa/lifecycle"
)

// The kinds of what can be wrong.
const (
	CannotIndex = "index"   // an ingest failed
	CannotEmbed = "vectors" // no vector could be made
	CannotWatch = "watch"   // folders that have to be polled
)

// A Problem is one kind of failure, or its end.
type Problem struct {
	Kind string
	Text string // names files, never what is in them; "" when it is over
}

const (
	// quietFailure is how long something has to fail until a person is told: most of it is over at the next try.
	quietFailure = 30 * time.Second
	// repeatAfter bounds how often a person is told of one kind.
	repeatAfter = time.Hour
)

// A reporter tells a person once of each kind of failure that lasts, and once when that is over.
type reporter struct {
	tell  func(Problem) // nil: nobody is told
	since map[string]time.Time
	told  map[string]time.Time // of those that last
	last  map[string]time.Time // when it was told last
}

// look compares what is wrong with what was.
func (r *reporter) look(now time.Time, wrong []Problem) {
	if r.tell == nil {
		return
	}
	lasts := make(map[string]bool)
	for _, p := range wrong {
		lasts[p.Kind] = true
		since, failed := r.since[p.Kind]
		if !failed {
			r.since[p.Kind], since = now, now
		}
		last, before := r.last[p.Kind]
		if _, told := r.told[p.Kind]; !told && now.Sub(since) >= quietFailure && (!before || now.Sub(last) >= repeatAfter) {
			r.told[p.Kind], r.last[p.Kind] = now, now
			r.tell(p)
		}
	}
	for kind := range r.since {
		if lasts[kind] {
			continue
		}
		if _, told := r.told[kind]; told {
			r.tell(Problem{Kind: kind})
		}
		delete(r.since, kind)
		delete(r.told, kind)
	}
}

func newReporter(tell func(Problem)) reporter {
	return reporter{tell, map[string]time.Time{}, map[string]time.Time{}, map[string]time.Time{}}
}

// problems are what is wrong now, the worst first.
func (w *watcher) problems() (wrong []Problem) {
	if w.status.LastError != "" {
		wrong = append(wrong, Problem{CannotIndex, "indexing fails: " + w.status.LastError})
	}
	if w.vectors.failure != "" {
		wrong = append(wrong, Problem{CannotEmbed, "vectors cannot be made: " + w.vectors.failure})
	}
	if why := w.folders.why(); why != "" {
		wrong = append(wrong, Problem{CannotWatch, why})
	}
	return wrong
}

// updateState sets the state that fits what is known, and saves what was counted.
func (w *watcher) updateState() {
	wrong := w.problems()
	w.status.Paused = w.paused
	w.status.Problems = nil
	for _, p := range wrong {
		w.status.Problems = append(w.status.Problems, p.Text)
	}
	w.save()
	w.reporter.look(w.Now(), wrong)
	if w.folders.why() != "" {
		w.warnUnwatched()
	}
	switch {
	case w.paused != "":
		w.Life.Set(lifecycle.Degraded, w.paused)
	case len(wrong) > 0:
		w.Life.Set(lifecycle.Degraded, wrong[0].Text)
	case w.status.LastIngest == nil:
		w.Life.Set(lifecycle.Starting, "first look at the workspace")
	default:
		w.Life.Set(lifecycle.Ready, cmp.Or(w.unread(), w.olderHere(), w.folders.chosen()))
	}
}

// unread says that files could not be read.
func (w *watcher) unread() string {
	switch w.status.Failed {
	case 0:
		return ""
	case 1:
		return `1 file cannot be read: run "amalfa coverage"`
	}
	return fmt.Sprintf(`%d files cannot be read: run "amalfa coverage"`, w.status.Failed)
}
