// Package limits tells what is slow from what only runs on a busy or a slow machine.
package limits

import (
	"fmt"
	"time"
)

// tries is how often something is measured until it is within its limit: what is slow is slow each time, what had to wait for others is not.
const tries = 5

// A Limit is what something may take where the limit was set, and what a yardstick, other work of its kind, took there. Elsewhere, and
// beside other work, the limit is as many times longer as the yardstick is; it is never shorter.
type Limit struct {
	Time    time.Duration
	Yard    time.Duration                 // what Measure returned on the quiet machine where Time was set
	Measure func() (time.Duration, error) // measures the yardstick here and now
}

// Kept does something up to five times, until it keeps the limit, and returns the shortest that it took. An error of do ends it at once.
func (l Limit) Kept(do func() (time.Duration, error)) (shortest time.Duration, err error) {
	var allowed time.Duration
	for i := range tries {
		took, err := do()
		if err != nil {
			return took, err
		}
		if i == 0 || took < shortest {
			shortest = took
		}
		if took <= l.Time {
			return shortest, nil
		}
		yard, err := l.Measure()
		if err != nil {
			return shortest, fmt.Errorf("the yardstick: %w", err)
		}
		allowed = max(allowed, l.Time, time.Duration(float64(l.Time)*float64(yard)/float64(l.Yard)))
		if took <= allowed {
			return shortest, nil
		}
	}
	return shortest, fmt.Errorf("took %v, the shortest of %d tries; the limit is %v, here and now %v", shortest, tries, l.Time, allowed)
}
