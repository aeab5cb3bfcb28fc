package lifecycle

import "time"

// Await waits for done, at most for limit, and reports whether it came.
func Await(done <-chan struct{}, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}
