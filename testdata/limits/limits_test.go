package limits

import (
	"errors"
	"testing"
	"time"
)

// TestKept: the times are given, so that no machine has a say.
func TestKept(t *testing.T) {
	broken := errors.New("broken")
	for name, tt := range map[string]struct {
		took []int // milliseconds of each try
		yard int   // milliseconds of the yardstick, 10 on the quiet machine; the limit is 100
		want int   // the shortest that is told
		done int   // tries until the end
		kept bool
	}{
		"at once":                        {[]int{90}, 10, 90, 1, true},
		"busy for a moment":              {[]int{300, 250, 99}, 10, 99, 3, true},
		"slow":                           {[]int{200, 101, 150, 160, 170}, 10, 101, 5, false},
		"a machine ten times busier":     {[]int{900}, 100, 900, 1, true},
		"slow on such a machine":         {[]int{2000, 1900, 1800, 1700, 1600}, 100, 1600, 5, false},
		"a fast machine forgives little": {[]int{90}, 1, 90, 1, true},
		"and is not held to less":        {[]int{110, 110, 110, 110, 100}, 1, 100, 5, true},
	} {
		t.Run(name, func(t *testing.T) {
			done := 0
			l := Limit{100 * time.Millisecond, 10 * time.Millisecond, func() (time.Duration, error) { return time.Duration(tt.yard) * time.Millisecond, nil }}
			got, err := l.Kept(func() (time.Duration, error) {
				done++
				return time.Duration(tt.took[done-1]) * time.Millisecond, nil
			})
			if got != time.Duration(tt.want)*time.Millisecond || done != tt.done || (err == nil) != tt.kept {
				t.Errorf("%v after %d tries, %v", got, done, err)
			}
		})
	}
	l := Limit{time.Second, time.Second, func() (time.Duration, error) { return 0, broken }}
	if _, err := l.Kept(func() (time.Duration, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, err := l.Kept(func() (time.Duration, error) { return 2 * time.Second, nil }); !errors.Is(err, broken) {
		t.Error(err)
	}
}
