package app

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"amalfa/notes"
)

// maxTraces is how many reports of research are kept of a workspace; the oldest make room.
const maxTraces = 50

// tracesDir is where they are, below the folder of ours: beside the tasks of the agent.
const tracesDir = "agent/traces"

// keepTrace writes the report of a research, for its owner alone, and returns its path in the workspace.
func (w *Workspace) keepTrace(question, report string) (string, error) {
	q, err := w.makeTasks() // the folder of the agent is this user's then
	if err != nil {
		return "", err
	}
	q.Close()
	root, err := os.OpenRoot(w.Folder.Dir())
	if err != nil {
		return "", fmt.Errorf("keep trace: %w", err)
	}
	defer root.Close()
	if err := root.MkdirAll(tracesDir, 0o700); err != nil {
		return "", fmt.Errorf("keep trace: %w", err)
	}
	name := path.Join(tracesDir, time.Now().UTC().Format("20060102T150405.000")+"-"+notes.Slug(notes.Clip(question, 40))+".md")
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", fmt.Errorf("keep trace: %w", err)
	}
	_, err = f.WriteString(report)
	if failed := f.Close(); err == nil {
		err = failed
	}
	if err != nil {
		return "", fmt.Errorf("keep trace: %w", err)
	}
	return filepath.ToSlash(filepath.Join(filepath.Base(w.Folder.Dir()), name)), pruneTraces(root)
}

// pruneTraces removes the oldest; names begin with their time.
func pruneTraces(root *os.Root) error {
	dir, err := root.Open(tracesDir)
	if err != nil {
		return fmt.Errorf("prune traces: %w", err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return fmt.Errorf("prune traces: %w", err)
	}
	names = slices.DeleteFunc(names, func(n string) bool { return filepath.Ext(n) != ".md" })
	slices.Sort(names)
	for _, n := range names[:max(0, len(names)-maxTraces)] {
		if err := root.Remove(path.Join(tracesDir, n)); err != nil {
			return fmt.Errorf("prune traces: %w", err)
		}
	}
	return nil
}
