package ingest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"amalfa/ingest/ignore"
	"amalfa/store"
)

// Run brings the words, links and tags of the whole index up to date with the workspace, and asks no model: passages whose text had a
// vector keep it, and MakeVectors makes the others. When ctx ends first it returns ctx.Err() with a Summary of what was done; that
// much is kept.
func Run(ctx context.Context, o Options) (Summary, error) { return Update(ctx, o, []string{"."}) }

// Update does what Run does for some files and folders, given by id or by absolute path: changed, new, or gone. A folder
// stands for all below it.
func Update(ctx context.Context, o Options, paths []string) (Summary, error) {
	r, err := newRun(ctx, o, paths)
	if err != nil {
		return Summary{}, err
	}
	defer r.root.Close()
	err = r.do(ctx)
	var lookErr error
	if r.looked { // it came to writing
		lookErr = r.count(context.WithoutCancel(ctx)) // an interrupted run says it too
	}
	r.summarize()
	if err != nil && ctx.Err() != nil { // whatever else was cut short by that
		err = ctx.Err()
	}
	return r.summary, cmp.Or(err, lookErr)
}

// Folders returns the folders at or below the given ones, and on the way to them, that may hold notes, sorted: those a watcher
// has to watch. Ignored, hidden and linked ones are not among them. Only Root, Sources, Exclude and Git
// of the options are used.
func Folders(ctx context.Context, o Options, below []string) ([]string, error) {
	f, err := look(ctx, o, below)
	return f.folders, err
}

// look walks a part of a workspace outside of a run.
func look(ctx context.Context, o Options, below []string) (found, error) {
	sources, ids, err := resolveScope(o, below)
	if err != nil {
		return found{}, err
	}
	root, err := os.OpenRoot(o.Root)
	if err != nil {
		return found{}, fmt.Errorf("open workspace: %w", err)
	}
	defer root.Close()
	return discover(ctx, root, sources, o, newScope(ids))
}

// IgnoreSources returns the paths of the files outside the workspace's tree that decide which of its files are left out: what a
// watcher has to look at beside the folders. They need not exist. Only Root and Git of the options are used.
func IgnoreSources(o Options) []string { return ignore.Find(o.Root, o.Git).Sources() }

func resolveScope(o Options, paths []string) (sources []source, ids []string, err error) {
	if sources, err = parseSources(o.Root, o.Sources); err != nil {
		return nil, nil, err
	}
	ids = make([]string, len(paths))
	for i, p := range paths {
		if ids[i], err = relative(o.Root, p); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", p, err)
		}
	}
	return sources, ids, nil
}

// A run is one Update. Its fields are written by one goroutine at a time: first by do, then by the committing stage.
type run struct {
	Options
	root    *os.Root
	scope   scope
	found   found
	known   map[string]store.File // records in the scope, by id
	others  []store.Other         // what the index knows of them in the scope
	private []candidate           // files in the scope whose path keeps them from the store
	prepare *preparer
	chunker string          // its version
	guess   bool            // nobody counts tokens: what was cut by counting them is better
	active  string          // digest of the model whose vectors answer; "" before the first
	passed  map[uint64]bool // passages of this run, by the beginning of their hash
	looked  bool            // the index can be counted
	summary Summary
	written []string // ids of notes put
	again   []task   // files that changed between being read and being written
	lost    bool     // a writer on another machine put one of them first
	total   int      // files to read
	done    int      // of these, read and written
	began   time.Time
}

func newRun(ctx context.Context, o Options, paths []string) (*run, error) {
	guess := o.Count == nil
	o = o.withDefaults()
	r := &run{Options: o, chunker: chunkerVersion(o), guess: guess, began: o.Now(), passed: make(map[uint64]bool)}
	sources, ids, err := resolveScope(o, paths)
	if err != nil {
		return nil, err
	}
	r.scope = newScope(ids)
	if r.root, err = os.OpenRoot(o.Root); err != nil {
		return nil, fmt.Errorf("open workspace: %w", err)
	}
	if err := r.survey(ctx, sources); err != nil {
		return nil, errors.Join(err, r.root.Close())
	}
	r.prepare = &preparer{markdown: newMarkdown(), count: o.Count, maxTokens: o.MaxTokens}
	return r, nil
}

// survey reads what is on disk and what the index knows, both in scope.
func (r *run) survey(ctx context.Context, sources []source) (err error) {
	if r.found, err = discover(ctx, r.root, sources, r.Options, r.scope); err != nil {
		return err
	}
	r.withholdPaths()
	r.summary.Seen = len(r.found.files) + len(r.found.refused)
	for _, base := range r.found.missing {
		r.summary.Degraded = append(r.summary.Degraded, fmt.Sprintf("source %s does not exist", base))
	}
	if r.Store == nil { // a preview before there is an index
		return nil
	}
	if _, err = r.Store.DataVersion(ctx); err != nil { // ErrNewer, before any work is done for nothing
		return err
	}
	if r.known, err = r.Store.FilesAt(ctx, slices.Collect(maps.Keys(r.scope.covered))); err != nil {
		return err
	}
	return r.readOthers(ctx)
}

// do runs the pipeline, again for files that changed meanwhile.
func (r *run) do(ctx context.Context) error {
	active, err := r.Store.ActiveModel(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	r.active, r.looked = active.Digest, true
	tasks, closing := r.plan(), r.closing()
	for round, rounds := 0, maxRounds; round == 0 || len(tasks) > 0 && round <= rounds; round++ {
		r.again, r.lost = nil, false
		r.total = r.done + len(tasks)
		if err := r.pipeline(ctx, tasks, closing); err != nil {
			return errors.Join(err, r.cutOff(ctx))
		}
		tasks, closing = r.again, store.Batch{}
		if r.lost {
			rounds = min(rounds+1, mostRounds)
		}
	}
	r.giveUp()
	return r.lookUp(ctx)
}

// finishTime bounds how long a run that is cut off goes on.
const finishTime = 10 * time.Second

// cutOff completes what an interrupted run has written: its links resolve. Without the time for it the next run does so.
func (r *run) cutOff(ctx context.Context) error {
	if ctx.Err() == nil || r.done == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	return locked(ctx, r.WriterLock, func() error { return r.Store.Apply(ctx, store.Batch{Whole: r.scope.covers(".")}) })
}

// maxRounds bounds how often a file that keeps changing is tried in one run, and mostRounds how often one is of which writers on other
// machines keep putting another version: each time one of them got on.
const (
	maxRounds  = 3
	mostRounds = 100
)

// vanished tells whether an error means that the file is not there any more.
func vanished(err error) bool { return errors.Is(err, fs.ErrNotExist) }
