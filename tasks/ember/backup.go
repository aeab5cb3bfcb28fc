package ember

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"amalfa/notes/files"
)

// MaxBackups is how many squashes are kept; the oldest goes when another is made.
const MaxBackups = 50

// A Backup is what notes were before a squash: a folder with their copies below notes/, and a manifest that the user's key signs.
type Backup struct {
	Dir   string // absolute
	Time  time.Time
	Notes []BackedUp
}

// A BackedUp note, with the hashes of what it was and what squash made of it.
type BackedUp struct {
	ID     string `json:"id"`
	Before string `json:"before"`
	After  string `json:"after"`
}

type manifest struct {
	Time      time.Time  `json:"time"`
	Workspace string     `json:"workspace"`
	Notes     []BackedUp `json:"notes"`
	Signature string     `json:"signature"`
}

// backupKind keeps the code of a manifest apart from that of anything else that the user's key signs.
const backupKind = "ember backup"

// body is what is signed.
func (m manifest) body() []byte {
	m.Signature = ""
	body, _ := json.Marshal(m) // plain values: it cannot fail
	return body
}

// Names within a backup.
const (
	manifestName = "manifest.json"
	revertedName = "reverted.json" // what the manifest is called once it was taken back
	copies       = "notes"
)

// MakeBackup keeps copies of notes, by id, before they are changed. dir is the folder of all backups.
func MakeBackup(dir, workspace string, at time.Time, list []BackedUp, content map[string][]byte, key []byte) (b Backup, err error) {
	b = Backup{Dir: filepath.Join(dir, at.UTC().Format("20060102-150405.000")+"-"+strings.ToLower(rand.Text()[:6])), Time: at, Notes: list}
	defer func() {
		if err != nil {
			err = fmt.Errorf("backup in %s: %w", dir, err)
		}
	}()
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		return b, err
	}
	root, err := os.OpenRoot(b.Dir)
	if err != nil {
		return b, err
	}
	defer root.Close()
	for _, n := range list {
		name := filepath.Join(copies, filepath.FromSlash(n.ID))
		if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return b, err
		}
		if err := files.WriteNew(root, name, content[n.ID], 0o600); err != nil {
			return b, err
		}
	}
	m := manifest{Time: at.UTC(), Workspace: workspace, Notes: list}
	m.Signature = files.Sign(backupKind, m.body(), key)
	body, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return b, err
	}
	if err := files.WriteNew(root, manifestName, append(body, '\n'), 0o600); err != nil {
		return b, err
	}
	return b, prune(dir)
}

// Backups are those of a workspace that this user made and has not reverted, the last one first; below the workspace also those that it
// had in another place, from where it was moved. foreign is how many this user did not make.
func Backups(dir, workspace string, keys [][]byte) (out []Backup, foreign int, err error) {
	all, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("backups: %w", err)
	}
	rel, relErr := filepath.Rel(workspace, dir)
	within := relErr == nil && filepath.IsLocal(rel)
	for _, e := range slices.Backward(all) {
		if !e.IsDir() {
			continue
		}
		one := filepath.Join(dir, e.Name())
		m, ok := readManifest(one, keys)
		switch _, err := os.Lstat(filepath.Join(one, manifestName)); {
		case ok && (within || m.Workspace == workspace):
			out = append(out, Backup{Dir: one, Time: m.Time, Notes: m.Notes})
		case !ok && err == nil:
			foreign++
		}
	}
	return out, foreign, nil
}

func readManifest(dir string, keys [][]byte) (m manifest, ok bool) {
	data, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil || json.Unmarshal(data, &m) != nil {
		return m, false
	}
	return m, files.IsSigned(backupKind, m.body(), m.Signature, keys)
}

// Content is a note as it was before the squash. It fails where the copy is not that any more.
func (b Backup) Content(n BackedUp, hash func([]byte) string) ([]byte, error) {
	root, err := os.OpenRoot(b.Dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	data, err := root.ReadFile(filepath.Join(copies, filepath.FromSlash(n.ID)))
	if err == nil && hash(data) != n.Before {
		err = errors.New("the copy has changed")
	}
	if err != nil {
		return nil, fmt.Errorf("backup of %s: %w", n.ID, err)
	}
	return data, nil
}

// Done marks a backup as reverted: it stays, and is not reverted again.
func (b Backup) Done() error {
	return os.Rename(filepath.Join(b.Dir, manifestName), filepath.Join(b.Dir, revertedName))
}

// prune removes the oldest backups: folders of ours, known by their manifest.
func prune(dir string) error {
	all, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var ours []string
	for _, e := range all {
		for _, name := range []string{manifestName, revertedName} {
			if _, err := os.Lstat(filepath.Join(dir, e.Name(), name)); err == nil && e.IsDir() {
				ours = append(ours, e.Name())
			}
		}
	}
	for _, name := range ours[:max(0, len(ours)-MaxBackups)] {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}
