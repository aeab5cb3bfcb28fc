package app

import (
	"context"
	"errors"
	"path/filepath"

	"amalfa/edit"
	"amalfa/notes/files"
	"amalfa/tasks/ember"
)

// emberBackups is the folder of ember.backupDir.
func (w *Workspace) emberBackups() string {
	dir := w.Settings.Ember.BackupDir
	if filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(w.Folder.Root, filepath.FromSlash(dir))
}

func (d *emberDesk) backups() (_ []EmberBackup, foreign int, err error) {
	all, foreign, err := ember.Backups(d.emberBackups(), d.Folder.Root, d.desk.Keys)
	out := []EmberBackup{}
	for _, b := range all {
		row := EmberBackup{Time: b.Time, Notes: []string{}, Path: b.Dir}
		for _, n := range b.Notes {
			row.Notes = append(row.Notes, n.ID)
		}
		out = append(out, row)
	}
	return out, foreign, err
}

// EmberRevert is what a revert took back.
type EmberRevert struct {
	Notes   []string   `json:"notes"` // that are what they were
	Left    []EmberRow `json:"left"`  // notes that changed since, which stay as they are
	Backup  *string    `json:"backup"`
	Foreign int        `json:"foreign"` // backups that this user did not make, which are not used
}

// EmberRevert takes the last squash back: each note that is still what squash made of it. Others stay, and their copies in the backup.
func (w *Workspace) EmberRevert(ctx context.Context) (ans EmberRevert, err error) {
	ans = EmberRevert{Notes: []string{}, Left: []EmberRow{}}
	d, err := w.emberOpen(ctx, true)
	if err != nil {
		return ans, err
	}
	defer d.close()
	all, foreign, err := ember.Backups(d.emberBackups(), d.Folder.Root, d.desk.Keys)
	ans.Foreign = foreign
	if err != nil || len(all) == 0 {
		return ans, err
	}
	last := all[0]
	ans.Backup = &last.Dir
	var changes []edit.FileChange
	for _, n := range last.Notes {
		now, err := d.desk.Notes.Read(n.ID)
		if err == nil && files.Hash(now) == n.Before { // undone already
			continue
		}
		before, copied := last.Content(n, files.Hash)
		if err = errors.Join(err, copied); err == nil && files.Hash(now) != n.After {
			err = errors.New("it has changed since the squash")
		}
		if err != nil {
			ans.Left = append(ans.Left, EmberRow{Path: ember.SidecarOf(n.ID), Target: n.ID, State: "kept", Why: firstLine(err), Suggestions: []ember.Suggestion{}})
			continue
		}
		changes = append(changes, edit.FileChange{From: n.ID, To: n.ID, Before: now, After: before})
		ans.Notes = append(ans.Notes, n.ID)
	}
	if len(changes) > 0 {
		if err := w.change("ember revert", changes...); err != nil {
			return ans, err
		}
	}
	if err := last.Done(); err != nil {
		return ans, err
	}
	return ans, w.settle(ctx, ans.Notes)
}
