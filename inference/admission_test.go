package inference

import (
	"errors"
	"testing"
)

func TestAdmission(t *testing.T) {
	a := &Admission{Requests: 2, Bytes: 100}
	enter := func(size int, want error) func() {
		t.Helper()
		leave, err := a.Enter(size)
		if !errors.Is(err, want) {
			t.Errorf("%d bytes: %v, want %v", size, err, want)
		}
		return leave
	}
	huge := enter(1000, nil) // alone
	enter(1, ErrBusy)
	huge()
	first, second := enter(60, nil), enter(40, nil)
	enter(0, ErrBusy) // the third
	second()
	enter(41, ErrBusy) // too much text
	first()
	if a.Waiting() != 0 || a.held.Load() != 0 {
		t.Errorf("left over: %d requests, %d bytes", a.Waiting(), a.held.Load())
	}
}
