package watcher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"

	"amalfa/ingest"
	"amalfa/lifecycle"
)

// Defaults of Options.
const (
	DefaultDebounce  = time.Second
	DefaultReconcile = 10 * time.Minute
	DefaultPoll      = 5 * time.Second
)

// Options of Serve. Root, Ingest, Full and Folders are required.
type Options struct {
	Root string
	// Ingest brings some files and folders up to date, given by id; ingest.Update does it.
	Ingest func(ctx context.Context, paths []string) (ingest.Summary, error)
	// Full brings everything up to date; ingest.Run does it.
	Full func(ctx context.Context) (ingest.Summary, error)
	// Folders lists the folders to watch at, below and above the given ones; ingest.Folders does it.
	Folders func(ctx context.Context, below []string) ([]string, error)
	// Ignore lists the files outside the workspace's tree that decide what is left out; ingest.IgnoreSources does it. May be nil.
	Ignore func() []string
	// StatusFile is where what is counted is kept; "" keeps it nowhere.
	StatusFile string
	// Journal is where others read what the index may lack, by ReadJournal with the name of Owner; "" keeps it nowhere.
	Journal string
	Owner   func() string
	// Replaced tells whether another index than before is at its place; it is asked at each Poll. May be nil.
	Replaced func() bool
	// Vectors makes the vectors that the index lacks until none is lacking or ctx ends, and returns how many it made; ErrElsewhere when
	// another process does. It is called beside Ingest and Full. nil: none are made.
	Vectors func(ctx context.Context) (made int, err error)
	// Others tells of what other machines did to an index that several write; nil where none does.
	Others <-chan Others
	// PauseFile is where WritePause tells that nothing shall be done; "" is nowhere.
	PauseFile string
	// Polled says why a folder is polled though it could be watched, "" for one that is watched. May be nil.
	Polled func(dir string) string
	// Tell is called with a failure that lasts, once, and when it is over; it returns at once. May be nil.
	Tell      func(Problem)
	Debounce  time.Duration      // quiet time before changes are indexed; while changes go on, at most twice this; 0: DefaultDebounce
	Reconcile time.Duration      // time between looks at everything; 0: DefaultReconcile
	Poll      time.Duration      // time between looks at folders that cannot be watched; 0: DefaultPoll
	Log       *zap.Logger        // may be nil
	Life      *lifecycle.Machine // told how the watcher is; may be nil
	Now       func() time.Time

	open func() (notifier, error) // nil: the operating system's events
}

// Backoff after a failed ingest.
const (
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

// watcher is owned by the goroutine of Serve; one other goroutine at a time runs an ingest.
type watcher struct {
	Options
	folders  *folders
	pending  pending
	racy     pending // was read so shortly after it changed that another change may look the same
	journal  journal
	vectors  vectors
	reporter reporter
	paused   string    // why nothing is done, "" otherwise
	notPoll  time.Time // before which no folder is polled
	work     work      // that runs
	status   Status
	running  bool
	results  chan result
	backoff  time.Duration
	complete *time.Timer     // of the next look at everything because something is missing
	missing  time.Duration   // its backoff
	ignore   map[string]bool // paths of files outside that decide what is left out
	lost     bool            // events were lost and the look at everything has not ended yet
	failed   int             // files that could not be read by the last look at everything, and since
}

type result struct {
	work work
	sum  ingest.Summary
	err  error
	took time.Duration
}

// Serve watches until ctx ends, then waits for the ingest that runs and returns nil. It returns an error only when it could not
// start: the workspace cannot be read.
func Serve(ctx context.Context, o Options) error {
	w := newWatcher(o)
	source, err := w.open()
	if err != nil {
		source = noEvents{why: err}
	}
	w.folders = newFolders(o.Root, source, o.Folders)
	w.folders.polled = o.Polled
	if err != nil {
		w.folders.refuse(".", err)
	}
	if err := w.folders.follow(ctx, []string{"."}); err != nil && ctx.Err() == nil {
		return errors.Join(fmt.Errorf("watch %s: %w", o.Root, err), source.Close())
	}
	w.watchIgnore(source)
	w.pending.all(w.Now(), true)
	w.list()
	defer w.journal.remove()
	w.loop(ctx, source)
	reason := lifecycle.EndReason(ctx)
	w.Life.Set(lifecycle.Stopping, reason)
	if w.running {
		<-w.results
	}
	w.vectors.end()
	err = source.Close()
	w.Life.Set(lifecycle.Stopped, reason)
	return err
}

func newWatcher(o Options) *watcher {
	o.Debounce, o.Reconcile, o.Poll = cmp.Or(o.Debounce, DefaultDebounce), cmp.Or(o.Reconcile, DefaultReconcile), cmp.Or(o.Poll, DefaultPoll)
	o.Log = cmp.Or(o.Log, zap.NewNop())
	o.Life = cmp.Or(o.Life, lifecycle.New(o.Log))
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.open == nil {
		o.open = openSystem
	}
	return &watcher{Options: o, results: make(chan result, 1), journal: journal{path: o.Journal, owner: o.Owner, log: o.Log},
		vectors: vectors{make: o.Vectors, log: o.Log, results: make(chan vectorsResult, 1), wanted: true}, reporter: newReporter(o.Tell),
		racy:    pending{quiet: ingest.RacyTime + lookEvery/2, most: 10 * ingest.RacyTime},
		pending: pending{quiet: o.Debounce, most: 2 * o.Debounce}}
}

func (w *watcher) loop(ctx context.Context, source notifier) {
	reconcile, poll := time.NewTicker(w.Reconcile), time.NewTicker(w.Poll)
	defer reconcile.Stop()
	defer poll.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	next := time.NewTimer(time.Hour)
	defer next.Stop()
	w.complete = time.NewTimer(time.Hour)
	w.complete.Stop()
	defer w.complete.Stop()
	w.updateState()
	w.lookPaused()
	for {
		if at, ok := w.pending.due(); ok && !w.running && w.paused == "" {
			next.Reset(at.Sub(w.Now()))
		} else {
			next.Stop()
		}
		if w.paused == "" && w.status.LastIngest != nil {
			w.vectors.begin(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case e := <-source.Events():
			w.event(ctx, e)
		case err := <-source.Errors():
			w.trouble(err)
		case <-next.C:
			if w.lookPaused(); w.paused == "" {
				w.start(ctx)
			}
		case r := <-w.vectors.results:
			w.vectors.record(r)
			w.updateState()
		case <-w.vectors.again():
			w.vectors.retry = nil
		case <-look.C:
			w.lookPaused()
			w.readAgain()
			w.reporter.look(w.Now(), w.problems())
		case <-w.complete.C:
			w.pending.all(w.Now(), false)
		case r := <-w.results:
			w.record(ctx, r)
		case o := <-w.Others:
			w.hear(o)
		case <-reconcile.C:
			w.pending.all(w.Now(), false)
		case <-poll.C:
			w.poll(ctx)
		}
	}
}

// lookEvery is how long it goes unnoticed that a pause ends: two looks at a file cost nothing.
const lookEvery = time.Second

// pollShare bounds the share of the time that polling takes: one part of this many.
const pollShare = 20

// poll has looked at what no event tells of.
func (w *watcher) poll(ctx context.Context) {
	before := w.folders.why()
	for _, id := range w.folders.retry() {
		w.changed(id)
		w.enter(ctx, id)
	}
	if w.folders.why() != before {
		w.updateState()
	}
	if w.Replaced != nil && w.Replaced() {
		w.doubt()
	}
	if w.Now().Before(w.notPoll) {
		return
	}
	for _, dir := range w.folders.unwatchedTops() {
		w.changed(dir)
	}
}

// list tells others what the index may lack now.
func (w *watcher) list() {
	w.journal.replace(slices.Concat(w.pending.mayLag(), w.work.mayLag(), w.folders.unwatchedTops()))
}

// start hands what is pending to ingest.
func (w *watcher) start(ctx context.Context) {
	w.work, w.running = w.pending.next(), true
	go func(r result, began time.Time) {
		r.sum, r.err = w.do(ctx, r.work)
		r.took = w.Now().Sub(began)
		w.results <- r
	}(result{work: w.work}, w.Now())
}

// do is one ingest; events are gathered meanwhile.
func (w *watcher) do(ctx context.Context, todo work) (ingest.Summary, error) {
	if !todo.everything {
		return w.Ingest(ctx, todo.paths)
	}
	if err := w.folders.renew(ctx); err != nil {
		return ingest.Summary{}, err
	}
	return w.Full(ctx)
}

// readAgain has files read again that changed shortly before they were read, once that is long enough ago: only then nothing else can have
// changed in them without a trace, and the index is as one that is made now.
func (w *watcher) readAgain() {
	if at, ok := w.racy.due(); !ok || w.Now().Before(at) {
		return
	}
	todo := w.racy.next()
	w.pending.put(todo, w.Now())
}

// record takes note of an ingest that has ended. What failed is tried again, later each time.
func (w *watcher) record(ctx context.Context, r result) {
	w.work, w.running = work{}, false
	if ctx.Err() != nil {
		return
	}
	now := w.Now()
	defer w.list()
	if r.err != nil {
		w.backoff = min(max(firstRetry, 2*w.backoff), lastRetry)
		w.pending.retry(r.work, now, w.backoff)
		w.status.LastError = r.err.Error()
		w.Log.Error("Indexing failed, it will be tried again", zap.Error(r.err), zap.Duration("in", w.backoff))
		w.updateState()
		return
	}
	w.backoff, w.status.LastError = 0, ""
	w.status.LastIngest = &now
	if r.work.everything {
		w.status.Files = r.sum.Seen
		w.status.Rescans++
		w.status.Failed = r.sum.Failed
		w.lost, w.failed = w.lost && w.pending.doubt, 0 // more may have been lost meanwhile
	}
	w.failed += r.sum.Failed
	if changed := r.sum.Indexed + r.sum.Partial + r.sum.Deleted; changed > 0 {
		w.status.LastChange = &now
		w.racy.put(work{everything: r.work.everything, paths: r.work.paths}, now)
		w.Log.Info("Indexed", zap.Int("changed", r.sum.Indexed+r.sum.Partial), zap.Int("deleted", r.sum.Deleted), zap.Duration("took", r.sum.Took))
	}
	w.status.Notices = r.sum.Degraded
	w.vectors.wanted = w.vectors.wanted || r.sum.Missing > 0
	if tops := w.folders.unwatchedTops(); slices.ContainsFunc(r.work.paths, func(id string) bool { return slices.Contains(tops, id) }) {
		w.notPoll = now.Add(min(pollShare*r.took, w.Reconcile))
	}
	w.completeLater(r.sum.Failed + w.incomplete(r.sum))
	w.updateState()
}

// incomplete counts the notes that only another ingest gives their vectors.
func (w *watcher) incomplete(sum ingest.Summary) int {
	if w.Vectors != nil {
		return 0
	}
	return sum.Missing
}

// completeLater plans another look for files that could not be read: no event tells that they can.
func (w *watcher) completeLater(failed int) {
	if failed == 0 {
		w.missing = 0
		return
	}
	w.missing = min(max(firstRetry, 2*w.missing), w.Reconcile)
	w.complete.Reset(w.missing)
}

func (w *watcher) warnUnwatched() {
	if !w.folders.warned {
		w.folders.warned = true
		_, unwatched := w.folders.count()
		w.Log.Warn("Some folders cannot be watched and are polled", zap.String("reason", w.folders.why()), zap.Int("folders", unwatched))
	}
}
