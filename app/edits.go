package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode"

	"amalfa/edit"
	"amalfa/notes/files"
	"amalfa/store"
)

// Bounds on how long, and how much of, edits are kept.
const (
	JournalDays = int(edit.MaxJournalAge / (24 * time.Hour))
	JournalMiB  = edit.MaxJournalBytes >> 20
)

// A Told link is one that a move does nothing about, and why.
type Told = edit.Told

// journalKey is the file of the user's state folder that signs the edits of all workspaces.
const journalKey = "journal.key"

// journalKeys are the keys by which an edit is known as this user's, the first of this environment, which is made if needed.
func (w *Workspace) journalKeys() ([][]byte, error) {
	var keys [][]byte
	for i, state := range w.Places.States() {
		key, err := os.ReadFile(filepath.Join(state, journalKey))
		if i == 0 && errors.Is(err, fs.ErrNotExist) {
			key, err = newJournalKey(state)
		}
		if i == 0 && err != nil {
			return nil, fmt.Errorf("key of the journal: %w", err)
		}
		if err == nil && len(key) > 0 {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// newJournalKey makes the key; of two processes that do so at once the first counts for both.
func newJournalKey(state string) ([]byte, error) {
	if err := os.MkdirAll(state, 0o700); err != nil {
		return nil, err
	}
	name := filepath.Join(state, journalKey)
	aside := name + "." + rand.Text()
	if err := os.WriteFile(aside, []byte(rand.Text()+rand.Text()), 0o600); err != nil {
		return nil, err
	}
	defer os.Remove(aside)
	if err := os.Link(aside, name); err != nil && !errors.Is(err, fs.ErrExist) {
		if err := os.Rename(aside, name); err != nil { // where files have one name only
			return nil, err
		}
	}
	return os.ReadFile(name)
}

// editor opens the workspace for changes that can be undone.
func (w *Workspace) editor() (*edit.Editor, error) {
	if err := w.Writable(); err != nil {
		return nil, err
	}
	keys, err := w.journalKeys()
	if err != nil {
		return nil, err
	}
	folder, err := files.Open(w.Folder.Root)
	if err != nil {
		return nil, err
	}
	journal, err := edit.OpenJournal(w.Folder.Dir(), keys)
	if err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	return &edit.Editor{Folder: folder, Journal: journal, Now: time.Now}, nil
}

// change makes changes of notes that can be undone.
func (w *Workspace) change(what string, changes ...edit.FileChange) error {
	e, err := w.editor()
	if err != nil {
		return err
	}
	defer e.Close()
	return e.Apply(what, nil, changes)
}

// ChangeNote makes after the content of a note, or makes the note where before is nil.
func (w *Workspace) ChangeNote(what, id string, before, after []byte) error {
	c := edit.FileChange{From: id, To: id, Before: before, After: after}
	if before == nil {
		c.From = ""
	}
	return w.change(what, c)
}

// An Edit is one of the journal.
type Edit struct {
	Number int       `json:"number"` // from 1, the last one
	Time   time.Time `json:"time"`
	What   string    `json:"what"`
	Files  []string  `json:"files"`
}

func newEdit(number int, e edit.Entry) Edit {
	return Edit{Number: number, Time: e.Time, What: e.What, Files: e.Files()}
}

// Edits are those that can be undone, the last one first, and how many there are that this user did not make.
func (w *Workspace) Edits() (all []Edit, foreign int, err error) {
	all = []Edit{}
	if _, err := os.Lstat(w.Folder.Dir()); errors.Is(err, fs.ErrNotExist) {
		return all, 0, nil
	}
	e, err := w.editor()
	if err != nil {
		return nil, 0, err
	}
	defer e.Close()
	entries, foreign, err := e.Journal.List(e.Now())
	for i, entry := range entries {
		all = append(all, newEdit(i+1, entry))
	}
	return all, foreign, err
}

// Undo takes back the last n edits, one after the other, the last one first, and brings the index up to date. It returns those that it
// took back, also with an error.
func (w *Workspace) Undo(ctx context.Context, n int) (undone []Edit, err error) {
	undone = []Edit{}
	if _, err := os.Lstat(w.Folder.Dir()); errors.Is(err, fs.ErrNotExist) {
		return undone, nil
	}
	e, err := w.editor()
	if err != nil {
		return undone, err
	}
	defer e.Close()
	entries, _, err := e.Journal.List(e.Now())
	if err != nil {
		return undone, err
	}
	var touched []string
	for i, entry := range entries[:min(n, len(entries))] {
		if err = e.Undo(entry); err != nil {
			err = undoHint(fmt.Errorf("undo %q: %w", entry.What, err))
			break
		}
		undone = append(undone, newEdit(i+1, entry))
		for _, s := range entry.Steps {
			touched = append(touched, strings.TrimSuffix(s.Path, "/"))
			if s.From != "" {
				touched = append(touched, strings.TrimSuffix(s.From, "/"))
			}
		}
	}
	if len(touched) > 0 {
		err = errors.Join(err, w.settle(ctx, touched))
	}
	return undone, err
}

func undoHint(err error) error {
	var changed *edit.ChangedError
	if errors.As(err, &changed) {
		return WithHint(err, "nothing of this edit was undone: take it back by hand, or bring the files to what the edit left and undo again; \"amalfa undo --list\" shows all edits")
	}
	return err
}

// ClearEdits forgets all edits, so that none can be undone, and returns how many there were.
func (w *Workspace) ClearEdits() (int, error) {
	if _, err := os.Lstat(w.Folder.Dir()); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	e, err := w.editor()
	if err != nil {
		return 0, err
	}
	defer e.Close()
	return e.Journal.Clear()
}

// A MoveAnswer is what moving a note or a folder did, or would do.
type MoveAnswer struct {
	From   string        `json:"from"`
	To     string        `json:"to"`
	DryRun bool          `json:"dryRun"`
	Notes  int           `json:"notes"` // that are changed, the moved one included
	Mended []edit.Mended `json:"mended"`
	Left   []edit.Told   `json:"left"` // links that lead elsewhere or nowhere, and cannot be mended
	Told   []edit.Told   `json:"told"` // links that mean something else to a reader
	Patch  string        `json:"patch"`
}

// MoveNote moves a note or a folder and mends the links that lead there and from there; dry changes nothing.
func (w *Workspace) MoveNote(ctx context.Context, from, to string, dry bool) (ans MoveAnswer, err error) {
	if err := w.Refresh(ctx); err != nil {
		return ans, err
	}
	from, to, err = w.moveIDs(ctx, from, to)
	if err != nil {
		return ans, err
	}
	plan, err := w.planMove(ctx, from, to)
	if err != nil {
		return ans, err
	}
	ans = MoveAnswer{From: from, To: to, DryRun: dry, Notes: len(plan.Changes), Mended: append([]edit.Mended{}, plan.Mended...),
		Left: append([]edit.Told{}, plan.Left...), Told: append([]edit.Told{}, plan.Told...)}
	if dry {
		ans.Patch = string(edit.Diff(w.aboveRoot(), append(plan.Changes, plan.Others...)))
		return ans, nil
	}
	e, err := w.editor()
	if err != nil {
		return ans, err
	}
	defer e.Close()
	var moves []edit.FileChange
	if strings.HasSuffix(from, "/") {
		moves = []edit.FileChange{{From: from, To: to}}
	}
	if err := e.Apply("mv "+from+" "+to, moves, plan.Changes); err != nil {
		return ans, err
	}
	touched := []string{strings.TrimSuffix(from, "/"), strings.TrimSuffix(to, "/")}
	for _, c := range plan.Changes {
		touched = append(touched, c.To)
	}
	return ans, w.settle(ctx, touched)
}

// planMove plans a move by the index.
func (w *Workspace) planMove(ctx context.Context, from, to string) (edit.MovePlan, error) {
	ws, done, err := w.editable(ctx)
	if err != nil {
		return edit.MovePlan{}, err
	}
	defer done()
	return ws.PlanMove(from, to)
}

// editable is what changes of links are planned from.
func (w *Workspace) editable(ctx context.Context) (ws *edit.Workspace, done func(), err error) {
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return nil, nil, err
	}
	folder, err := files.Open(w.Folder.Root)
	if err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	done = func() { _, _ = folder.Close(), st.Close() }
	vaults, err := w.Vaults(ctx)
	if err == nil {
		ws, err = edit.Load(ctx, st, vaults, func(id string) ([]byte, error) {
			data, err := folder.ReadAny(id)
			return data, away(ctx, st, id, err)
		})
	}
	if err != nil {
		done()
	}
	return ws, done, err
}

// aboveRoot is where the workspace lies below the top of its git repository; "" where it has none or is its top.
func (w *Workspace) aboveRoot() string {
	for dir := w.Folder.Root; ; {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			rel, err := filepath.Rel(dir, w.Folder.Root)
			if err != nil || rel == "." {
				return ""
			}
			return filepath.ToSlash(rel)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// extension is how a name ends that has a kind of file; "v1.2" and "Mr. Smith" have none.
var extension = regexp.MustCompile(`^\.\pL[\pL\pN]*$`)

// moveIDs names what moves, and where to. A folder's paths end with a slash. What is there already as a folder is moved into.
func (w *Workspace) moveIDs(ctx context.Context, from, to string) (string, string, error) {
	src, err := w.noteID(ctx, from)
	if err != nil {
		return "", "", err
	}
	if info, err := w.lstat(src); errors.Is(err, fs.ErrNotExist) {
		if src, err = w.oneID(ctx, from); err != nil {
			return "", "", err
		}
		if _, err := w.lstat(src); errors.Is(err, fs.ErrNotExist) {
			return "", "", w.sayAway(ctx, src, err)
		}
	} else if err == nil && info.IsDir() {
		src += "/"
	}
	if strings.TrimSpace(to) == "" || strings.ContainsFunc(to, unicode.IsControl) {
		return "", "", &UsageError{Message: fmt.Sprintf("%q names no file", to), Advice: "name the new path of the note"}
	}
	dest, err := w.fileID(to)
	if err != nil {
		return "", "", err
	}
	dest, err = w.realParent(dest)
	if err != nil {
		return "", "", err
	}
	info, err := os.Stat(filepath.Join(w.Folder.Root, filepath.FromSlash(dest)))
	into := err == nil && info.IsDir() && !strings.EqualFold(dest+"/", src) || strings.HasSuffix(to, "/") && !strings.HasSuffix(src, "/")
	if into {
		dest = path.Join(dest, path.Base(src))
	}
	switch {
	case strings.HasSuffix(src, "/"):
		dest += "/"
		if strings.HasPrefix(dest, src) {
			return "", "", &UsageError{Message: "a folder cannot be moved into itself", Advice: "name another folder"}
		}
	case !extension.MatchString(path.Ext(dest)) && !into:
		dest += path.Ext(src) // "amalfa mv a.md b" means b.md
	}
	if dest == src {
		return "", "", &UsageError{Message: from + " is there already", Advice: "name another path"}
	}
	return src, dest, w.checkFree(ctx, dest)
}

// lstat looks at a file of the workspace, without following a link.
func (w *Workspace) lstat(id string) (fs.FileInfo, error) {
	return os.Lstat(filepath.Join(w.Folder.Root, filepath.FromSlash(id)))
}

// checkFree refuses the path of a note whose file another machine of a team has: what came there would take its place for all.
func (w *Workspace) checkFree(ctx context.Context, id string) error {
	if _, err := w.lstat(id); !errors.Is(err, fs.ErrNotExist) {
		return nil // the file is here: whether it may be written is for the change to say
	}
	if err := w.sayAway(ctx, id, fs.ErrNotExist); !errors.As(err, new(awayError)) {
		return nil
	}
	return WithHint(fmt.Errorf("%s is a note of the team, whose file is on another machine", id), "name another path")
}

// oneID is the note that a reference means.
func (w *Workspace) oneID(ctx context.Context, ref string) (string, error) {
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return "", err
	}
	defer st.Close()
	n, _, err := store.FindOne(ctx, st, w.Reference(ref))
	return n.ID, err
}

// realParent is a path whose folders are no links, as far as they are there.
func (w *Workspace) realParent(id string) (string, error) {
	rest := path.Base(id)
	for dir := path.Dir(id); dir != "."; dir = path.Dir(dir) {
		real, err := filepath.EvalSymlinks(filepath.Join(w.Folder.Root, filepath.FromSlash(dir)))
		if err != nil {
			rest = path.Join(path.Base(dir), rest)
			continue
		}
		rel, err := filepath.Rel(w.Folder.Root, real)
		if err != nil || !filepath.IsLocal(rel) {
			return "", WithHint(fmt.Errorf("%s is not in the workspace %s", id, w.Folder.Root), "a folder on the way is a link that leads out")
		}
		return path.Join(filepath.ToSlash(rel), rest), nil
	}
	return rest, nil
}
