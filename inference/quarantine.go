package inference

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// ErrQuarantined reports a text during which the process died twice.
var ErrQuarantined = NewSentinel("quarantined", "the service died twice while its model read this text", `"amalfa vector quarantine", or "amalfa reranker quarantine" for one to be ranked, lists such texts, and forgets them with --clear`)

const (
	// quarantineAt is how many processes a text must have ended to be refused.
	quarantineAt = 2
	// suspectsKept bounds the list; the oldest go first.
	suspectsKept = 1000
)

// A Suspect is a text that was being read when the process died. It is known by a hash and not by its words.
type Suspect struct {
	Key    string    `json:"key"` // of its tokens and its model, hex
	Deaths int       `json:"deaths"`
	Last   time.Time `json:"last"`
}

// Quarantined reports whether the text is refused.
func (s Suspect) Quarantined() bool { return s.Deaths >= quarantineAt }

// A Quarantine knows which texts a model was reading when the process before this one died. Those run alone, so that a second
// death names one of them; that one is refused from then on, and one that passes is forgotten. What is being read is in a
// file that outlives the process, as it must for a death that leaves no time to write: two writes of 32 bytes a run, without
// waiting for a disk. Safe for concurrent use; a nil one knows nothing.
type Quarantine struct {
	list   string // path of the suspects
	flight *flight
	alone  sync.RWMutex // held for writing by a suspect

	mu       sync.Mutex
	suspects []Suspect // oldest first
}

// quarantineFiles are beside the path of a record without its suffix.
func quarantineFiles(base string) (list, flight string) {
	return base + ".quarantine.json", base + ".inflight"
}

// OpenQuarantine takes over what the process before left at base, a path in a folder of ours. died says whether a process with that
// PID died, rather than being ended by somebody.
func OpenQuarantine(base string, died func(pid int) bool) (*Quarantine, error) {
	list, path := quarantineFiles(base)
	q := &Quarantine{list: list, suspects: ReadQuarantine(base)}
	left, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	if pid, keys := parseFlight(left); len(keys) > 0 && died(pid) {
		for _, k := range keys {
			q.accuse(k)
		}
		if err := q.save(); err != nil {
			return nil, err
		}
	}
	q.flight, err = newFlight(path)
	return q, err
}

// ReadQuarantine returns the suspects at base, oldest first.
func ReadQuarantine(base string) (s []Suspect) {
	list, _ := quarantineFiles(base)
	data, err := os.ReadFile(list)
	if err != nil || json.Unmarshal(data, &s) != nil {
		return nil
	}
	return s
}

// ClearQuarantine forgets all suspects at base; so does a process that runs.
func ClearQuarantine(base string) error {
	list, _ := quarantineFiles(base)
	if err := os.Remove(list); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("clear the quarantine: %w", err)
	}
	return nil
}

func (q *Quarantine) accuse(k RunKey) {
	name := fmt.Sprintf("%x", k)
	s := Suspect{Key: name}
	if i := q.find(name); i >= 0 {
		s = q.suspects[i]
		q.suspects = slices.Delete(q.suspects, i, i+1)
	}
	s.Deaths, s.Last = s.Deaths+1, time.Now()
	q.suspects = append(q.suspects, s)
	q.suspects = q.suspects[max(0, len(q.suspects)-suspectsKept):]
}

func (q *Quarantine) find(name string) int {
	return slices.IndexFunc(q.suspects, func(s Suspect) bool { return s.Key == name })
}

func (q *Quarantine) save() error {
	data, err := json.Marshal(q.suspects)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(q.list), "."+filepath.Base(q.list)+"-*")
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), q.list)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("quarantine: %w", err)
	}
	return nil
}

// Do runs the model over what key is the address of, alone where that is a suspect. It returns [ErrQuarantined] without running
// it where it was the end of two processes.
func (q *Quarantine) Do(key RunKey, run func() error) error {
	if q == nil {
		return run()
	}
	suspect, known := q.suspect(key)
	switch {
	case known && suspect.Quarantined():
		return fmt.Errorf("%w, the last time at %s (%.12s)", ErrQuarantined, suspect.Last.Format(time.DateTime), suspect.Key)
	case known:
		q.alone.Lock()
		defer q.alone.Unlock()
	default:
		q.alone.RLock()
		defer q.alone.RUnlock()
	}
	leave := q.flight.enter(key)
	err := run()
	leave()
	if known {
		q.acquit(suspect)
	}
	return err
}

func (q *Quarantine) suspect(key RunKey) (Suspect, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.suspects) == 0 { // nearly always
		return Suspect{}, false
	}
	if _, err := os.Lstat(q.list); errors.Is(err, fs.ErrNotExist) { // somebody cleared it
		q.suspects = nil
	}
	i := q.find(fmt.Sprintf("%x", key))
	if i < 0 {
		return Suspect{}, false
	}
	return q.suspects[i], true
}

// acquit forgets a suspect that the model has read alone and survived.
func (q *Quarantine) acquit(s Suspect) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i := q.find(s.Key); i >= 0 {
		q.suspects = slices.Delete(q.suspects, i, i+1)
		_ = q.save() // else it runs alone once more after the next start
	}
}

// Close ends the use of the file. Nothing runs by then.
func (q *Quarantine) Close() error {
	if q == nil {
		return nil
	}
	return q.flight.close()
}
