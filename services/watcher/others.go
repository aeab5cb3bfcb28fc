package watcher

import (
	"fmt"

	"go.uber.org/zap"
)

// Others is what other machines did to the index since they were last told of.
type Others struct {
	Changed int // notes that they wrote, removed or renamed
	// Older is how many files of this folder are older than what another machine wrote of them: they are not written over it.
	Older int
}

// hear takes note of what others did. The passages that they wrote may lack vectors; nothing is done to a file.
func (w *watcher) hear(o Others) {
	if o.Changed > 0 {
		now := w.Now()
		w.status.Others += o.Changed
		w.status.LastOther = &now
		w.vectors.wanted = true
		w.Log.Info("Other machines changed notes", zap.Int("notes", o.Changed), zap.Int("older_here", o.Older))
	}
	w.status.Older = o.Older
	w.updateState()
}

// olderHere says that files of this folder are not the newest.
func (w *watcher) olderHere() string {
	switch w.status.Older {
	case 0:
		return ""
	case 1:
		return "1 file here is older than what another machine wrote: get the newer one, as with git pull"
	}
	return fmt.Sprintf("%d files here are older than what other machines wrote: get the newer ones, as with git pull", w.status.Older)
}
