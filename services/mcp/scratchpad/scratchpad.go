// Package scratchpad keeps answers that were too large for an agent, so that it can read on later.
//
// On disk: one file per entry in the folder given, "<id>.txt", 0600: a JSON line that describes the entry, then the text. The
// id is made from the text, so the same answer is stored once. Every Save prunes by age, number and total size. Any number of
// processes may share a folder.
package scratchpad

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"
)

// ErrNotFound reports that an id is malformed or that its entry is not there (any more).
var ErrNotFound = errors.New("no such scratchpad entry")

// ErrTooLarge reports a text that alone is larger than MaxBytes.
var ErrTooLarge = errors.New("larger than the scratchpad")

// Options bound a Pad. Zero limits mean the defaults: 50 MiB, 1,000 entries, 24 hours.
type Options struct {
	Dir      string // made on the first Save, 0700
	MaxBytes int64
	MaxFiles int
	MaxAge   time.Duration
	Now      func() time.Time // nil means time.Now
}

// Entry describes one stored answer.
type Entry struct {
	ID      string    `json:"id"`
	Tool    string    `json:"tool"`  // what made it
	Title   string    `json:"title"` // what it answers
	Bytes   int64     `json:"bytes"`
	Created time.Time `json:"created"`
}

// A Pad is one folder of entries. Safe for concurrent use.
type Pad struct{ o Options }

// Open returns the pad of a folder. It touches nothing on disk.
func Open(o Options) *Pad {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 50 << 20
	}
	if o.MaxFiles <= 0 {
		o.MaxFiles = 1000
	}
	if o.MaxAge <= 0 {
		o.MaxAge = 24 * time.Hour
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Pad{o: o}
}

var idForm = regexp.MustCompile(`^[0-9a-f]{20}$`)

const suffix = ".txt"

// Save stores text and prunes the folder. Saving the same text again returns the same id and makes the entry new again.
func (p *Pad) Save(tool, title, text string) (Entry, error) {
	sum := sha256.Sum256([]byte(text))
	e := Entry{ID: hex.EncodeToString(sum[:10]), Tool: tool, Title: title, Bytes: int64(len(text)), Created: p.o.Now().UTC().Truncate(time.Second)}
	if e.Bytes > p.o.MaxBytes {
		return Entry{}, fmt.Errorf("save %d bytes: %w", e.Bytes, ErrTooLarge)
	}
	if err := os.MkdirAll(p.o.Dir, 0o700); err != nil {
		return Entry{}, fmt.Errorf("make scratchpad: %w", err)
	}
	root, err := os.OpenRoot(p.o.Dir)
	if err != nil {
		return Entry{}, fmt.Errorf("open scratchpad: %w", err)
	}
	defer root.Close()
	if err := write(root, e, text); err != nil {
		return Entry{}, fmt.Errorf("save scratchpad entry %s: %w", e.ID, err)
	}
	return e, p.prune(root, e.ID)
}

// write makes the file under another name first: a reader sees all of an entry or nothing.
func write(root *os.Root, e Entry, text string) error {
	head, err := json.Marshal(e)
	if err != nil {
		return err
	}
	temp := fmt.Sprintf("%s.%d.tmp", e.ID, os.Getpid())
	data := append(append(head, '\n'), text...)
	if err := root.WriteFile(temp, data, 0o600); err != nil {
		return errors.Join(err, ignoreAbsent(root.Remove(temp)))
	}
	return root.Rename(temp, e.ID+suffix)
}

// Read returns an entry and its text.
func (p *Pad) Read(id string) (Entry, string, error) {
	if !idForm.MatchString(id) {
		return Entry{}, "", fmt.Errorf("%w: %.40q is not an id", ErrNotFound, id)
	}
	root, err := os.OpenRoot(p.o.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return Entry{}, "", fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	if err != nil {
		return Entry{}, "", fmt.Errorf("open scratchpad: %w", err)
	}
	defer root.Close()
	e, text, err := p.load(root, id)
	if errors.Is(err, os.ErrNotExist) {
		return Entry{}, "", fmt.Errorf("%w: %s", ErrNotFound, id)
	}
	return e, text, err
}

func (p *Pad) load(root *os.Root, id string) (Entry, string, error) {
	info, err := root.Lstat(id + suffix)
	if err != nil {
		return Entry{}, "", err
	}
	if !info.Mode().IsRegular() || info.Size() > p.o.MaxBytes+maxHeader {
		return Entry{}, "", fmt.Errorf("%w: %s is not one of ours", ErrNotFound, id)
	}
	data, err := root.ReadFile(id + suffix)
	if err != nil {
		return Entry{}, "", err
	}
	head, text, _ := strings.Cut(string(data), "\n")
	e := Entry{}
	if err := json.Unmarshal([]byte(head), &e); err != nil || e.ID != id {
		return Entry{}, "", fmt.Errorf("%w: %s is not one of ours", ErrNotFound, id)
	}
	return e, text, nil
}

// maxHeader is more than the describing line can take.
const maxHeader = 64 << 10

func ignoreAbsent(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
