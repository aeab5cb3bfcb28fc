package inference

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

// process opens the quarantine as the next process does, whose predecessor died or was ended.
func process(t *testing.T, base string, died bool) *Quarantine {
	t.Helper()
	q, err := OpenQuarantine(base, func(pid int) bool { return died && pid == os.Getpid() })
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// die runs keys at once and leaves what a process leaves that ends during them.
func die(q *Quarantine, keys ...RunKey) {
	for _, k := range keys {
		_ = q.flight.enter(k)
	}
	_ = q.flight.file.Close()
}

func fine() error { return nil }

func TestSecondDeathNamesTheText(t *testing.T) {
	base := filepath.Join(t.TempDir(), "vector")
	bad, good := NewRunKey("m", []int64{1, 2}), NewRunKey("m", []int64{2, 1})
	die(process(t, base, false), bad, good)
	q := process(t, base, true)
	if s := ReadQuarantine(base); len(s) != 2 || s[0].Quarantined() || s[1].Quarantined() {
		t.Fatalf("after one death: %+v", s)
	}
	if err := q.Do(good, fine); err != nil {
		t.Error(err)
	}
	if s := ReadQuarantine(base); len(s) != 1 {
		t.Errorf("one that passed alone is still a suspect: %+v", s)
	}
	die(q, bad)
	q = process(t, base, true)
	ran := false
	if err := q.Do(bad, func() error { ran = true; return nil }); !errors.Is(err, ErrQuarantined) || ran {
		t.Errorf("%v, ran: %v", err, ran)
	}
	if err := q.Do(NewRunKey("other", []int64{1, 2}), fine); err != nil {
		t.Errorf("another model: %v", err)
	}
	if err := errors.Join(q.Do(good, fine), ClearQuarantine(base), q.Do(bad, fine)); err != nil {
		t.Errorf("after it was cleared: %v", err)
	}
	if err := q.Close(); err != nil {
		t.Error(err)
	}
}

// TestWhoWasEndedAccusesNobody is about a stop by force, and a run that had ended.
func TestWhoWasEndedAccusesNobody(t *testing.T) {
	base := filepath.Join(t.TempDir(), "vector")
	key := NewRunKey("m", []int64{1})
	die(process(t, base, false), key)
	q := process(t, base, false)
	if err := q.Do(key, fine); err != nil {
		t.Fatal(err)
	}
	die(q)
	process(t, base, true)
	if s := ReadQuarantine(base); len(s) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestSuspectRunsAlone(t *testing.T) {
	base := filepath.Join(t.TempDir(), "vector")
	bad := NewRunKey("m", []int64{0})
	die(process(t, base, false), bad)
	q := process(t, base, true)
	var running, most atomic.Int64
	var all sync.WaitGroup
	for i := range int64(64) {
		all.Go(func() {
			_ = q.Do(NewRunKey("m", []int64{i % 8}), func() error {
				if n := running.Add(1); i%8 == 0 && i == 0 && n > 1 {
					most.Store(n)
				}
				running.Add(-1)
				return nil
			})
		})
	}
	all.Wait()
	if most.Load() > 0 {
		t.Errorf("%d ran beside the suspect", most.Load())
	}
	if len(q.flight.free) != q.flight.slots || q.flight.slots > 64 {
		t.Errorf("%d of %d slots are free", len(q.flight.free), q.flight.slots)
	}
}

func FuzzFlight(f *testing.F) {
	f.Add([]byte("short"))
	f.Add(make([]byte, 100))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, keys := parseFlight(data); len(keys) > len(data)/len(RunKey{}) {
			t.Errorf("%d keys in %d bytes", len(keys), len(data))
		}
	})
}

func BenchmarkQuarantine(b *testing.B) {
	q, err := OpenQuarantine(filepath.Join(b.TempDir(), "vector"), func(int) bool { return false })
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]int64, 512)
	for b.Loop() {
		_ = q.Do(NewRunKey("digest", ids), fine)
	}
}
