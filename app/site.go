package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"amalfa/edit"
	"amalfa/notes"
	"amalfa/site"
	"amalfa/store"
	"amalfa/tasks/consent"
)

// SiteOptions say what of the notes is written as a site.
type SiteOptions struct {
	Dir      string // empty, new, or an earlier export
	Name     string // of the site; "" is the name of the workspace's folder
	Private  bool   // notes that are marked as private too
	Progress func(done, total int)
}

// A SiteReport says what was written.
type SiteReport struct {
	Path    string   `json:"path"`  // the first page
	Pages   int      `json:"pages"` // of notes
	Private []string `json:"private"`
}

// siteMark is the file by which an export knows an earlier one, which it may replace.
const siteMark = ".amalfa-site"

// ErrNotASite reports a folder that holds something else than an export.
var ErrNotASite = errors.New("the folder is not empty, and no earlier export")

// ExportSite writes the notes of the index as a web site that opens without a server. An earlier export in the same place is replaced.
func (w *Workspace) ExportSite(ctx context.Context, o SiteOptions) (r SiteReport, err error) {
	ws, done, err := w.editable(ctx)
	if err != nil {
		return r, err
	}
	defer done()
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return r, err
	}
	defer st.Close()
	b := siteBuilder{SiteOptions: o, ctx: ctx, world: ws.World, notes: map[string]store.Note{}, policy: consent.New(w.consent())}
	b.read = func(id string) ([]byte, error) {
		data, _, err := w.readNote(ctx, st, b.notes[id])
		return data, err
	}
	s := &site.Site{Name: o.Name, Source: filepath.Base(w.Folder.Root), Load: b.load, Done: b.told}
	if s.Name == "" {
		s.Name = s.Source
	}
	if s.Entries, err = b.entries(st); err != nil {
		return r, err
	}
	b.total = len(s.Entries)
	dir, err := openSite(o.Dir)
	if err != nil {
		return r, err
	}
	defer dir.Close()
	s.Create = func(name string, data []byte) error { return writePage(dir, name, data) }
	r.Pages, err = s.Export()
	r.Path, r.Private = filepath.Join(o.Dir, "index"+site.Extension), b.private
	return r, err
}

// siteBuilder reads the notes of a site.
type siteBuilder struct {
	SiteOptions
	ctx         context.Context
	notes       map[string]store.Note // of the index, by id
	read        func(id string) ([]byte, error)
	world       *edit.World
	policy      *consent.Policy
	private     []string
	done, total int
}

// entries are the notes that shall have a page.
func (b *siteBuilder) entries(st store.Store) ([]site.Entry, error) {
	all, err := st.List(b.ctx, "", "", 0)
	if err != nil {
		return nil, err
	}
	g, err := st.Graph(b.ctx)
	if err != nil {
		return nil, err
	}
	linkers := map[string][]string{}
	for _, e := range g.Edges {
		if e.Target >= 0 && e.Source != e.Target {
			to := g.Notes[e.Target].ID
			linkers[to] = append(linkers[to], g.Notes[e.Source].ID)
		}
	}
	b.private = []string{}
	var out []site.Entry
	for _, n := range all {
		b.notes[n.ID] = n
		if b.hides(n.ID) {
			b.private = append(b.private, n.ID)
			continue
		}
		from := linkers[n.ID]
		slices.Sort(from)
		out = append(out, site.Entry{ID: n.ID, Title: n.Title, Tags: n.Tags, Linkers: slices.Compact(from)})
	}
	return out, nil
}

// hides tells whether a note is private and private ones stay here.
func (b *siteBuilder) hides(id string) bool {
	if b.Private {
		return false
	}
	data, err := b.read(id)
	return err == nil && b.policy.IsPrivate(id, data)
}

func (b *siteBuilder) load(id string) (n site.Note, ok bool, err error) {
	if err := b.ctx.Err(); err != nil {
		return n, false, context.Cause(b.ctx)
	}
	data, err := b.read(id)
	if errors.Is(err, fs.ErrNotExist) {
		return n, false, nil
	}
	return site.Note{File: data, Vault: b.world.Vault(id), Leads: func(to notes.Target) notes.Answer { return b.world.Leads(id, to) }}, err == nil, err
}

func (b *siteBuilder) told() {
	b.done++
	if b.Progress != nil {
		b.Progress(b.done, b.total)
	}
}

// openSite opens the folder of an export, emptied of an earlier one.
func openSite(dir string) (*os.Root, error) {
	// #nosec G301 -- a site is for whoever may see its folder
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	if err := clearSite(root); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, err), root.Close())
	}
	return root, nil
}

func clearSite(root *os.Root) error {
	there, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	if _, err := root.Lstat(siteMark); err != nil && len(there) > 0 {
		return ErrNotASite
	}
	if err := root.WriteFile(siteMark, []byte("Written by amalfa, which replaces all of this folder.\n"), 0o644); err != nil {
		return err
	}
	for _, e := range there {
		if e.Name() == siteMark {
			continue
		}
		if err := root.RemoveAll(e.Name()); err != nil {
			return err
		}
	}
	return nil
}

// writePage writes a file of a site that is meant for everybody to read.
func writePage(dir *os.Root, name string, data []byte) error {
	if err := dir.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	return dir.WriteFile(filepath.FromSlash(name), data, 0o644)
}
