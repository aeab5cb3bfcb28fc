package sonar

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"amalfa/llm"

	"github.com/natefinch/atomic"
)

// An Archive keeps the conversations of one workspace on disk, 0600, below the user's state folder, where no file of the workspace
// can be. Each is a file of lines of JSON, an exchange a line, which is written when its answer is whole: a crash loses the
// exchange under way. Safe for concurrent use.
//
// What a model on this machine has seen and answered is kept apart from what one elsewhere has, so that the latter is never told of it.
type Archive struct {
	Dir      string
	MaxAge   time.Duration // since the last answer
	MaxBytes int64         // of all together; the ones unused longest go first
	now      func() time.Time

	mu     sync.Mutex
	pruned time.Time
}

// NewArchive returns the archive in a folder, which need not exist.
func NewArchive(dir string, maxAge time.Duration, maxBytes int64) *Archive {
	return &Archive{Dir: dir, MaxAge: maxAge, MaxBytes: maxBytes, now: time.Now}
}

// An Exchange is a question and its answer.
type Exchange struct {
	Session  string    `json:"session"`
	Remote   bool      `json:"remote"` // another machine answered
	At       time.Time `json:"at"`
	Model    string    `json:"model"`
	Question string    `json:"question"`
	Answer   string    `json:"answer"`
}

// A SessionInfo is a conversation in a list.
type SessionInfo struct {
	ID        string    `json:"id"`
	Remote    bool      `json:"remote"`
	Started   time.Time `json:"started"`
	Used      time.Time `json:"used"`
	Exchanges int       `json:"exchanges"`
	Bytes     int64     `json:"bytes"`
	Question  string    `json:"question"` // the first one, cut
}

// Bounds of one conversation on disk: beyond the first the older half is dropped. A line holds a question, at most 32 KiB, and an answer.
const (
	maxSessionFile = 1 << 20
	maxArchiveLine = 16 << 20
	pruneEvery     = time.Hour
	shownQuestion  = 100 // bytes
)

// path is the file of a session. Names are hashed, since file systems take A for a.
func (a *Archive) path(id string, remote bool) string {
	sum := sha256.Sum256([]byte(id))
	where := "here"
	if remote {
		where = "away"
	}
	return filepath.Join(a.Dir, hex.EncodeToString(sum[:16])+"-"+where+".jsonl")
}

// Add appends an exchange.
func (a *Archive) Add(e Exchange) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := os.MkdirAll(a.Dir, 0o700); err != nil {
		return err
	}
	path := a.path(e.Session, e.Remote)
	if err := a.shorten(path); err != nil {
		return err
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(slices.Concat([]byte("\n"), line, []byte("\n"))) // the first ends a line that a crash has cut
	err = errors.Join(err, f.Close())
	if a.now().Sub(a.pruned) > pruneEvery || err != nil {
		a.pruned = a.now()
		err = errors.Join(err, a.prune())
	}
	return err
}

// shorten drops the older half of a conversation that is too long.
func (a *Archive) shorten(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Size() <= maxSessionFile {
		return nil
	}
	all, err := read(path)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, e := range all[(len(all)+1)/2:] {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	return atomic.WriteFile(path, &b)
}

// read returns the exchanges of a file, oldest first. Lines that are none are left out: a crash may have cut one.
func read(path string) (all []Exchange, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxArchiveLine)
	for lines.Scan() {
		var e Exchange
		if json.Unmarshal(lines.Bytes(), &e) == nil && e.Session != "" {
			all = append(all, e)
		}
	}
	return all, lines.Err()
}

// history is what a model is told of a session.
func (a *Archive) history(id string, remote bool) (history []llm.Message) {
	all, err := read(a.path(id, remote))
	if err != nil || len(all) > 0 && a.MaxAge > 0 && a.now().Sub(all[len(all)-1].At) > a.MaxAge {
		return nil
	}
	for _, e := range all {
		history = appendHistory(history, exchangeOf(e.Question, e.Answer))
	}
	return history
}

func exchangeOf(question, answer string) []llm.Message {
	return []llm.Message{{Role: "user", Content: question}, {Role: "assistant", Content: answer}}
}
