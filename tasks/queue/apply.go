package queue

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"amalfa/edit"
)

// Apply makes changes through the journal of edits under a key, once: a second call with the same key finds what the first one did, be
// it whole or cut off in the middle, and leaves all changes made once. A note that somebody changed between is an error, and then
// nothing more is done.
func Apply(e *edit.Editor, key string, changes []edit.FileChange) error {
	entries, _, err := e.Journal.List(e.Now())
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.What != key {
			continue
		}
		if made(e, changes) {
			return nil
		}
		if err := e.Undo(entry); err != nil {
			return fmt.Errorf("take back what a process that died had begun: %w", err)
		}
	}
	return e.Apply(key, nil, changes)
}

// made tells whether every note is what the changes make of it.
func made(e *edit.Editor, changes []edit.FileChange) bool {
	for _, c := range changes {
		data, err := e.Folder.Read(c.To)
		if errors.Is(err, fs.ErrNotExist) || err != nil || !bytes.Equal(data, c.After) {
			return false
		}
	}
	return true
}
