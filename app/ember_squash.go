package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"amalfa/edit"
	"amalfa/notes"
	"amalfa/notes/files"
	"amalfa/tasks/ember"
)

// lockEmber waits until nobody else changes sidecars or squashes in this workspace.
func (w *Workspace) lockEmber(ctx context.Context) (unlock func(), err error) {
	if err := w.Writable(); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(w.Folder.Dir(), "ember.lock"))
	ok, err := lock.TryLockContext(ctx, 50*time.Millisecond)
	if err != nil || !ok {
		return nil, fmt.Errorf("wait for another ember: %w", err)
	}
	return func() { _ = lock.Close() }, nil
}

// EmberSquash is what was written into notes, or would be.
type EmberSquash struct {
	DryRun bool       `json:"dryRun"`
	Notes  []string   `json:"notes"` // that were changed
	Left   []EmberRow `json:"left"`  // sidecars that were not applied, and why
	Backup *string    `json:"backup"`
	Patch  string     `json:"patch"`
}

// EmberSquash writes what the sidecars of all notes, or of some, propose into their front matter, in one edit that "undo" and revert take
// back.
func (w *Workspace) EmberSquash(ctx context.Context, refs []string, dry bool) (EmberSquash, error) {
	var ids []string
	for _, ref := range refs {
		id, err := w.fileID(strings.TrimSuffix(ref, ember.Suffix))
		if err != nil {
			return EmberSquash{}, err
		}
		ids = append(ids, id)
	}
	return w.squash(ctx, ids, true, dry)
}

// squash is EmberSquash for ids; named tells that a person named them, so that sidecars which somebody edited count too.
func (w *Workspace) squash(ctx context.Context, ids []string, named, dry bool) (ans EmberSquash, err error) {
	ans = EmberSquash{DryRun: dry, Notes: []string{}, Left: []EmberRow{}}
	d, err := w.emberOpen(ctx, !dry)
	if err != nil {
		return ans, err
	}
	defer d.close()
	chosen, err := d.chosen(ctx, ids)
	if err != nil {
		return ans, err
	}
	var changes []edit.FileChange
	var done []ember.Found
	ws, finish, err := w.editable(ctx)
	if err != nil {
		return ans, err
	}
	defer finish()
	for _, f := range chosen {
		if f.State != ember.Pending && !(f.State == ember.Edited && named && len(ids) > 0) {
			row := newEmberRow(f)
			if f.State == ember.Edited {
				row.Why = "it is not as a scan of yours wrote it: name its note to squash it all the same"
			}
			ans.Left = append(ans.Left, row)
			continue
		}
		after, why, err := d.apply(ws, f)
		if err != nil {
			return ans, err
		}
		if why != "" {
			row := newEmberRow(f)
			row.Why = why
			ans.Left = append(ans.Left, row)
			continue
		}
		done = append(done, f)
		if string(after) != string(f.Note) {
			id := f.Sidecar.TargetFile
			changes = append(changes, edit.FileChange{From: id, To: id, Before: f.Note, After: after})
			ans.Notes = append(ans.Notes, id)
		}
	}
	if dry {
		ans.Patch = string(edit.Diff(w.aboveRoot(), changes))
		return ans, nil
	}
	if len(changes) > 0 {
		dir, err := d.write(changes)
		if err != nil {
			return ans, err
		}
		ans.Backup = &dir
	}
	for _, f := range done {
		err = errors.Join(err, d.desk.Remove(f.Path))
	}
	if len(changes) > 0 {
		err = errors.Join(err, w.settle(ctx, ans.Notes))
	}
	return ans, err
}

// chosen are the sidecars of some notes, or all. A note without one is an error.
func (d *emberDesk) chosen(ctx context.Context, ids []string) (out []ember.Found, err error) {
	if len(ids) == 0 {
		return d.list(ctx)
	}
	for _, id := range ids {
		f := d.desk.Look(ember.SidecarOf(id))
		if f.State == ember.Broken {
			return nil, WithHint(fmt.Errorf("%s: %s", f.Path, f.Why), `"amalfa ember status" lists the sidecars; "amalfa ember scan" makes them`)
		}
		out = append(out, f)
	}
	return out, nil
}

// apply is a note with what its sidecar says; why tells what keeps it from that. Links to what is no note any more, or linked already, are
// left out.
func (d *emberDesk) apply(ws *edit.Workspace, f ember.Found) (after []byte, why string, err error) {
	var links []string
	if f.Sidecar.Changes.Links != nil {
		for _, id := range f.Sidecar.Changes.Links.Add {
			if link, ok := ws.LinkText(f.Sidecar.TargetFile, f.Note, id); ok {
				links = append(links, link)
			}
		}
	}
	after, err = ember.Apply(f.Note, f.Sidecar.Changes, links)
	if errors.Is(err, notes.ErrShape) {
		return nil, err.Error(), nil
	}
	return after, "", err
}

// write keeps the notes, then changes them.
func (d *emberDesk) write(changes []edit.FileChange) (backup string, err error) {
	var list []ember.BackedUp
	content := map[string][]byte{}
	for _, c := range changes {
		list = append(list, ember.BackedUp{ID: c.To, Before: files.Hash(c.Before), After: files.Hash(c.After)})
		content[c.To] = c.Before
	}
	b, err := ember.MakeBackup(d.emberBackups(), d.Folder.Root, time.Now(), list, content, d.desk.Keys[0])
	if err != nil {
		return "", err
	}
	return b.Dir, d.change("ember squash", changes...)
}
