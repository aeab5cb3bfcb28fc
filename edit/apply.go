package edit

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"amalfa/notes/files"
)

// An Editor changes the notes of a workspace, and can undo it.
type Editor struct {
	Folder  *files.Folder
	Journal *Journal
	Now     func() time.Time
}

// Close lets folder and journal go.
func (e *Editor) Close() error { return errors.Join(e.Folder.Close(), e.Journal.Close()) }

// Apply makes changes: all of them or, on an error, none. moves are whole folders that move, by paths that end with a slash, and go
// first; the changes of notes in them are not moves any more. What is done is written down before it is done, and undone by Undo, also
// after a crash between.
//
// A note that somebody changed since is files.ErrChanged, one that is there already files.ErrExists.
func (e *Editor) Apply(what string, moves []FileChange, changes []FileChange) error {
	entry := Entry{Time: e.Now(), What: what}
	for _, m := range moves {
		entry.Steps = append(entry.Steps, Step{From: m.From, Path: m.To, Dirs: e.missing(path.Dir(strings.TrimSuffix(m.To, "/")))})
	}
	contents := make([][]byte, len(entry.Steps))
	add := func(s Step, after []byte) {
		entry.Steps, contents = append(entry.Steps, s), append(contents, after)
	}
	for _, c := range changes {
		switch {
		case c.From == "":
			add(Step{Path: c.To, Made: true, After: files.Hash(c.After), Dirs: e.missing(path.Dir(c.To))}, c.After)
			continue
		case c.From != c.To && len(moves) == 0:
			add(Step{From: c.From, Path: c.To, Before: files.Hash(c.Before), After: files.Hash(c.Before), Dirs: e.missing(path.Dir(c.To))}, nil)
		}
		if string(c.Before) != string(c.After) {
			add(spliced(c), c.After)
		}
	}
	if len(entry.Steps) == 0 {
		return nil
	}
	if err := e.Journal.put(&entry); err != nil {
		return err
	}
	for i, s := range entry.Steps {
		if err := e.do(s, contents[i]); err != nil {
			back := e.revert(entry.Steps[:i])
			if back == nil {
				back = e.Journal.drop(entry)
			}
			return errors.Join(err, back)
		}
	}
	return nil
}

// spliced keeps of a change what is needed to take it back: the bytes that give way between what both sides have in common.
func spliced(c FileChange) Step {
	a, b := c.Before, c.After
	start, end := 0, 0
	for start < min(len(a), len(b)) && a[start] == b[start] {
		start++
	}
	for end < min(len(a), len(b))-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	return Step{Path: c.To, At: start, Old: a[start : len(a)-end], New: len(b) - end - start, Before: files.Hash(a), After: files.Hash(b)}
}

// missing are the folders that are not there yet, outermost first.
func (e *Editor) missing(dir string) (out []string) {
	for ; dir != "." && dir != "/" && !e.Folder.Has(dir); dir = path.Dir(dir) {
		out = append([]string{dir}, out...)
	}
	return out
}

func (e *Editor) do(s Step, content []byte) error {
	switch {
	case s.From != "":
		_, err := e.Folder.Move(s.From, s.Path)
		return err
	case s.Made:
		return e.Folder.Create(s.Path, content)
	}
	return e.Folder.Replace(s.Path, content, s.Before)
}

// A ChangedError names the files that are not what an edit left, so that it cannot be undone.
type ChangedError struct{ Files []string }

func (c *ChangedError) Error() string {
	return "changed since the edit: " + list(c.Files)
}

// Undo takes back an edit as a whole, whatever part of it was made. It returns a *ChangedError, having changed nothing, where a file is
// neither what it was before the edit nor what it was after.
func (e *Editor) Undo(entry Entry) error {
	var done []Step
	var changed []string
	for _, s := range entry.Steps {
		switch is, err := e.state(s, entry); {
		case err != nil || is == stepChanged:
			changed = append(changed, s.Path)
		case is == stepDone:
			done = append(done, s)
		}
	}
	if len(changed) > 0 {
		return &ChangedError{changed}
	}
	if err := e.revert(done); err != nil {
		return err
	}
	return e.Journal.drop(entry)
}

// What has become of a step.
type stepState int

const (
	stepOpen stepState = iota // it was not made, or was taken back
	stepDone
	stepChanged
)

func (e *Editor) state(s Step, entry Entry) (stepState, error) {
	if s.From != "" {
		return e.moveState(s, entry)
	}
	data, err := e.Folder.Read(s.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && (s.Made || entry.waits(e)):
		return stepOpen, nil
	case err != nil:
		return stepChanged, err
	}
	switch files.Hash(data) {
	case s.After:
		return stepDone, nil
	case s.Before:
		return stepOpen, nil
	}
	return stepChanged, nil
}

// waits tells whether a move of the entry has not been made, so that its notes do not lie where they shall.
func (entry Entry) waits(e *Editor) bool {
	for _, s := range entry.Steps {
		if s.From != "" && e.Folder.Has(s.From) && !e.Folder.Has(s.Path) {
			return true
		}
	}
	return false
}

func (e *Editor) moveState(s Step, entry Entry) (stepState, error) {
	from, to := e.Folder.Has(s.From), e.Folder.Has(s.Path)
	caseOnly := strings.EqualFold(s.From, s.Path)
	switch {
	case from && !to:
		return stepOpen, nil
	case to && (!from || caseOnly):
	default:
		return stepChanged, nil
	}
	if strings.HasSuffix(s.Path, "/") || entry.edits(s.Path) {
		return stepDone, nil
	}
	data, err := e.Folder.Read(s.Path)
	if err != nil || files.Hash(data) != s.After {
		return stepChanged, err
	}
	return stepDone, nil
}

func (entry Entry) edits(id string) bool {
	for _, s := range entry.Steps {
		if s.From == "" && s.Path == id {
			return true
		}
	}
	return false
}

// revert takes steps back, the last one first.
func (e *Editor) revert(steps []Step) error {
	for i := len(steps) - 1; i >= 0; i-- {
		s := steps[i]
		if err := e.takeBack(s); err != nil {
			return fmt.Errorf("undo of %s: %w", s.Path, err)
		}
		e.Folder.RemoveFolders(s.Dirs)
	}
	return nil
}

func (e *Editor) takeBack(s Step) error {
	switch {
	case s.From != "":
		_, err := e.Folder.Move(s.Path, s.From)
		return err
	case s.Made:
		return e.Folder.Remove(s.Path, s.After)
	}
	now, err := e.Folder.Read(s.Path)
	if err != nil {
		return err
	}
	if s.At < 0 || s.New < 0 || s.At+s.New > len(now) {
		return files.ErrChanged
	}
	before := append(append(append([]byte{}, now[:s.At]...), s.Old...), now[s.At+s.New:]...)
	if files.Hash(before) != s.Before {
		return files.ErrChanged
	}
	return e.Folder.Replace(s.Path, before, s.After)
}

// Files are the paths that an edit is about.
func (entry Entry) Files() (out []string) {
	known := map[string]bool{}
	for _, s := range entry.Steps {
		if !known[s.Path] {
			known[s.Path] = true
			out = append(out, s.Path)
		}
	}
	return out
}
