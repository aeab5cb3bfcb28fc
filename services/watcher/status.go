package watcher

import (
	"encoding/json"
	"time"

	"go.uber.org/zap"
)

// Status is what the watcher counts.
type Status struct {
	Files      int        `json:"files"`      // seen by the last look at everything
	Folders    int        `json:"folders"`    // watched
	Unwatched  int        `json:"unwatched"`  // folders that are polled
	LastChange *time.Time `json:"lastChange"` // when something in the index last changed
	LastIngest *time.Time `json:"lastIngest"` // when an ingest last ended well
	LastError  string     `json:"lastError"`  // of the last ingest; "" when it ended well
	Rescans    int        `json:"rescans"`    // looks at everything since it was started
	Failed     int        `json:"failed"`     // files that could not be read by the last look at everything
	Notices    []string   `json:"notices"`    // what the index lacks after the last ingest
	Problems   []string   `json:"problems"`   // what is wrong now
	Paused     string     `json:"paused"`     // "" when it is not
	Others     int        `json:"others"`     // changes by other machines since it was started
	LastOther  *time.Time `json:"lastOther"`  // when it last heard of one
	Older      int        `json:"older"`      // files of this folder that another machine has written anew since
}

// save writes the statistics. A file that cannot be written does not stop the watcher.
func (w *watcher) save() {
	w.status.Folders, w.status.Unwatched = w.folders.count()
	if w.StatusFile == "" {
		return
	}
	s := w.status
	s.Notices, s.Problems = append([]string{}, s.Notices...), append([]string{}, s.Problems...) // never null
	data, err := json.Marshal(s)
	if err == nil {
		err = replaceFile(w.StatusFile, append(data, '\n'))
	}
	if err != nil {
		w.Log.Warn("Statistics cannot be written", zap.Error(err))
	}
}
