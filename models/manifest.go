package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"amalfa/models/pinned"
)

// A manifest is amalfa.json in a variant's folder: what was fetched, and the digests it had then. Files that are
// not pinned are held against it from then on.
type manifest struct {
	Version   int             `json:"version"` // 1
	Model     string          `json:"model"`
	Precision string          `json:"precision"`
	Files     []manifestEntry `json:"files"`
}

type manifestEntry struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	Source string `json:"source"` // address it came from
	Pinned bool   `json:"pinned"`
}

// maxManifest bounds amalfa.json; a real one is under 2 KiB.
const maxManifest = 64 << 10

// parseManifest reads amalfa.json and refuses entries whose name would leave the folder.
func parseManifest(data []byte) (manifest, error) {
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return manifest{}, err
	}
	if m.Version != 1 {
		return manifest{}, fmt.Errorf("version %d is not known", m.Version)
	}
	for _, e := range m.Files {
		if !plainName(e.Name) || !isSum(e.SHA256) || e.Size < 0 {
			return manifest{}, fmt.Errorf("entry %q is not usable", e.Name)
		}
	}
	return m, nil
}

// readManifest returns fs.ErrNotExist when there is none.
func readManifest(dir string) (manifest, error) {
	path := filepath.Join(dir, manifestFile)
	if info, err := os.Stat(path); err != nil {
		return manifest{}, err
	} else if !info.Mode().IsRegular() || info.Size() > maxManifest {
		return manifest{}, fmt.Errorf("read %s: not a manifest", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return manifest{}, err
	}
	m, err := parseManifest(data)
	if err != nil {
		return manifest{}, fmt.Errorf("read %s: %w", path, err)
	}
	return m, nil
}

func (m manifest) write(dir string) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, manifestFile)
	tmp, err := os.CreateTemp(dir, ".manifest-*")
	if err != nil {
		return diskError(path, err)
	}
	_, err = tmp.Write(append(data, '\n'))
	if err == nil {
		err = pinned.Commit(tmp, path)
	}
	if err != nil {
		tmp.Close()
		os.Remove(tmp.Name())
		return diskError(path, fmt.Errorf("write %s: %w", path, err))
	}
	return nil
}

// expected returns the digests that v's files in dir must have: the pinned ones, and the recorded ones for the
// others. It returns fs.ErrNotExist when one has neither.
func expected(dir string, v variant) ([]pinned.File, error) {
	var recorded manifest
	if !v.pinned() {
		var err error
		if recorded, err = readManifest(dir); err != nil {
			return nil, err
		}
	}
	out := make([]pinned.File, len(v.files))
	for i, f := range v.files {
		out[i] = pinned.File{SHA256: f.sha256, Size: f.size}
		if f.sha256 != "" {
			continue
		}
		at := slices.IndexFunc(recorded.Files, func(e manifestEntry) bool { return e.Name == f.name })
		if at < 0 {
			return nil, fmt.Errorf("%s does not list %s: %w", filepath.Join(dir, manifestFile), f.name, fs.ErrNotExist)
		}
		out[i] = pinned.File{SHA256: recorded.Files[at].SHA256, Size: recorded.Files[at].Size}
	}
	return out, nil
}

// absent says that an error means there is simply nothing there.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}

// verifyFolder returns the files of v in dir when all are there and have their digests.
func verifyFolder(m Model, v variant, dir string) (Files, error) {
	paths, sums := make([]string, len(v.files)), make([]string, len(v.files))
	for i, f := range v.files {
		paths[i] = filepath.Join(dir, f.name)
		if _, err := os.Stat(paths[i]); err != nil {
			return Files{}, err
		}
	}
	want, err := expected(dir, v)
	if err != nil {
		return Files{}, err
	}
	for i := range v.files {
		if err := pinned.Check(paths[i], want[i].SHA256); err != nil {
			return Files{}, err
		}
		sums[i] = want[i].SHA256
	}
	return located(m, v, paths, sums), nil
}

// verifyTokenizer is verifyFolder that reads the tokenizer alone.
func verifyTokenizer(m Model, v variant, dir string) (Files, bool) {
	paths := make([]string, len(v.files))
	for i, f := range v.files {
		paths[i] = filepath.Join(dir, f.name)
		if info, err := os.Stat(paths[i]); err != nil || f.size > 0 && info.Size() != f.size {
			return Files{}, false
		}
	}
	want, err := expected(dir, v)
	if err != nil || pinned.Check(paths[1], want[1].SHA256) != nil {
		return Files{}, false
	}
	return Files{Model: m, Precision: v.precision, ModelPath: paths[0], TokenizerPath: paths[1]}, true
}

// findEmbedded expands v into the cache when the binary carries all of it. An error is one of the disk.
func (l *Locator) findEmbedded(m Model, v variant) (Files, bool, error) {
	dir, list, ok := embedded()
	if !ok {
		return Files{}, false, nil
	}
	return l.expandModel(dir, list, m, v)
}

func (l *Locator) expandModel(from fs.FS, list Assets, m Model, v variant) (Files, bool, error) {
	has := func(f remote) bool { _, ok := list.find(f.sha256); return ok }
	if slices.ContainsFunc(v.files, func(f remote) bool { return !has(f) }) {
		return Files{}, false, nil
	}
	dst, release, err := l.expandDir(folder(m, v))
	if err != nil {
		return Files{}, false, err
	}
	defer release()
	if f, err := verifyFolder(m, v, dst); err == nil {
		return f, true, nil // another process was faster
	}
	paths, sums := make([]string, len(v.files)), make([]string, len(v.files))
	for i, f := range v.files {
		a, _ := list.find(f.sha256)
		paths[i], sums[i] = filepath.Join(dst, f.name), f.sha256
		if err := a.Expand(from, paths[i], 0o600); err != nil { // verifies what it writes
			return Files{}, false, err
		}
	}
	return located(m, v, paths, sums), true, nil
}
