package models

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"amalfa/models/pinned"
)

// fetchModel downloads what v lacks in the cache. Processes that want the same model wait for the first one.
func (l *Locator) fetchModel(ctx context.Context, m Model, v variant) (Files, error) {
	h, err := l.hub()
	if err != nil {
		return Files{}, err
	}
	if !v.pinned() && !h.public && !l.AllowUnpinned {
		return Files{}, fmt.Errorf("%s: %w, and HF_ENDPOINT is not the public hub; --allow-unpinned trusts it", m.Name, ErrUnpinned)
	}
	root, err := l.writable()
	if err != nil {
		return Files{}, err
	}
	dir, release, err := lockedDir(ctx, root, folder(m, v))
	if err != nil {
		return Files{}, err
	}
	defer release()
	if f, err := verifyFolder(m, v, dir); err == nil {
		return f, nil // another process was faster
	}
	return l.fetchVariant(ctx, h, m, v, dir)
}

func (l *Locator) fetchVariant(ctx context.Context, h hub, m Model, v variant, dir string) (Files, error) {
	record := manifest{Version: 1, Model: m.Name, Precision: v.precision}
	paths, sums := make([]string, len(v.files)), make([]string, len(v.files))
	commits := map[string]string{} // per repository, so that all files are of one commit
	for i, f := range v.files {
		if c := commits[f.repo]; c != "" && f.sha256 == "" {
			f.revision = c
		}
		got, source, commit, err := l.fetchFile(ctx, h, m, f, dir)
		if err != nil {
			return Files{}, err
		}
		if commit != "" {
			commits[f.repo] = commit
		}
		paths[i], sums[i] = filepath.Join(dir, f.name), got.SHA256
		record.Files = append(record.Files, manifestEntry{f.name, got.SHA256, got.Size, source, f.sha256 != ""})
	}
	// The record comes last: files that are not pinned do not count before it.
	if err := record.write(dir); err != nil {
		return Files{}, err
	}
	return located(m, v, paths, sums), nil
}

// fetchFile gets one file unless it is there and right, and returns what it is and where it came from.
func (l *Locator) fetchFile(ctx context.Context, h hub, m Model, f remote, dir string) (got pinned.File, source, commit string, err error) {
	t := transfer{name: m.Name + " " + f.name, header: h.header(), want: pinned.File{SHA256: f.sha256, Size: f.size},
		dst: filepath.Join(dir, f.name), perm: 0o600}
	revision := f.revision
	if f.sha256 == "" {
		about, err := l.describe(ctx, h, f, revision)
		if err != nil {
			return pinned.File{}, "", "", err
		}
		if about.want.SHA256 == "" && about.blob == "" && !l.AllowUnpinned {
			return pinned.File{}, "", "", fmt.Errorf("%s of %s: %w, and the hub gives none; --allow-unpinned accepts that", f.path, f.repo, ErrUnpinned)
		}
		t.want, t.blob = about.want, about.blob
		if about.commit != "" {
			revision, commit = about.commit, about.commit
		}
	}
	t.url = h.file(f, revision)
	if sum, size, err := pinned.Sum(t.dst); err == nil && sum == t.want.SHA256 {
		return pinned.File{SHA256: sum, Size: size}, t.url.String(), commit, nil
	}
	got, err = l.get(ctx, t)
	return got, t.url.String(), commit, err
}

// fetchRuntime gets the newest library that has a public release, unless nothing may be fetched.
func (l *Locator) fetchRuntime(ctx context.Context, libs []Library, s *search) (string, error) {
	missing := &MissingError{What: "ONNX Runtime " + versions(libs) + " for " + platform(), Files: []string{libs[0].Name},
		Looked: s.looked, Cause: oneLine(s.problems), Fetch: "amalfa models pull",
		Put: filepath.Join(l.roots()[0], runtimeFolder(libs[0]))}
	if l.offline() {
		return "", missing
	}
	for _, lib := range libs {
		if !lib.Public() {
			continue
		}
		path, err := l.Download(ctx, lib)
		if err == nil {
			return path, nil
		}
		missing.Cause = err
	}
	return "", missing
}

func versions(libs []Library) string {
	var out []string
	for _, lib := range libs {
		out = append(out, lib.Version)
	}
	return strings.Join(out, " or ")
}

// Download gets a library of any platform from its public release into the cache, and returns its path.
func (l *Locator) Download(ctx context.Context, lib Library) (string, error) {
	if !lib.Public() {
		return "", fmt.Errorf("ONNX Runtime %s for %s/%s has no public release", lib.Version, lib.OS, lib.Arch)
	}
	root, err := l.writable()
	if err != nil {
		return "", err
	}
	if noexec(root) {
		return "", fmt.Errorf("folder %s: its file system is mounted noexec; set AMALFA_CACHE_DIR to another one", root)
	}
	dir, release, err := lockedDir(ctx, root, runtimeFolder(lib))
	if err != nil {
		return "", err
	}
	defer release()
	path := filepath.Join(dir, lib.Name)
	if pinned.Check(path, lib.Sum.SHA256) == nil {
		return path, nil // another process was faster
	}
	t, err := lib.archive.transfer(dir, lib)
	if err != nil {
		return "", err
	}
	if _, err := l.get(ctx, t); err != nil {
		return "", err
	}
	defer os.Remove(t.dst)
	if err := extract(t.dst, lib.archive.member, path, lib.Sum); err != nil {
		return "", diskError(path, err)
	}
	return path, nil
}
