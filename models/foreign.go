package models

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.uber.org/zap"

	"amalfa/models/pinned"
)

// foreignRoots are the caches of FastEmbed and Hugging Face, which have one layout:
// models--ORG--NAME/{refs/main, snapshots/COMMIT/PATH -> ../../blobs/DIGEST}.
func (l *Locator) foreignRoots() []string {
	fastembed := l.getenv("FASTEMBED_CACHE_PATH")
	if fastembed == "" {
		fastembed = filepath.Join(l.tempDir(), "fastembed_cache")
	}
	roots := []string{fastembed, l.hubCache()}
	return slices.DeleteFunc(roots, func(r string) bool { return !filepath.IsAbs(r) })
}

func (l *Locator) hubCache() string {
	if dir := l.getenv("HF_HUB_CACHE"); dir != "" {
		return dir
	}
	if home := l.hubHome(); home != "" {
		return filepath.Join(home, "hub")
	}
	return ""
}

// hubHome is Hugging Face's own folder, "" without a HOME.
func (l *Locator) hubHome() string {
	if dir := l.getenv("HF_HOME"); dir != "" {
		return dir
	}
	if dir := l.getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "huggingface")
	}
	if dir := l.getenv("HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, ".cache", "huggingface")
	}
	return ""
}

// findForeign returns v out of another program's cache. Pinned files are used when their digest is right; the
// others only out of folders that are ours and that nobody else can write to. A pinned file that lies where
// others could swap it, and a model of several files (the runtime refuses weights behind links), is copied first.
func (l *Locator) findForeign(s *search, m Model, v variant) (Files, bool) {
	for _, root := range l.foreignRoots() {
		s.looked = append(s.looked, filepath.Join(root, repoFolder(v.files[0].repo)))
		for _, dirs := range snapshots(root, v) {
			f, err := l.useForeign(root, m, v, dirs)
			if err == nil {
				return f, true
			}
			if !absent(err) {
				s.problems = append(s.problems, err)
				l.log().Warn("Files of another program's cache are not used", zap.Error(err))
			}
		}
	}
	return Files{}, false
}

func repoFolder(repo string) string { return "models--" + strings.ReplaceAll(repo, "/", "--") }

// repoIn returns a repository's folder in a cache. Case does not matter to the hub, and releases of FastEmbed spell
// their own repositories differently.
func repoIn(root, repo string) string {
	name := repoFolder(repo)
	entries, _ := os.ReadDir(root)
	for _, e := range entries {
		if strings.EqualFold(e.Name(), name) {
			return filepath.Join(root, e.Name())
		}
	}
	return filepath.Join(root, name)
}

// snapshots returns, best first, the folders in which v's files may lie: one folder per file.
func snapshots(root string, v variant) [][]string {
	var out [][]string
	for _, dir := range snapshotsOf(root, v.files[0]) {
		dirs := make([]string, len(v.files))
		for i, f := range v.files {
			dirs[i] = dir
			if f.repo != v.files[0].repo {
				if others := snapshotsOf(root, f); len(others) > 0 {
					dirs[i] = others[0]
				}
			}
		}
		out = append(out, dirs)
	}
	return out
}

// snapshotsOf lists the snapshots of a file's repository: its own revision, then the one main points to, then others.
func snapshotsOf(root string, f remote) []string {
	repo := repoIn(root, f.repo)
	prefer := []string{f.revision}
	if ref, err := os.ReadFile(filepath.Join(repo, "refs", "main")); err == nil && len(ref) < 100 {
		prefer = append(prefer, strings.TrimSpace(string(ref)))
	}
	entries, _ := os.ReadDir(filepath.Join(repo, "snapshots"))
	var names []string
	for _, p := range prefer {
		if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == p }) && !slices.Contains(names, p) {
			names = append(names, p)
		}
	}
	for _, e := range entries {
		if !slices.Contains(names, e.Name()) {
			names = append(names, e.Name())
		}
	}
	for i, n := range names {
		names[i] = filepath.Join(repo, "snapshots", n)
	}
	return names
}

func (l *Locator) useForeign(root string, m Model, v variant, dirs []string) (Files, error) {
	paths, sums := make([]string, len(v.files)), make([]string, len(v.files))
	ours := true
	for i, f := range v.files {
		path := filepath.Join(dirs[i], filepath.FromSlash(f.path))
		blob, err := filepath.EvalSymlinks(path)
		if err != nil {
			return Files{}, err
		}
		trust := trusted(root, dirs[i], path, blob)
		if trust != nil && f.sha256 == "" {
			return Files{}, fmt.Errorf("%s is not pinned, and %w", path, trust)
		}
		if sums[i], err = checkForeign(blob, f); err != nil {
			return Files{}, err
		}
		paths[i], ours = path, ours && trust == nil
	}
	if ours && len(v.files) == 2 {
		return located(m, v, paths, sums), nil
	}
	return l.adopt(m, v, paths, sums)
}

// checkForeign holds a file against its pinned digest, else against the name of its blob, which is the SHA-256 of a
// large file.
func checkForeign(blob string, f remote) (sum string, err error) {
	sum, _, err = pinned.Sum(blob)
	if err != nil {
		return "", err
	}
	want := f.sha256
	if want == "" && isSum(filepath.Base(blob)) {
		want = filepath.Base(blob)
	}
	if want != "" && sum != want {
		return "", &pinned.MismatchError{Path: blob, Want: want, Got: sum}
	}
	return sum, nil
}

// trusted returns nil when every folder from root to the file, and what its link leads to, is ours alone.
func trusted(root, dir, path, blob string) error {
	realRoot, err := filepath.EvalSymlinks(root)
	if err != nil {
		return err
	}
	if rel, err := filepath.Rel(realRoot, blob); err != nil || !filepath.IsLocal(rel) {
		return fmt.Errorf("%s leads out of %s", path, root)
	}
	for _, start := range []struct{ path, stop string }{{blob, realRoot}, {filepath.Dir(path), root}, {dir, root}} {
		for p := start.path; ; p = filepath.Dir(p) {
			info, err := os.Stat(p)
			if err != nil {
				return err
			}
			if err := ownedByUs(p, info); err != nil {
				return err
			}
			if p == start.stop || p == filepath.Dir(p) {
				break
			}
		}
	}
	return nil
}

// adopt copies files that were just verified into our cache, verifying the copies.
func (l *Locator) adopt(m Model, v variant, paths, sums []string) (Files, error) {
	dir, release, err := l.expandDir(folder(m, v))
	if err != nil {
		return Files{}, err
	}
	defer release()
	record := manifest{Version: 1, Model: m.Name, Precision: v.precision}
	ours := make([]string, len(paths))
	for i, f := range v.files {
		ours[i] = filepath.Join(dir, f.name)
		size, err := copyPinned(ours[i], paths[i], sums[i])
		if err != nil {
			return Files{}, err
		}
		record.Files = append(record.Files, manifestEntry{f.name, sums[i], size, paths[i], f.sha256 != ""})
	}
	if err := record.write(dir); err != nil {
		return Files{}, err
	}
	return located(m, v, ours, sums), nil
}

func copyPinned(dst, src, sum string) (int64, error) {
	in, err := os.Open(src)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return 0, err
	}
	if !info.Mode().IsRegular() {
		return 0, errors.New(src + " is not a regular file")
	}
	if err := pinned.Write(dst, pinned.File{SHA256: sum, Size: info.Size()}, 0o600, in); err != nil {
		return 0, diskError(dst, err)
	}
	return info.Size(), nil
}
