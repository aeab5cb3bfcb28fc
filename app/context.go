package app

import (
	"context"
	"errors"
	"io/fs"

	"amalfa/notes"
	"amalfa/notes/files"
	"amalfa/search"
	"amalfa/store"
)

// SetContext makes text what a folder, named by a path, says about its notes.
func (w *Workspace) SetContext(folder, text string) (c notes.Context, err error) {
	err = w.changeContext(folder, func(f *files.Folder, id string) (err error) {
		c, err = f.SetContext(id, text)
		return err
	})
	return c, err
}

// RemoveContext removes what a folder says.
func (w *Workspace) RemoveContext(folder string) (id string, err error) {
	err = w.changeContext(folder, func(f *files.Folder, name string) error {
		id = name
		return f.RemoveContext(name)
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = WithHint(err, `"amalfa context" lists the folders that say something`)
	}
	return id, err
}

func (w *Workspace) changeContext(folder string, change func(f *files.Folder, id string) error) error {
	id, err := w.fileID(folder)
	if err != nil {
		return err
	}
	f, err := files.Open(w.Folder.Root)
	if err != nil {
		return err
	}
	defer f.Close()
	return change(f, id)
}

// ContextsAt returns what a folder and those above it say, outer ones first.
func (w *Workspace) ContextsAt(folder string) (id string, all []notes.Context, err error) {
	if id, err = w.fileID(folder); err != nil {
		return "", nil, err
	}
	return id, files.Contexts(w.Folder.Root, []string{id + "/" + notes.ContextName}), nil
}

// Contexts returns what the folders of the indexed notes say, outer ones first.
func (w *Workspace) Contexts(ctx context.Context) ([]notes.Context, error) {
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	known, err := st.List(ctx, "", "", 0)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(known))
	for i, n := range known {
		ids[i] = n.ID
	}
	return files.ContextsIn(w.Folder.Root, notes.Folders(ids, 0)), nil
}

// tell fills in what the folders of the hits say, and packs the hits where that was asked for. Contexts take at most a quarter
// of a pack's budget.
func (w *Workspace) tell(ctx context.Context, st store.Store, found *Found, pack *PackOptions) (err error) {
	found.Contexts = files.Contexts(w.Folder.Root, idsOf(found.Results))
	if pack == nil {
		return nil
	}
	return w.pack(ctx, st, found, *pack)
}

func idsOf(hits []search.Hit) []string {
	ids := make([]string, len(hits))
	for i, h := range hits {
		ids[i] = h.ID
	}
	return ids
}

func (w *Workspace) pack(ctx context.Context, st store.Store, found *Found, o PackOptions) (err error) {
	var count func(string) int
	count, found.Tokenizer = w.countTokens()
	size := func(c notes.Context) int { return count(o.RenderContext(c)) }
	said, reserved := notes.FitContexts(found.Contexts, o.Budget/4, size)
	found.Pack, err = search.NewPack(ctx, st, found.Results, search.PackOptions{
		Budget: o.Budget - reserved, Count: func(p search.Piece) int { return count(o.Render(p)) },
	})
	ids := make([]string, len(found.Pack.Pieces))
	for i, p := range found.Pack.Pieces {
		ids[i] = p.ID
	}
	var taken int
	found.Contexts, taken = notes.FitContexts(notes.ContextsOf(said, ids), reserved, size)
	found.Pack.Tokens += taken
	return err
}
