package edit

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"amalfa/notes/files"
)

// Bounds on a journal. What is older, or more, goes when the next edit is written down.
const (
	MaxJournalAge   = 30 * 24 * time.Hour
	MaxJournalBytes = 64 << 20 // of all edits; one that needs more is refused. It holds what a note was, not what it became
	MaxJournalEdits = 1000
)

// ErrJournalFull reports an edit that cannot be undone for its size, and so is not made.
var ErrJournalFull = errors.New("the edit is too large to be undone")

// A Journal holds the last edits of a workspace, each in a file of its own: the code of authentication of the rest in hex, a line
// feed, and the Entry as JSON. Files are 0600, written before the edit is made. A code needs the user's key, which is kept outside of
// the workspace, so that a journal that comes with a copied or cloned folder is none.
type Journal struct {
	dir  *os.Root
	keys [][]byte // the first signs
}

// OpenJournal opens the journal in a folder, which is made if needed: below dir, the real folder that amalfa keeps there.
func OpenJournal(dir string, keys [][]byte) (*Journal, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	defer root.Close()
	if err := root.Mkdir(journalFolder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	if info, err := root.Lstat(journalFolder); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("open journal: %s in %s is no folder", journalFolder, dir)
	}
	own, err := root.OpenRoot(journalFolder)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	return &Journal{dir: own, keys: keys}, nil
}

const (
	journalFolder = "journal"
	entrySuffix   = ".json"
)

// Close lets the folder go.
func (j *Journal) Close() error { return j.dir.Close() }

// An Entry is one edit: what it does to files, in the order in which that is done.
type Entry struct {
	Time  time.Time `json:"time"`
	What  string    `json:"what"` // the command or the tool
	Steps []Step    `json:"steps"`

	name string // of its file
}

// A Step is what is done to one file: it moves, it is made, or the bytes Old at At give way to New bytes.
type Step struct {
	From   string   `json:"from,omitempty"` // of a move, to Path
	Path   string   `json:"path"`
	Made   bool     `json:"made,omitempty"`
	At     int      `json:"at,omitempty"`
	Old    []byte   `json:"old,omitempty"`
	New    int      `json:"new,omitempty"`
	Before string   `json:"before,omitempty"` // hash of the whole content
	After  string   `json:"after,omitempty"`
	Dirs   []string `json:"dirs,omitempty"` // folders that have to be made for it, outermost first
}

// put writes an entry down, for good, before anything is done.
func (j *Journal) put(e *Entry) error {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if len(body) > MaxJournalBytes {
		return fmt.Errorf("%w: %d MiB, at most %d", ErrJournalFull, len(body)>>20, MaxJournalBytes>>20)
	}
	if err := j.prune(e.Time, int64(len(body))); err != nil {
		return err
	}
	e.name = fmt.Sprintf("%020d-%s%s", e.Time.UnixNano(), rand.Text()[:8], entrySuffix)
	if err := files.WriteNew(j.dir, e.name, append([]byte(files.Sign("", body, j.keys[0])+"\n"), body...), 0o600); err != nil {
		_ = j.dir.Remove(e.name)
		return fmt.Errorf("write the journal: %w", err)
	}
	if d, err := j.dir.Open("."); err == nil {
		_ = d.Sync() // where folders can be synced
		_ = d.Close()
	}
	return nil
}

// names are the files of the entries, oldest first.
func (j *Journal) names() ([]fs.FileInfo, error) {
	all, err := fs.ReadDir(j.dir.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	var out []fs.FileInfo
	for _, d := range all {
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() && strings.HasSuffix(d.Name(), entrySuffix) {
			out = append(out, info)
		}
	}
	return out, nil
}

// prune removes what is too old, and the oldest of what is too much once more bytes are added.
func (j *Journal) prune(now time.Time, more int64) error {
	all, err := j.names()
	if err != nil {
		return err
	}
	total := more
	for i, info := range slices.Backward(all) {
		total += info.Size()
		if total > MaxJournalBytes || len(all)-i >= MaxJournalEdits || now.Sub(timeOf(info.Name())) > MaxJournalAge {
			if err := j.dir.Remove(info.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("prune the journal: %w", err)
			}
		}
	}
	return nil
}

func timeOf(name string) time.Time {
	var n int64
	_, _ = fmt.Sscanf(name, "%d-", &n) // what has no time is very old
	return time.Unix(0, n)
}

// List returns the edits, newest first, and how many files there are that this user did not write. An edit that is too old is none.
func (j *Journal) List(now time.Time) (entries []Entry, foreign int, err error) {
	all, err := j.names()
	if err != nil {
		return nil, 0, err
	}
	for _, info := range slices.Backward(all) {
		e, ok := j.read(info.Name())
		switch {
		case !ok:
			foreign++
		case now.Sub(e.Time) <= MaxJournalAge:
			entries = append(entries, e)
		}
	}
	return entries, foreign, nil
}

func (j *Journal) read(name string) (e Entry, ok bool) {
	f, err := j.dir.Open(name)
	if err != nil {
		return e, false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 2*MaxJournalBytes))
	if err != nil {
		return e, false
	}
	said, body, _ := bytes.Cut(data, []byte("\n"))
	if !files.IsSigned("", body, string(said), j.keys) {
		return e, false
	}
	ok = json.Unmarshal(body, &e) == nil
	e.name = name
	return e, ok
}

// drop forgets an edit.
func (j *Journal) drop(e Entry) error {
	if err := j.dir.Remove(e.name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget the edit: %w", err)
	}
	return nil
}

// Clear forgets all edits, those of others too, and returns how many there were.
func (j *Journal) Clear() (n int, err error) {
	all, err := j.names()
	for _, info := range all {
		err = errors.Join(err, j.drop(Entry{name: info.Name()}))
		n++
	}
	return n, err
}
