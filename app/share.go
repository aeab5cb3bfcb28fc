package app

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"amalfa/config"
	"amalfa/daemon"
	"amalfa/notes"

	"github.com/natefinch/atomic"
)

// An agreement is what the user said of one workspace: under which name a server may have it. It lies in the user's state folder, where no
// folder that was fetched can put one.
type agreement struct {
	Root      string `json:"root"`
	Workspace string `json:"workspace"`
	Server    string `json:"server"`
	// Checkout tells it from other folders of this machine that share the same workspace: what lies in one of them was not deleted in
	// another. A folder that moved keeps it.
	Checkout string `json:"checkout,omitempty"`
}

func (w *Workspace) agreementFile() string {
	return filepath.Join(w.Places.State, "shared", config.Digest(w.Folder.Root)+".json")
}

func (w *Workspace) agreement() (a agreement, err error) {
	a, err = readAgreement(w.agreementFile())
	if err == nil && a.Root != w.Folder.Root {
		a = agreement{}
	}
	return a, err
}

func readAgreement(path string) (a agreement, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return a, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &a)
	}
	return a, err
}

// checkout finds what tells this folder from others: its own word, that of a folder of the same agreement that has moved here, else a new one.
func (w *Workspace) checkout(a agreement) (string, error) {
	machine, err := w.machine()
	if err != nil {
		return "", err
	}
	word := config.Digest(machine + "\x00" + a.Root)[:16]
	files, err := filepath.Glob(filepath.Join(filepath.Dir(w.agreementFile()), "*.json"))
	if err != nil {
		return "", err
	}
	for _, file := range files {
		other, err := readAgreement(file)
		switch {
		case err != nil || other.Server != a.Server || other.Workspace != a.Workspace: // none, or of something else
		case other.Root == a.Root:
			return other.Checkout, nil
		case !daemon.Exists(other.Root):
			return other.Checkout, os.Remove(file)
		case other.Checkout == word:
			word = rand.Text()
		}
	}
	return word, nil
}

// checkWorkspaceName refuses what could not be said on a command line, or would be something else there.
func checkWorkspaceName(name string) error {
	why := ""
	switch {
	case name == "" || utf8.RuneCountInString(name) > maxWorkspaceName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		why = fmt.Sprintf("1 to %d characters on one line", maxWorkspaceName)
	case strings.ContainsFunc(name, unseen):
		why = "it holds a character that nobody sees"
	case name == AllWorkspaces:
		why = "it stands for every one"
	case strings.TrimSpace(name) != name:
		why = "it begins or ends with a space"
	default:
		return nil
	}
	return &UsageError{fmt.Sprintf("%.40q is no name for a workspace: %s", name, why), "amalfa share NAME"}
}

const maxWorkspaceName = 200

// unseen tells a character that would make two names look alike, or turn a line around. Joiners are a part of words and of emoji.
func unseen(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) && r != '\u200c' && r != '\u200d'
}

// Share lets the database of the settings have this workspace under a name.
func (w *Workspace) Share(name string) (Database, error) {
	d, ok, err := w.Database()
	switch {
	case err != nil:
		return d, err
	case !ok:
		return d, &UsageError{"no database is named: the index stays in this folder", `name one in your own settings: amalfa config set --user database "postgres://…"`}
	}
	name = notes.Composed(name) // as keyboards write it, also where a file system had it otherwise
	if err := checkWorkspaceName(name); err != nil {
		return d, err
	}
	if err := os.MkdirAll(filepath.Dir(w.agreementFile()), 0o700); err != nil {
		return d, err
	}
	a := agreement{Root: w.Folder.Root, Workspace: name, Server: d.Server}
	if a.Checkout, err = w.checkout(a); err != nil {
		return d, err
	}
	data, err := json.Marshal(a)
	if err != nil {
		return d, err
	}
	another := !d.Shared || d.Workspace != name
	d.Workspace, d.Shared = name, true
	if err := atomic.WriteFile(w.agreementFile(), strings.NewReader(string(data)+"\n")); err != nil || !another {
		return d, err
	}
	return d, w.leaveDatabase()
}

// Unshare takes that back: nothing of this workspace goes there any more. What is there stays. was is false where nothing was shared.
func (w *Workspace) Unshare() (d Database, was bool, err error) {
	agreed, err := w.agreement()
	if err != nil {
		return d, false, err
	}
	err = os.Remove(w.agreementFile())
	if errors.Is(err, os.ErrNotExist) {
		return d, false, nil
	}
	return Database{Server: agreed.Server, Workspace: agreed.Workspace}, true, errors.Join(err, w.leaveDatabase())
}

// machine is the random word by which databases tell this user's machine from others.
func (w *Workspace) machine() (string, error) {
	path := filepath.Join(w.Places.State, "machine")
	data, err := os.ReadFile(path)
	if word := strings.TrimSpace(string(data)); err == nil && word != "" {
		return word, nil
	}
	if err := os.MkdirAll(w.Places.State, 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(w.Places.State, ".machine-*")
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(rand.Text() + "\n")
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Link(f.Name(), path) // the first of several processes wins
	}
	if err = errors.Join(os.Remove(f.Name())); err != nil {
		return "", err
	}
	data, err = os.ReadFile(path)
	return strings.TrimSpace(string(data)), err
}
