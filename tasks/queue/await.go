package queue

import (
	"context"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// awaitLimit is how long Await waits where the system tells nothing.
const awaitLimit = time.Minute

// Await waits until something comes or goes in a folder, a minute at most: there are no tasks that can be worked on yet.
func Await(ctx context.Context, dir string) {
	ctx, cancel := context.WithTimeout(ctx, awaitLimit)
	defer cancel()
	events, err := fsnotify.NewWatcher()
	if err == nil {
		defer events.Close()
		err = events.Add(dir)
	}
	if err != nil {
		<-ctx.Done()
		return
	}
	for {
		select {
		case e := <-events.Events:
			if name := filepath.Base(e.Name); e.Has(fsnotify.Create) && (name == "agent" || name == "amalfa.db") {
				return
			}
		case <-events.Errors:
			return
		case <-ctx.Done():
			return
		}
	}
}
