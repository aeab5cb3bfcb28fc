package edit

import (
	"context"
	"sync"

	"amalfa/ingest"
	"amalfa/notes"
	"amalfa/store"
)

// Load reads from an index what links resolve among. vaults are those of the workspace; read returns the bytes of a file.
func Load(ctx context.Context, st store.Store, vaults []notes.Vault, read func(id string) ([]byte, error)) (*Workspace, error) {
	all, err := st.List(ctx, "", "", 0)
	if err != nil {
		return nil, err
	}
	others, err := st.Others(ctx)
	if err != nil {
		return nil, err
	}
	known, err := st.Files(ctx)
	if err != nil {
		return nil, err
	}
	var names []notes.Name
	for _, n := range all {
		names = append(names, n.Name())
	}
	var files []notes.File
	for _, o := range others {
		files = append(files, notes.File{ID: o.ID, PathOnly: o.Linked})
	}
	for id, f := range known {
		if !f.HasNote() { // refused, but there
			files = append(files, notes.File{ID: id})
		}
	}
	return &Workspace{
		World: NewWorld(names, files, vaults), Read: read, reader: ingest.NewReader(),
		Linkers: func(keys []string) ([]string, error) { return st.Linkers(ctx, keys) },
		Wiki:    sync.OnceValue(func() bool { return mostlyWiki(ctx, st) }),
	}, nil
}

// mostlyWiki tells whether wikilinks are most links of an index. One that cannot be read has none.
func mostlyWiki(ctx context.Context, st store.Store) bool {
	g, err := st.Graph(ctx)
	if err != nil {
		return false
	}
	wiki := 0
	for _, e := range g.Edges {
		switch e.Type {
		case notes.Cites:
			wiki++
		case notes.LinksTo:
			wiki--
		}
	}
	return wiki > 0
}

// NewWorkspace is a workspace without an index, which knows of no links.
func NewWorkspace(world *World, read func(id string) ([]byte, error)) *Workspace {
	return &Workspace{World: world, Read: read, reader: ingest.NewReader(), Linkers: func([]string) ([]string, error) { return nil, nil }}
}
