package cli

import (
	"context"
	"errors"

	"amalfa/store"
)

// welcome is bare `amalfa`: what a newcomer needs, or where this folder stands.
func (s *session) welcome(ctx context.Context) error {
	st, err := s.ReadIndex(ctx)
	if errors.Is(err, store.ErrNoIndex) {
		s.line("amalfa keeps a local memory of a folder of notes. Nothing leaves this computer.")
		s.line("")
		s.line("  amalfa init              index the notes in %s", s.Folder.Root)
		s.line("  amalfa search QUESTION   ask them")
		s.line("  amalfa demo              see it work on notes that come with it")
		s.line("  amalfa --help            everything else")
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
	s.line("%s: %s, %s, %s", s.Folder.Root, count(n.Notes, "note"), count(n.Chunks, "chunk"), count(n.Edges, "link"))
	s.line("")
	s.line("  amalfa search QUESTION   ask them")
	s.line("  amalfa init              bring the index up to date")
	s.line("  amalfa servers           the services")
	s.line("  amalfa --help            everything else")
	return nil
}
