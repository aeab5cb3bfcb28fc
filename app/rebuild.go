package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"amalfa/ingest"
	"amalfa/search"
	"amalfa/store/sqlite"

	"go.uber.org/zap"
)

// damaged says why an index is built again.
func damaged(what string) string { return fmt.Sprintf("is damaged (%s)", what) }

// statIndex is the file at the index's place, nil where there is none, or where the index is in a database: a file that lies here then is
// left alone.
func (w *Workspace) statIndex() os.FileInfo {
	info, err := os.Stat(w.Folder.DB())
	if err != nil || w.inDatabase() {
		return nil
	}
	return info
}

// startOver is beginAnew by who does not hold the writer's lock.
func (w *Workspace) startOver(ctx context.Context, found os.FileInfo, why string) (Index, error) {
	unlock, err := w.lockWriter(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	return w.beginAnew(ctx, found, why)
}

// beginAnew sets the old index aside, whole, and makes a new one, which says of itself that it is being built until it is complete. The
// writer's lock, which the caller holds, keeps others from opening what is half replaced: a new database beside the log of the old one
// would be mended by it. With the file in which a fault was found, it takes the index of whoever was faster.
func (w *Workspace) beginAnew(ctx context.Context, found os.FileInfo, why string) (Index, error) {
	if found != nil && replaced(w.Folder.DB(), found) {
		return w.openFile(ctx, sqlite.Options{})
	}
	aside, err := w.setAside()
	if err != nil {
		return nil, err
	}
	w.Notice("warning: the index %s: set aside as %s, building a new one from the notes", why, w.Relative(aside))
	st, err := w.openFile(ctx, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	if err := st.SetRemark(ctx, search.RemarkRebuilding, "0"); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return st, nil
}

// setAside moves the index out of the way, if there is one, and returns where it lies.
func (w *Workspace) setAside() (string, error) {
	aside := w.Folder.DB() + asideMark + time.Now().UTC().Format(asideTime)
	for _, end := range asideEnds() {
		if err := os.Rename(w.Folder.DB()+end, aside+end); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("set the old index aside: %w", err)
		}
	}
	return aside, nil
}

// runIngest brings the whole index up to date. When it ends well, what an older program left of the index is not needed any more, and
// an index that was begun anew is complete.
func runIngest(ctx context.Context, st Index, o ingest.Options) (ingest.Summary, error) {
	rebuilding, err := st.Remark(ctx, search.RemarkRebuilding)
	if err != nil {
		return ingest.Summary{}, err
	}
	if rebuilding != "" {
		o.Progress = tellRebuilding(ctx, st, o)
	}
	sum, err := ingest.Run(ctx, o)
	if err != nil {
		return sum, err
	}
	if rebuilding != "" {
		if err := st.SetRemark(ctx, search.RemarkRebuilding, ""); err != nil {
			return sum, err
		}
	}
	if err := st.DropOlder(); err != nil {
		o.Log.Warn("Copy of the older index stays", zap.Error(err))
	}
	return sum, nil
}

// tellRebuilding keeps with the index how far it is, for those who ask it meanwhile.
func tellRebuilding(ctx context.Context, st Index, o ingest.Options) func(ingest.Progress) {
	told := 0
	return func(p ingest.Progress) {
		if percent := (search.Share{Have: p.Done, Of: p.Total}).Percent(); percent != told {
			told = percent
			if err := st.SetRemark(ctx, search.RemarkRebuilding, strconv.Itoa(percent)); err != nil {
				o.Log.Warn("How far the index is, is not told", zap.Error(err))
			}
		}
		if o.Progress != nil {
			o.Progress(p)
		}
	}
}
