package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"amalfa/daemon"
	"amalfa/setup"

	"github.com/natefinch/atomic"
)

// A UnitFile is the file by which the system's own supervisor runs the services of this workspace.
type UnitFile struct {
	Name    string   `json:"name"`
	Path    string   `json:"path"`
	Manager string   `json:"manager"` // "systemd" or "launchd"
	Text    string   `json:"text"`
	Exists  bool     `json:"installed"`
	Session bool     `json:"session"` // the manager answers for this user
	Enabled bool     `json:"enabled"` // it begins with the next login
	State   string   `json:"state"`   // what the manager says, "" where it does not answer
	Did     []string `json:"did"`
	Run     []string `json:"run"` // commands that are left to the user
}

// Unit says how the file is now, and what it would hold.
func (w *Workspace) Unit(ctx context.Context) (UnitFile, error) {
	if w.Folder.IsNowhere() {
		return UnitFile{}, errors.New(w.Folder.Why)
	}
	home := w.Env.Getenv("HOME")
	if !filepath.IsAbs(home) {
		return UnitFile{}, errors.New("HOME names no folder for the unit")
	}
	unit := setup.Unit{Exe: w.Exe, Root: w.Folder.Root, Env: setup.UnitEnv(os.Environ()), Log: w.Folder.Log("launchd")}
	dir, ending := unitFolder(home, w.Env.Getenv("XDG_CONFIG_HOME"))
	text, err := unit.Systemd()
	switch ending {
	case launchdEnding:
		text, err = unit.Launchd()
	case "":
		return UnitFile{}, fmt.Errorf("neither systemd nor launchd is on %s: run \"amalfa servers start\" at login", runtime.GOOS)
	}
	f := unitFile(ctx, filepath.Join(dir, unit.Name()+ending))
	f.Text = string(text)
	return f, err
}

// Endings of units' files.
const (
	systemdEnding = ".service"
	launchdEnding = ".plist"
)

// unitFolder is where this user's units are and how their names end, both "" where the system has none. config is XDG_CONFIG_HOME.
func unitFolder(home, config string) (dir, ending string) {
	switch runtime.GOOS {
	case "linux":
		if !filepath.IsAbs(config) {
			config = filepath.Join(home, ".config")
		}
		return filepath.Join(config, "systemd", "user"), systemdEnding
	case "darwin":
		return filepath.Join(home, "Library", "LaunchAgents"), launchdEnding
	}
	return "", ""
}

// unitFile says how the unit at path is.
func unitFile(ctx context.Context, path string) UnitFile {
	f := UnitFile{Name: filepath.Base(path), Path: path, Manager: "systemd", Exists: daemon.Exists(path), Did: []string{}, Run: []string{}}
	if strings.HasSuffix(path, launchdEnding) {
		f.Name, f.Manager, f.Enabled = strings.TrimSuffix(f.Name, launchdEnding), "launchd", f.Exists
		return f
	}
	f.Enabled = daemon.Exists(filepath.Join(filepath.Dir(path), "default.target.wants", f.Name))
	f.Session = systemctl(ctx, "show-environment") == nil
	if f.Session && f.Exists {
		out, _ := exec.CommandContext(ctx, "systemctl", "--user", "is-active", f.Name).Output() // #nosec G204 -- a name of ours; it exits 3 for "inactive"
		f.State = strings.TrimSpace(string(out))
	}
	return f
}

// systemctl asks the user's own systemd.
func systemctl(ctx context.Context, args ...string) error {
	return exec.CommandContext(ctx, "systemctl", append([]string{"--user"}, args...)...).Run() // #nosec G204 -- words and names of ours, and no shell
}

// InstallUnit writes the file, has the manager read it where that answers, and says what is left to do. Nothing is started: services
// that run now go on as they are.
func (w *Workspace) InstallUnit(ctx context.Context) (UnitFile, error) {
	f, err := w.Unit(ctx)
	if err != nil {
		return f, err
	}
	// #nosec G301 -- as the manager's own tools make it
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil {
		return f, err
	}
	if err := atomic.WriteFile(f.Path, strings.NewReader(f.Text)); err != nil {
		return f, err
	}
	f.Exists, f.Did = true, append(f.Did, "wrote "+f.Path)
	now := "amalfa stop-all; systemctl --user start " + f.Name
	switch {
	case f.Manager == "launchd":
		f.Enabled = true
		f.Run = append(f.Run, fmt.Sprintf("launchctl bootstrap gui/%d %s", os.Getuid(), f.Path))
	case !f.Session:
		f.Run = append(f.Run, "systemctl --user daemon-reload", "systemctl --user enable "+f.Name, now)
	default:
		if err := errors.Join(systemctl(ctx, "daemon-reload"), systemctl(ctx, "enable", f.Name)); err != nil {
			return f, fmt.Errorf("systemctl --user enable %s: %w", f.Name, err)
		}
		f.Enabled, f.Did = true, append(f.Did, "enabled "+f.Name+": it begins with your next login")
		f.Run = append(f.Run, now)
	}
	return f, nil
}

// UninstallUnit stops what the manager runs and removes the file; one that is not there is no error.
func (w *Workspace) UninstallUnit(ctx context.Context) (UnitFile, error) {
	f, err := w.Unit(ctx)
	if err != nil || !f.Exists {
		return f, err
	}
	return removeUnit(ctx, f)
}

func removeUnit(ctx context.Context, f UnitFile) (UnitFile, error) {
	switch {
	case f.Session:
		if err := systemctl(ctx, "disable", "--now", f.Name); err != nil {
			return f, fmt.Errorf("systemctl --user disable --now %s: %w", f.Name, err)
		}
		f.Did = append(f.Did, "stopped and disabled "+f.Name)
	case f.Manager == "systemd":
		if err := os.Remove(filepath.Join(filepath.Dir(f.Path), "default.target.wants", f.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return f, err
		}
	default:
		f.Run = append(f.Run, fmt.Sprintf("launchctl bootout gui/%d/%s", os.Getuid(), f.Name))
	}
	if err := os.Remove(f.Path); err != nil {
		return f, err
	}
	f.Exists, f.Enabled, f.Did = false, false, append(f.Did, "removed "+f.Path)
	if f.Session {
		return f, systemctl(ctx, "daemon-reload")
	}
	return f, nil
}
