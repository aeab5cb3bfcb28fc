package watcher

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/natefinch/atomic"
	"go.uber.org/zap"

	"amalfa/lifecycle"
)

// Status is what the watcher tells about itself in its state file.
type Status struct {
	State      lifecycle.State `json:"state"`
	Reason     string          `json:"reason"`     // why it is not ready
	Files      int             `json:"files"`      // seen by the last look at everything
	Folders    int             `json:"folders"`    // watched
	Unwatched  int             `json:"unwatched"`  // folders that are polled
	LastChange *time.Time      `json:"lastChange"` // when something in the index last changed
	LastIngest *time.Time      `json:"lastIngest"` // when an ingest last ended well
	LastError  string          `json:"lastError"`  // of the last ingest; "" when it ended well
	Rescans    int             `json:"rescans"`    // looks at everything since it was started
	Notices    []string        `json:"notices"`    // what the index lacks after the last ingest
}

// ReadStatus reads the state file of a watcher, which may have ended without saying so.
func ReadStatus(path string) (Status, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Status{}, fmt.Errorf("read watcher state: %w", err)
	}
	var s Status
	if err := json.Unmarshal(data, &s); err != nil {
		return Status{}, fmt.Errorf("read watcher state %s: %w", path, err)
	}
	return s, nil
}

// set is the only way the state changes. A state file that cannot be written does not stop the watcher.
func (w *watcher) set(state lifecycle.State, reason string) {
	if state != w.status.State || reason != w.status.Reason {
		w.Log.Info("State changed", zap.String("from", string(w.status.State)), zap.String("to", string(state)), zap.String("reason", reason))
	}
	w.status.State, w.status.Reason = state, reason
	if w.folders != nil {
		w.status.Folders, w.status.Unwatched = len(w.folders.watched), len(w.folders.unwatched)
	}
	if w.StatusFile == "" {
		return
	}
	s := w.status
	if s.Notices == nil {
		s.Notices = []string{}
	}
	data, err := json.Marshal(s)
	if err == nil {
		err = atomic.WriteFile(w.StatusFile, bytes.NewReader(append(data, '\n')))
	}
	if err != nil {
		w.Log.Warn("State file cannot be written", zap.Error(err))
	}
}
