//go:build unix

package daemon

import (
	"context"
	"os"
	"testing"
	"time"
)

// killed starts the service, kills its process and waits until it is gone.
func killed(t *testing.T, s Spec) int {
	t.Helper()
	pid := start(t, s).PID
	p, _ := os.FindProcess(pid)
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	if gone, err := eventually(t.Context(), time.Minute, func() (bool, error) { return !Held(s.Record), nil }); err != nil || !gone {
		t.Fatalf("pid %d holds its record after it was killed: %v", pid, err)
	}
	return pid
}

func awaitDeath(t *testing.T, s Spec) *Fallen {
	t.Helper()
	fallen, err := AwaitDeath(t.Context(), s)
	if err != nil {
		t.Fatalf("AwaitDeath() = %v", err)
	}
	return fallen
}

// A process that began and died while nobody waited for its lock has died like any other.
func TestDeathBeforeTheFirstLook(t *testing.T) {
	s := spec(t, "serve")
	pid := killed(t, s)
	fallen := awaitDeath(t, s)
	if fallen == nil || fallen.PID != pid || !Died(s, pid) {
		t.Fatalf("AwaitDeath() = %+v, want the death of pid %d", fallen, pid)
	}
	if twice := awaitDeath(t, s); twice != nil {
		t.Errorf("the same death was told twice: %+v", twice)
	}
	if again, err := fallen.Revive(t.Context(), s, time.Minute); again || err != nil {
		t.Errorf("Revive() = %t, %v", again, err)
	}
	if st := inspect(t, s); st.PID == pid || !st.Trusted || Exists(s.revivePath()) {
		t.Errorf("revived: %+v, mark left: %t", st, Exists(s.revivePath()))
	}
}

// Whoever was about to start a process again has ended first: the next one takes it up, unless somebody dealt with the service.
func TestDeathThatNobodyDealtWith(t *testing.T) {
	for name, tt := range map[string]struct {
		meanwhile func(t *testing.T, s Spec)
		pending   bool
	}{
		"nothing":         {func(*testing.T, Spec) {}, true},
		"a failed start":  {func(t *testing.T, s Spec) { failToRevive(t, s) }, true},
		"it was stopped":  {func(t *testing.T, s Spec) { stopped(t, s) }, false},
		"it was started":  {func(t *testing.T, s Spec) { start(t, s) }, false},
		"it died again":   {func(t *testing.T, s Spec) { killed(t, s) }, false}, // which AwaitDeath tells
		"another boot":    {func(t *testing.T, s Spec) { ofAnotherBoot(t, s) }, false},
		"the file is cut": {func(t *testing.T, s Spec) { _ = os.Truncate(s.revivePath(), 100) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := spec(t, "serve")
			pid := killed(t, s)
			if Pending(s) != nil {
				t.Fatal("a death that nobody has seen is pending")
			}
			first := awaitDeath(t, s)
			tt.meanwhile(t, s)
			later := Pending(s)
			if (later != nil) != tt.pending {
				t.Fatalf("Pending() = %+v", later)
			}
			if later == nil {
				return
			}
			if later.PID != pid || later.How == "" || len(later.Args()) != len(first.Args()) || later.Record.Token != "" {
				t.Errorf("Pending() = %+v, want the death of pid %d", later, pid)
			}
			if again, err := later.Revive(t.Context(), s, time.Minute); again || err != nil || !inspect(t, s).Trusted || Pending(s) != nil {
				t.Errorf("Revive() = %t, %v, and then %+v, pending %+v", again, err, inspect(t, s), Pending(s))
			}
		})
	}
}

// failToRevive tries to start the service again, with a program that is not there.
func failToRevive(t *testing.T, s Spec) {
	t.Helper()
	s.Exe = s.Exe + "-gone"
	if again, err := Pending(s).Revive(t.Context(), s, time.Minute); !again || err == nil {
		t.Fatalf("Revive() = %t, %v", again, err)
	}
}

func stopped(t *testing.T, s Spec) {
	t.Helper()
	if _, err := Stop(t.Context(), s, StopOptions{}); err != nil {
		t.Fatal(err)
	}
}

func ofAnotherBoot(t *testing.T, s Spec) {
	t.Helper()
	rec := s.intended()
	rec.BootID = "another"
	if err := s.intend(rec); err != nil {
		t.Fatal(err)
	}
}

// Somebody stops the service and starts it while it is about to be started again, and that process dies too.
func TestDeathWhileAnotherIsPending(t *testing.T) {
	for name, stop := range map[string]bool{"stopped and started": true, "started": false} {
		t.Run(name, func(t *testing.T) {
			s := spec(t, "serve")
			killed(t, s)
			first := awaitDeath(t, s)
			if first == nil || first.IsOvertaken() {
				t.Fatalf("first death: %+v", first)
			}
			if stop {
				if _, err := Stop(t.Context(), s, StopOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			pid := killed(t, s)
			if !first.IsOvertaken() {
				t.Error("nothing tells that there was another process")
			}
			if again, err := first.Revive(t.Context(), s, time.Minute); again || err != nil {
				t.Fatalf("Revive() after another process = %t, %v", again, err)
			}
			second := awaitDeath(t, s)
			if second == nil || second.PID != pid {
				t.Fatalf("second death: %+v, want that of pid %d", second, pid)
			}
			if _, err := second.Revive(t.Context(), s, time.Minute); err != nil || !inspect(t, s).Trusted {
				t.Errorf("Revive() = %v, and then %+v", err, inspect(t, s))
			}
		})
	}
}

// What a person stops stays so, whether its death was seen or not.
func TestStopAfterADeath(t *testing.T) {
	for name, seen := range map[string]bool{"seen": true, "not seen": false} {
		t.Run(name, func(t *testing.T) {
			s := spec(t, "serve")
			pid := killed(t, s)
			var fallen *Fallen
			if seen {
				fallen = awaitDeath(t, s)
			}
			if res, err := Stop(t.Context(), s, StopOptions{}); err != nil || res.WasRunning {
				t.Fatalf("Stop() = %+v, %v", res, err)
			}
			if later := awaitDeath(t, s); later != nil {
				t.Errorf("a death that Stop has dealt with was told: %+v", later)
			}
			if seen {
				if again, err := fallen.Revive(t.Context(), s, time.Minute); again || err != nil {
					t.Errorf("Revive() = %t, %v", again, err)
				}
			}
			if Held(s.Record) || Exists(s.Record) || !Died(s, pid) {
				t.Errorf("held %t, record left %t, death known %t", Held(s.Record), Exists(s.Record), Died(s, pid))
			}
		})
	}
}

// An empty record is one that is about to be locked; who waits for deaths leaves it alone.
func TestAnEmptyRecordIsNoDeath(t *testing.T) {
	s := spec(t, "serve")
	forge(t, s.Record, Record{})
	if err := os.Truncate(s.Record, 0); err != nil {
		t.Fatal(err)
	}
	if fallen := awaitDeath(t, s); fallen != nil || !Exists(s.Record) {
		t.Errorf("AwaitDeath() = %+v, record left: %t", fallen, Exists(s.Record))
	}
	if _, err := Start(context.Background(), s, time.Minute); err != nil {
		t.Error(err)
	}
}
