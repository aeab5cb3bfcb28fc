package stdio

import (
	"context"
	"os"
	"time"
)

// parentPoll is how often WatchParent looks. The end of the input usually comes first; this is for clients that died while
// another process still holds the other end of the pipe.
const parentPoll = 500 * time.Millisecond

// WatchParent returns a context that ends when ctx does or when the process that started this one has gone. It polls the
// parent's id instead of asking Linux for PR_SET_PDEATHSIG: that signal comes when the parent's thread ends, and clients
// start servers from threads that they do not keep. On Windows the parent's id never changes and only ctx counts.
func WatchParent(ctx context.Context) context.Context {
	watched, cancel := context.WithCancel(ctx)
	go watch(watched, cancel, os.Getppid, parentPoll)
	return watched
}

func watch(ctx context.Context, gone context.CancelFunc, parent func() int, every time.Duration) {
	defer gone()
	first := parent()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for parent() == first {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
