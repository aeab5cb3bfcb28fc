package cli

import (
	"context"
	"errors"

	"amalfa/store"
)

// welcome is bare `amalfa`: what a newcomer needs, or where this folder stands.
func (a *program) welcome(ctx context.Context) error {
	s, err := a.open()
	if err != nil {
		return err
	}
	st, err := s.ReadIndex(ctx)
	if errors.Is(err, store.ErrNoIndex) {
		a.line("amalfa keeps a local memory of a folder of notes. Nothing leaves this computer.")
		a.line("")
		a.line("  amalfa init              index the notes in %s", s.Folder.Root)
		a.line("  amalfa search QUESTION   ask them")
		a.line("  amalfa demo              see it work on notes that come with it")
		a.line("  amalfa --help            everything else")
		return nil
	}
	if err != nil {
		return err
	}
	defer st.Close()
	n, err := st.Stats(ctx)
	if err != nil {
		return err
	}
	a.line("%s: %s, %s, %s", s.Folder.Root, count(n.Notes, "note"), count(n.Chunks, "chunk"), count(n.Edges, "link"))
	a.line("")
	a.line("  amalfa search QUESTION   ask them")
	a.line("  amalfa init              bring the index up to date")
	a.line("  amalfa servers           the services")
	a.line("  amalfa --help            everything else")
	return nil
}
