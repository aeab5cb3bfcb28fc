package ingest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"amalfa/store"
)

// A queue is the notes that wait for vectors, most wanted first, as the index had them at the last look.
type queue struct {
	began   time.Time
	notes   []store.Waiting
	refused refusals
	met     map[string]bool   // passages that were refused in this run
	changed map[string]string // notes whose file is not what the index holds: hash of what it holds
	held    map[string]string // notes that the model must not see, in the same way
	have    int               // passages with a vector
	of      int               // passages
	tokens  int64             // in those without one

	version int64 // of the index at that look, or after what was written here since
	looked  time.Time
	cost    time.Duration // of the look
}

func newQueue(began time.Time) queue {
	return queue{began: began, met: make(map[string]bool), changed: make(map[string]string), held: make(map[string]string)}
}

// lookShare bounds the looks at all that waits, while others keep writing, to one part in so many of the time.
const lookShare = 20

// wrote notes that this process wrote once.
func (q *queue) wrote() { q.version++ }

// stale tells whether others have written since the last look.
func (q *queue) stale(ctx context.Context, st store.Store) (bool, error) {
	version, err := st.DataVersion(ctx)
	return version != q.version, err
}

// due tells whether it is time for another look at an index that others write to.
func (q *queue) due() bool { return time.Since(q.looked) >= lookShare*q.cost }

// load looks at all that waits.
func (q *queue) load(ctx context.Context, st store.Store, digest string) (err error) {
	from := time.Now()
	if q.version, err = st.DataVersion(ctx); err != nil {
		return err
	}
	if q.notes, err = st.Waiting(ctx, digest, nil); err != nil {
		return err
	}
	if q.of, _, err = st.Frequencies(ctx, nil); err != nil {
		return err
	}
	q.have, q.tokens = q.of, 0
	for _, n := range q.notes {
		q.have -= n.Passages
		q.tokens += n.Tokens
	}
	q.sort(q.notes)
	q.looked = time.Now()
	q.cost = q.looked.Sub(from)
	return nil
}

func (q *queue) sort(notes []store.Waiting) {
	slices.SortFunc(notes, func(a, b store.Waiting) int {
		return cmp.Or(
			-cmp.Compare(q.saved(a), q.saved(b)), -cmp.Compare(writtenAt(a), writtenAt(b)), -cmp.Compare(a.Linked, b.Linked), cmp.Compare(a.ID, b.ID))
	})
}

// saved is when a note was saved, in nanoseconds, or 0 when that was before the run.
func (q *queue) saved(n store.Waiting) int64 {
	if n.MTime < q.began.UnixNano() {
		return 0
	}
	return n.MTime
}

// writtenAt is when a note was written, in seconds since 1970: on the day that it states, at its file's time where that is in it, and
// else at the end that is nearer; without a stated day at its file's time. Files of a tree that was just copied share their seconds.
func writtenAt(n store.Waiting) int64 {
	file := time.Unix(0, n.MTime)
	day, err := time.Parse(time.DateOnly, n.Date)
	if err != nil {
		return file.Unix()
	}
	return min(max(file.Unix(), day.Unix()), day.AddDate(0, 0, 1).Unix()-1)
}

// refuses tells whether the model is known to refuse a passage.
func (q *queue) refuses(hash string) bool { return q.met[hash] || q.refused.Passages[hash] != "" }
