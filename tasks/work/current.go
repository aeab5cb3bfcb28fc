package work

import (
	"bytes"
	"errors"
	"io/fs"
	"slices"

	"amalfa/edit"
)

// What became of notes while the task was at work.
var (
	errGone    = errors.New("it was deleted meanwhile")
	errChanged = errors.New("it was changed meanwhile, and stays as it is")
	errMade    = errors.New("it was made meanwhile, and stays as it is")
)

// dropStale leaves out changes of notes that are not any more what the task has read, and says so: a model may take minutes, and one note
// that its user has saved or deleted must not cost the work on all others.
func (r *run) dropStale() {
	r.changes = slices.DeleteFunc(r.changes, func(c edit.FileChange) bool {
		err := r.stale(c)
		if err != nil {
			r.skip(c.To, err)
		}
		return err != nil
	})
}

// stale is why a change cannot be made any more; nil where it can.
func (r *run) stale(c edit.FileChange) error {
	if c.From == "" {
		if r.Has != nil && r.Has(c.To) {
			return errMade
		}
		return nil
	}
	data, err := r.Read(c.From)
	switch {
	case err != nil:
		return err
	case !bytes.Equal(data, c.Before):
		return errChanged
	}
	return nil
}

// present are those of some notes that were not deleted meanwhile.
func (r *run) present(ids []string) []string {
	if r.Has == nil {
		return ids
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !r.Has(id) })
}

// skip says of a note why it stays as it is.
func (r *run) skip(id string, why error) {
	if errors.Is(why, fs.ErrNotExist) {
		why = errGone
	}
	r.degraded = append(r.degraded, id+": "+why.Error())
}
