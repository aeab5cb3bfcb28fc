package watcher

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"

	"go.uber.org/zap"
)

// A journal is the file that tells others at once which files and folders the index may not hold as they are: what has changed
// and is not indexed yet, and what is polled. So nobody else has to look at every file of the workspace to tell how far the index is
// behind. It holds candidates, not truth: who reads it compares them with the index.
//
// The first line says whose it is, then there is a line for each id, both JSON; "." is every file. Lines are appended as events come (4 µs
// each), and the file is replaced whole when an ingest has ended. It is not synced: after a crash nobody believes it. A journal that
// cannot be written is removed, since a wrong one is worse than none.
type journal struct {
	path   string // "": none is kept
	owner  func() string
	log    *zap.Logger
	file   *os.File // nil while there is none
	listed map[string]bool
	failed bool // it was said
}

// add lists what changed.
func (j *journal) add(id string) {
	if j.file == nil || j.listed[id] || j.listed["."] {
		return
	}
	if _, err := j.file.Write(line(id)); err != nil {
		j.fail(err)
		return
	}
	j.listed[id] = true
}

// replace lists these instead of all that was listed.
func (j *journal) replace(ids []string) {
	if j.path == "" {
		return
	}
	j.close()
	var text bytes.Buffer
	text.Write(line(j.owner()))
	for _, id := range ids {
		text.Write(line(id))
	}
	err := replaceFile(j.path, text.Bytes())
	if err == nil {
		j.file, err = os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0)
	}
	if err != nil {
		j.fail(err)
		return
	}
	j.listed, j.failed = make(map[string]bool, len(ids)), false
	for _, id := range ids {
		j.listed[id] = true
	}
}

func (j *journal) fail(err error) {
	if !j.failed {
		j.log.Warn("Journal of changes cannot be written, who asks for the index lag looks at every file", zap.Error(err))
	}
	j.failed = true
	j.remove()
}

// remove is for the end, too.
func (j *journal) remove() {
	j.close()
	if err := os.Remove(j.path); err != nil && j.path != "" && !errors.Is(err, fs.ErrNotExist) {
		j.log.Warn("Journal of changes cannot be removed", zap.Error(err))
	}
}

func (j *journal) close() {
	if j.file != nil {
		_ = j.file.Close() // nothing is buffered
	}
	j.file = nil
}

// line is a text as a line of the journal.
func line(text string) []byte {
	data, _ := json.Marshal(text) // a text always can
	return append(data, '\n')
}

// replaceFile puts a file with this text in the place of path. It syncs nothing: statistics of a process that runs need not outlive the
// machine, and syncing takes as long as others write much.
//
// What lies at either path is never followed: it may be a link that came with a cloned folder.
func replaceFile(path string, text []byte) error {
	_ = os.Remove(path + ".new") // of a process that was killed; else creating it tells
	file, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// ReadJournal returns the ids that the watcher called owner lists, and false where there is no journal of its.
func ReadJournal(path, owner string) (ids []string, ok bool) {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() { // a pipe would never end
		return nil, false
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, false
	}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		var text string
		switch err := json.Unmarshal(lines.Bytes(), &text); {
		case err != nil && ok: // the end of a line that is just being written
		case err != nil, !ok && text != owner:
			return nil, false
		case !ok:
			ok = true
		default:
			ids = append(ids, text)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), ok
}
