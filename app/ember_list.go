package app

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"amalfa/store"
	"amalfa/tasks/ember"
)

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

// EmberStatus is what waits, and what can be taken back.
type EmberStatus struct {
	Sidecars []EmberRow    `json:"sidecars"`
	Backups  []EmberBackup `json:"backups"`
	Foreign  int           `json:"foreign"` // backups that this user did not make
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
	ans.Backups, ans.Foreign, err = d.backups()
	return ans, err
}
