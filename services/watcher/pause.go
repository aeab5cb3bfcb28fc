package watcher

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"time"
)

// A Pause is what a person asked for: nothing is indexed and no vector is made, while changes are gathered. It is a file, which holds
// for the watcher that runs and for those that are started later.
type Pause struct {
	Until *time.Time `json:"until"` // by the clock on the wall; nil until it is ended
}

// ReadPause returns the pause that holds now. A file that is none counts as a pause without end: somebody has asked for one.
func ReadPause(path string, now time.Time) (Pause, bool) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Pause{}, false
	}
	var p Pause
	if json.Unmarshal(data, &p) != nil {
		return Pause{}, true
	}
	return p, p.Until == nil || now.Before(*p.Until)
}

// WritePause begins a pause.
func WritePause(path string, p Pause) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return replaceFile(path, append(data, '\n'))
}

// EndPause ends it and reports whether there was one.
func EndPause(path string, now time.Time) (bool, error) {
	_, held := ReadPause(path, now)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return held, err
	}
	return held, nil
}

// String says it as the state of the watcher does.
func (p Pause) String() string {
	if p.Until == nil {
		return PausedState + `: run "amalfa watcher resume"`
	}
	return PausedState + " until " + p.Until.Local().Format(time.DateTime) + `: run "amalfa watcher resume" to go on now`
}

// PausedState begins the reason of the state of a watcher that is paused.
const PausedState = "paused"

// lookPaused notices that a pause has begun or ended.
func (w *watcher) lookPaused() {
	if w.PauseFile == "" {
		return
	}
	p, held := ReadPause(w.PauseFile, w.Now())
	now := ""
	if held {
		now = p.String()
	}
	if now == w.paused {
		return
	}
	w.paused = now
	if held {
		w.vectors.pause()
	}
	w.updateState()
}
