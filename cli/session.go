package cli

import (
	"context"

	"amalfa/app"
	"amalfa/store/sqlite"

	"github.com/urfave/cli/v3"
)

// A session is a command at work on a workspace.
type session struct {
	*program
	*app.Workspace
}

// open finds the workspace and reads the settings. It writes nothing there.
func (a *program) open(c *cli.Command) (*session, error) {
	w, err := app.Open(a.host(), app.OpenOptions{Root: c.String("root"), Offline: c.Bool("offline")})
	if err != nil {
		return nil, err
	}
	return &session{a, w}, nil
}

func (a *program) host() app.Host {
	return app.Host{Env: a.env, Exe: a.exe, Notice: a.note, Download: a.downloads()}
}

// at returns the same session for another workspace.
func (s *session) at(root string) *session { return &session{s.program, s.At(root)} }

// withIndex opens the workspace and its index, and closes it after fn.
func (a *program) withIndex(ctx context.Context, c *cli.Command, fn func(*session, *sqlite.Store) error) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	st, err := s.ReadIndex(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	return fn(s, st)
}
