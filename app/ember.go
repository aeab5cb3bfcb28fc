package app

import (
	"context"
	"errors"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"amalfa/ingest"
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

// EmberScan is what a scan proposed.
type EmberScan struct {
	Sidecars []EmberRow   `json:"sidecars"`
	DryRun   bool         `json:"dryRun"`
	Looked   int          `json:"looked"`  // notes
	Stale    []string     `json:"stale"`   // notes that changed since they were indexed
	Kept     []EmberRow   `json:"kept"`    // sidecars and other files that were left as they are, and why
	Removed  []string     `json:"removed"` // sidecars of notes that are gone or lack nothing any more
	Degraded []string     `json:"degraded"`
	Squashed *EmberSquash `json:"squashed"` // by ember.autoSquash
}

// EmberOptions narrow a scan.
type EmberOptions struct {
	Notes    []string // references; none for all
	Limit    int      // most notes with a proposal; 0 for all
	DryRun   bool
	Progress func(done, total int)
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

// EmberScan looks for what notes lack and writes it beside them, or with DryRun nowhere; and into them where ember.autoSquash says so.
func (w *Workspace) EmberScan(ctx context.Context, o EmberOptions) (EmberScan, error) {
	ans, err := w.emberScan(ctx, o)
	if err != nil || o.DryRun || !w.Settings.Ember.AutoSquash || len(ans.Sidecars) == 0 {
		return ans, err
	}
	var targets []string
	for _, row := range ans.Sidecars {
		targets = append(targets, row.Target)
	}
	squashed, err := w.squash(ctx, targets, false, false)
	ans.Squashed = &squashed
	return ans, err
}

func (w *Workspace) emberScan(ctx context.Context, o EmberOptions) (ans EmberScan, err error) {
	ans = EmberScan{Sidecars: []EmberRow{}, DryRun: o.DryRun, Stale: []string{}, Kept: []EmberRow{}, Removed: []string{}, Degraded: []string{}}
	d, err := w.emberOpen(ctx, !o.DryRun)
	if err != nil {
		return ans, err
	}
	defer d.close()
	ids, err := d.ids(ctx, o.Notes)
	if err != nil {
		return ans, err
	}
	report, err := ember.Scan(ctx, ember.Options{
		Store: d.st, Visible: ingest.NewReader().Visible, Read: d.desk.Notes.Read, Hash: files.Hash, Notes: ids, Limit: o.Limit,
		Least: w.Settings.Ember.MinConfidence, Now: time.Now, Progress: o.Progress,
	})
	if err != nil {
		return ans, err
	}
	ans.Looked, ans.Stale, ans.Degraded = report.Looked, append(ans.Stale, report.Stale...), append(ans.Degraded, report.Degraded...)
	for _, s := range report.Sidecars {
		row := newEmberRow(ember.Found{Path: ember.SidecarOf(s.TargetFile), State: "new", Sidecar: s})
		if !o.DryRun {
			ok, why, err := d.desk.Put(s)
			if err != nil {
				return ans, err
			}
			if row.State = ember.Pending; !ok {
				row.State, row.Why = "kept", why
				ans.Kept = append(ans.Kept, row)
				continue
			}
		}
		ans.Sidecars = append(ans.Sidecars, row)
	}
	if o.DryRun {
		return ans, nil
	}
	if o.Limit == 0 && len(o.Notes) == 0 {
		if err := d.tidy(ctx, &ans); err != nil {
			return ans, err
		}
	}
	return ans, nil
}

// tidy removes the sidecars of a user's scans that are no use any more.
func (d *emberDesk) tidy(ctx context.Context, ans *EmberScan) error {
	all, err := d.list(ctx)
	if err != nil {
		return err
	}
	for _, f := range all {
		known := slices.ContainsFunc(ans.Kept, func(row EmberRow) bool { return row.Path == f.Path })
		if f.State == ember.Broken && !known {
			ans.Kept = append(ans.Kept, newEmberRow(f))
		}
		useless := f.State == ember.Orphan || f.State == ember.Stale
		if !useless || !f.Sidecar.Own(d.desk.Keys) || slices.Contains(ans.Stale, f.Sidecar.TargetFile) {
			continue
		}
		if err := d.desk.Remove(f.Path); err != nil {
			return err
		}
		ans.Removed = append(ans.Removed, f.Path)
	}
	return nil
}

// ids are the notes that references mean; nil for none.
func (d *emberDesk) ids(ctx context.Context, refs []string) (ids []string, err error) {
	for _, ref := range refs {
		n, _, err := store.FindOne(ctx, d.st, d.Reference(ref))
		if err != nil {
			return nil, err
		}
		ids = append(ids, n.ID)
	}
	return ids, nil
}

// list finds all sidecars: in the folders of notes, and in the other ones that the index knows.
func (d *emberDesk) list(ctx context.Context) ([]ember.Found, error) {
	known, err := d.st.Files(ctx)
	if err != nil {
		return nil, err
	}
	others, err := d.st.Others(ctx)
	if err != nil {
		return nil, err
	}
	folders := map[string]bool{".": true}
	for id := range known {
		folders[path.Dir(id)] = true
	}
	for _, o := range others {
		folders[path.Dir(strings.TrimSuffix(o.ID, "/"))] = true
		if strings.HasSuffix(o.ID, "/") {
			folders[path.Clean(o.ID)] = true
		}
	}
	var all []string
	for folder := range folders {
		if !hidden(folder) {
			all = append(all, folder)
		}
	}
	slices.Sort(all)
	return d.desk.List(all)
}

// hidden tells whether a part of a path begins with a dot.
func hidden(folder string) bool {
	for part := range strings.SplitSeq(folder, "/") {
		if strings.HasPrefix(part, ".") && part != "." {
			return true
		}
	}
	return false
}

func newEmberRow(f ember.Found) EmberRow {
	id, _ := ember.NoteOf(f.Path)
	row := EmberRow{Path: f.Path, Target: id, State: f.State, Why: f.Why, Confidence: f.Sidecar.Confidence, Suggestions: append([]ember.Suggestion{}, f.Sidecar.Suggestions...)}
	if f.State != ember.Broken {
		row.Changes = &f.Sidecar.Changes
	}
	return row
}

// EmberStatus is what waits, and what can be taken back.
type EmberStatus struct {
	Sidecars []EmberRow    `json:"sidecars"`
	Backups  []EmberBackup `json:"backups"`
}

// EmberBackup is a squash that can be reverted.
type EmberBackup struct {
	Time  time.Time `json:"time"`
	Notes []string  `json:"notes"`
	Path  string    `json:"path"`
}

// EmberStatus lists the sidecars, and the squashes that can be reverted, the last one first.
func (w *Workspace) EmberStatus(ctx context.Context) (ans EmberStatus, err error) {
	ans = EmberStatus{Sidecars: []EmberRow{}, Backups: []EmberBackup{}}
	d, err := w.emberOpen(ctx, false)
	if err != nil {
		return ans, err
	}
	defer d.close()
	all, err := d.list(ctx)
	for _, f := range all {
		ans.Sidecars = append(ans.Sidecars, newEmberRow(f))
	}
	if err != nil {
		return ans, err
	}
	ans.Backups, err = d.backups()
	return ans, err
}
