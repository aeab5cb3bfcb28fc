package cli

import (
	"context"

	"amalfa/app"
	"amalfa/store"
)

// A session is a command at work on a workspace.
type session struct {
	*program
	*app.Workspace
}

// open finds the workspace and reads the settings. It writes nothing there.
func (a *program) open() (*session, error) {
	w, err := app.Open(app.Host{Env: a.env, Exe: a.exe, Notice: a.note, Download: a.downloads()}, app.OpenOptions{Root: a.root, Offline: a.offline})
	if err != nil {
		return nil, err
	}
	return &session{a, w}, nil
}

// withIndex opens the index, and closes it after fn.
func (s *session) withIndex(ctx context.Context, fn func(store.Store) error) error {
	st, err := s.ReadIndex(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	return fn(st)
}
