package access

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// A Write is one that a person has made: what of, never its contents.
type Write struct {
	Time      time.Time `json:"time"`
	Who       string    `json:"who"`
	From      string    `json:"from"`
	Workspace string    `json:"workspace"`
	Tool      string    `json:"tool"`
	Note      string    `json:"note"`
}

// Record adds a write to the log at path, in one piece, whichever processes write there.
func Record(path string, w Write) error {
	line, err := json.Marshal(w)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600) // #nosec G304 -- our state folder
	if err != nil {
		return err
	}
	if _, err = f.Write(append(line, '\n')); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
