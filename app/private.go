package app

import (
	"errors"
	"sync"
	"time"

	"go.uber.org/zap"
)

// sameDatabase fails where the settings name another place for the index than this service was started with: nothing goes to a database
// any more that the user has taken out of them.
func (v *serving) sameDatabase() error {
	v.follower.look()
	if v.follower.now().Database == v.Settings.Database {
		return nil
	}
	return WithHint(errors.New("the setting database has changed since this was started"), "amalfa "+v.svc.Name+" restart")
}

// privateDelay is how long a pattern that makes notes private may go unnoticed by a process that runs: each look costs two at a file.
const privateDelay = 50 * time.Millisecond

// privateNow returns what tells the patterns of private notes as the settings have them by now: a service that was started before a note
// became private must not send it out.
func (w *Workspace) privateNow() func() []string {
	settings := w.follow(zap.NewNop())
	var mu sync.Mutex
	looked := time.Now()
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); now.Sub(looked) >= privateDelay {
			settings.look()
			looked = now
		}
		return settings.now().Private
	}
}
