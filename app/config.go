package app

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"amalfa/config"
	"amalfa/models"
	"amalfa/setup"

	"github.com/natefinch/atomic"
)

// A SettingsFile is one of the two files that hold settings.
type SettingsFile struct {
	Path    string
	Project bool // the workspace's, which may be a stranger's
}

// SettingsFiles are the user's own and the workspace's.
func (w *Workspace) SettingsFiles() (user, project SettingsFile) {
	return SettingsFile{Path: w.Places.Settings()}, SettingsFile{w.Folder.Settings(), true}
}

// A SettingChange is what Set or Unset did.
type SettingChange struct {
	Key     config.Key
	File    SettingsFile
	Changed bool
	Now     config.Value // of the key in all; its origin may be elsewhere
}

// SetSetting gives a key a value in a file, whose text stays as it is elsewhere.
func (w *Workspace) SetSetting(file SettingsFile, key config.Key, value any) (SettingChange, error) {
	if err := key.Check(value); err != nil {
		return SettingChange{}, &UsageError{fmt.Sprintf("%s: %v", key.Path, err), `run "amalfa config list ` + key.Path + `"`}
	}
	if err := w.checkModelName(key, value); err != nil {
		return SettingChange{}, err
	}
	if key.Secret() && value != "" {
		return SettingChange{}, &UsageError{"a key is not written into a file by amalfa", `run "amalfa sonar key set", which keeps it in the system's keyring, or set the provider's own variable, as OPENAI_API_KEY`}
	}
	if file.Project && !key.Allows(value) {
		return SettingChange{}, &UsageError{key.Path + " is not taken from a workspace's file, which may be a stranger's", "set it in your own: --user"}
	}
	return w.changeSetting(file, key, func(text string, places [][]string) (string, error) {
		names := strings.Split(key.Path, ".")
		if len(places) > 0 {
			names = places[len(places)-1]
		}
		return setup.SetMember(text, value, names...)
	})
}

// checkModelName refuses a model that nobody knows; one that is only not here may be fetched later.
func (w *Workspace) checkModelName(key config.Key, value any) error {
	name, _ := value.(string)
	if key.Path != "embeddings.model" && key.Path != "reranker.model" {
		return nil
	}
	_, err := w.Locator(nil).Find(name, "")
	m, known := models.Lookup(name)
	switch {
	case errors.Is(err, models.ErrUnknown):
		return &UsageError{fmt.Sprintf("%s: %v", key.Path, err), `"amalfa models list" has all; a folder is named by its path`}
	case known && (m.Kind == models.Reranker) != (key.Path == "reranker.model"):
		return &UsageError{fmt.Sprintf("%s: %s is a model of the other kind", key.Path, name), `"amalfa models list" has all`}
	}
	return nil
}

// UnsetSetting takes a key out of a file, wherever it stands there.
func (w *Workspace) UnsetSetting(file SettingsFile, key config.Key) (SettingChange, error) {
	return w.changeSetting(file, key, func(text string, places [][]string) (_ string, err error) {
		for _, names := range places {
			if text, err = setup.RemoveMember(text, names...); err != nil {
				return "", err
			}
		}
		return text, nil
	})
}

func (w *Workspace) changeSetting(file SettingsFile, key config.Key, edit func(text string, places [][]string) (string, error)) (SettingChange, error) {
	ch := SettingChange{Key: key, File: file}
	before, err := config.ReadFile(file.Path)
	if err != nil {
		return ch, fmt.Errorf("%w: %s: %w", config.ErrSettings, file.Path, err)
	}
	places, err := key.Places(before)
	if errors.Is(err, config.ErrTwice) {
		return ch, WithHint(fmt.Errorf("%s: %w", file.Path, err), `remove one of them: run "amalfa config edit"`)
	}
	if err != nil {
		return ch, config.LoadText(file.Path, before, file.Project).Problems[0]
	}
	after, err := edit(string(before), places)
	if err != nil {
		return ch, fmt.Errorf("%s: %w", file.Path, err)
	}
	if ch.Changed = after != string(before); ch.Changed {
		if err := w.WriteSettingsFile(file, []byte(after)); err != nil {
			return ch, err
		}
	}
	ch.Now, _ = config.Load(w.Folder, w.Places, w.Env.Getenv).Get(key.Path)
	return ch, nil
}

// WriteSettingsFile puts a text into the place of a settings file at once, with its mode. A link of the user's stays one; one in a workspace
// is not followed, since whoever made the folder would choose what is written.
func (w *Workspace) WriteSettingsFile(file SettingsFile, text []byte) error {
	path, mode := file.Path, fs.FileMode(0o600)
	if file.Project {
		mode = 0o644
	}
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case info.Mode().IsRegular():
		mode = info.Mode().Perm()
	case file.Project:
		return WithHint(fmt.Errorf("%s is no regular file: it is not written through", path), "put a file in its place")
	default:
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return fmt.Errorf("%s is a link that leads nowhere: %w", file.Path, err)
		}
		if info, err = os.Stat(path); err != nil {
			return err
		}
		mode = info.Mode().Perm()
	}
	if err := atomic.WriteFile(path, bytes.NewReader(text)); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Chmod(path, mode)
}
