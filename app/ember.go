package app

import (
	"context"
	"errors"
	"os"
	"slices"

	"amalfa/notes/files"
	"amalfa/store"
	"amalfa/tasks/ember"
)

// EmberRow is a sidecar as the commands of ember tell it.
type EmberRow struct {
	Path       string         `json:"path"`   // of the sidecar
	Target     string         `json:"target"` // the note
	State      string         `json:"state"`  // new (of a dry run), pending, edited, stale, orphan or broken
	Why        string         `json:"why,omitempty"`
	Confidence float64        `json:"confidence"`
	Changes    *ember.Changes `json:"changes"`

	Suggestions []ember.Suggestion `json:"suggestions"`
}

func newEmberRow(f ember.Found) EmberRow {
	id, _ := ember.NoteOf(f.Path)
	row := EmberRow{Path: f.Path, Target: id, State: f.State, Why: f.Why, Confidence: f.Sidecar.Confidence, Suggestions: append([]ember.Suggestion{}, f.Sidecar.Suggestions...)}
	if f.State != ember.Broken {
		row.Changes = &f.Sidecar.Changes
	}
	return row
}

// An emberDesk is a workspace at work on sidecars.
type emberDesk struct {
	*Workspace
	st    store.Store
	desk  ember.Desk
	close func()
}

// emberOpen opens the index, which must be this user's, and the sidecars. write takes the lock of those who change any.
func (w *Workspace) emberOpen(ctx context.Context, write bool) (d *emberDesk, err error) {
	if !w.Settings.Ember.Enabled {
		return nil, WithHint(errors.New("ember is switched off"), `set "ember.enabled" to true in your own settings`)
	}
	var done []func()
	closeAll := func() {
		for _, f := range slices.Backward(done) {
			f()
		}
	}
	defer func() {
		if err != nil {
			closeAll()
		}
	}()
	d = &emberDesk{Workspace: w, close: closeAll}
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return nil, err
	}
	d.st, done = st, append(done, func() { _ = st.Close() })
	if write {
		unlock, err := w.lockEmber(ctx)
		if err != nil {
			return nil, err
		}
		done = append(done, unlock)
	}
	if d.desk.Keys, err = w.journalKeys(); err != nil {
		return nil, err
	}
	if d.desk.Root, err = os.OpenRoot(w.Folder.Root); err != nil {
		return nil, err
	}
	done = append(done, func() { _ = d.desk.Root.Close() })
	if d.desk.Notes, err = files.Open(w.Folder.Root); err != nil {
		return nil, err
	}
	done = append(done, func() { _ = d.desk.Notes.Close() })
	return d, nil
}
