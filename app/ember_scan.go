package app

import (
	"context"
	"slices"
	"time"

	"amalfa/ingest"
	"amalfa/notes/files"
	kept "amalfa/tasks/answers"
	"amalfa/tasks/ember"
)

// EmberScan is what a scan proposed.
type EmberScan struct {
	Sidecars []EmberRow   `json:"sidecars"`
	DryRun   bool         `json:"dryRun"`
	Looked   int          `json:"looked"`  // notes
	Stale    []string     `json:"stale"`   // notes that changed since they were indexed
	Kept     []EmberRow   `json:"kept"`    // sidecars and other files that were left as they are, and why
	Removed  []string     `json:"removed"` // sidecars of notes that are gone or lack nothing any more
	Model    *string      `json:"model"`   // the language model that had a part in it
	Degraded []string     `json:"degraded"`
	Squashed *EmberSquash `json:"squashed"` // by ember.autoSquash
}

// EmberOptions narrow a scan.
type EmberOptions struct {
	Notes    []string // references; none for all
	Limit    int      // most notes with a proposal; 0 for all
	DryRun   bool
	NoModel  bool          // ask no language model
	Budget   time.Duration // of asking a language model; 0 for as long as it takes
	Progress func(done, total int)
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
	h, done, err := w.helper(ctx, o.NoModel, o.Budget)
	if err != nil {
		return ans, err
	}
	defer done()
	if h.Asker != nil {
		ans.Model = &h.Model
	}
	report, err := ember.Scan(ctx, ember.Options{
		Model: &kept.Model{Book: h.Book, Release: h.Release},
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
