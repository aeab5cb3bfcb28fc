package lifecycle

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

func TestStatesOnlyGoForward(t *testing.T) {
	core, logs := observer.New(zap.InfoLevel)
	m := New(zap.New(core))
	var seen []string
	m.Observe(func(st State, reason string) { seen = append(seen, string(st)+reason) })
	for _, st := range []State{Ready, Ready, Degraded, Starting, Failed, Ready, Stopping, Ready, Failed, Stopped, Ready, Stopping} {
		m.Set(st, "")
	}
	var logged []string
	for _, e := range logs.All() {
		logged = append(logged, fmt.Sprint(e.ContextMap()["from"], ">", e.ContextMap()["to"]))
	}
	want := []string{"starting>ready", "ready>degraded", "degraded>starting", "starting>failed", "failed>ready", "ready>stopping", "stopping>stopped"}
	if diff := cmp.Diff(want, logged); diff != "" {
		t.Errorf("transitions (-want +got):\n%s", diff)
	}
	want = []string{"starting", "ready", "degraded", "starting", "failed", "ready", "stopping", "stopped"}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
}

func TestAnotherReasonIsAChange(t *testing.T) {
	m := New(nil)
	var seen []string
	m.Observe(func(st State, reason string) { seen = append(seen, string(st)+": "+reason) })
	for _, reason := range []string{"no key", "no key", "no answer"} {
		m.Set(Degraded, reason)
	}
	if diff := cmp.Diff([]string{"starting: ", "degraded: no key", "degraded: no answer"}, seen); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if st, reason := m.Now(); st != Degraded || reason != "no answer" {
		t.Errorf("Now() = %s, %q", st, reason)
	}
}

// Whatever the order of callers, observers see each change in the order in which it was made.
func TestChangesAtOnce(t *testing.T) {
	m := New(nil)
	last, calls := step{}, 0
	m.Observe(func(st State, reason string) { last, calls = step{st, reason}, calls+1 })
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for n := range 100 {
				m.Set(Degraded, fmt.Sprint(worker, n))
			}
		})
	}
	all.Wait()
	if st, reason := m.Now(); last != (step{st, reason}) || calls != 801 {
		t.Errorf("%d calls, the last with %v, and the state is %s, %s", calls, last, st, reason)
	}
}

func TestKnownAndOutcome(t *testing.T) {
	for st, want := range map[State][2]bool{
		Starting: {true, false}, Ready: {true, true}, Degraded: {true, true}, Stopping: {true, false},
		Stopped: {true, false}, Failed: {true, true}, "": {false, false}, "asleep": {false, false},
	} {
		if got := [2]bool{st.Known(), st.IsOutcome()}; got != want {
			t.Errorf("%q: known and outcome %v, want %v", st, got, want)
		}
	}
}
