package rerank

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"amalfa/models"
)

// A sight is how the model's files were when they were last looked at.
type sight struct {
	failed bool
	files  models.Files // those that could not be loaded; none where none were found
	print  string       // of them, then
}

// saw notes how a look at the files ended.
func (e *Engine) saw(files models.Files, err error) {
	s := &sight{failed: err != nil}
	if s.failed && files.ModelPath != "" {
		s.files, s.print = files, fingerprint(files)
	}
	e.sight.Store(s)
}

// stale reports whether to look again: nobody did yet, there was nothing to be
// found, or what could not be loaded has changed since.
func (e *Engine) stale() bool {
	s := e.sight.Load()
	switch {
	case s == nil:
		return true
	case s.failed && s.print != "":
		return fingerprint(s.files) != s.print
	}
	return s.failed
}

// fingerprint changes when a file beside the model or its tokenizer does; it
// reads none of them.
func fingerprint(f models.Files) string {
	var b strings.Builder
	for _, path := range []string{f.ModelPath, f.TokenizerPath} {
		entries, err := os.ReadDir(filepath.Dir(path))
		fmt.Fprintln(&b, path, err)
		for _, entry := range entries {
			if info, err := os.Stat(filepath.Join(filepath.Dir(path), entry.Name())); err == nil {
				fmt.Fprintln(&b, entry.Name(), info.Size(), info.ModTime().UnixNano())
			}
		}
	}
	return b.String()
}

// lookAgain is how often an engine without a usable model looks for one. That
// costs a few system calls where nothing is, or nothing has changed.
const lookAgain = 5 * time.Second

// Watch finds out whether the files are there, until they are, and again where
// they could not be loaded and have changed since, and tells of it. It
// returns when ctx ends.
func (e *Engine) Watch(ctx context.Context, told func(Model, error)) {
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		if e.stale() {
			m, err := e.find(ctx)
			if ctx.Err() != nil {
				return
			}
			told(m, err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
