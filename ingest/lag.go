package ingest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"time"
)

// Lag counts the files that differ from what the index holds: new, changed and gone ones. It opens no note; a change that
// left size and times alone is not seen.
func Lag(ctx context.Context, o Options) (int, error) {
	n, _, err := LagWithin(ctx, o, []string{"."}, math.MaxInt64)
	return n, err
}

// LagWithin is Lag among some files and folders, given by id, that looks at them for limit at most. Where it did not see them all it
// counts the new and changed ones among those that it saw, and all is false.
func LagWithin(ctx context.Context, o Options, paths []string, limit time.Duration) (n int, all bool, err error) {
	if len(paths) == 0 {
		return 0, true, nil
	}
	o = o.withDefaults()
	sources, ids, err := resolveScope(o, paths)
	if err != nil {
		return 0, false, err
	}
	r := &run{Options: o, scope: newScope(ids)}
	if r.root, err = os.OpenRoot(o.Root); err != nil {
		return 0, false, fmt.Errorf("open workspace: %w", err)
	}
	defer r.root.Close()
	if _, err = o.Store.DataVersion(ctx); err != nil {
		return 0, false, err
	}
	if r.known, err = o.Store.FilesAt(ctx, ids); err != nil {
		return 0, false, err
	}
	looking, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r.found, err = discover(looking, r.root, sources, o, r.scope)
	all = err == nil
	if err != nil && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
		return 0, false, err
	}
	r.withholdPaths()
	return r.changed(all), all, nil
}

// changed counts the found files that the index does not hold as they are, and with gone those that it holds and nobody found.
func (r *run) changed(gone bool) (n int) {
	if gone {
		n = len(r.gone())
	}
	for _, c := range r.found.files {
		if old, ok := r.known[c.id]; !ok && !r.saysPrivate(c.id) || ok && looksChanged(old, c.signature) {
			n++
		}
	}
	return n
}
