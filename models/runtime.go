package models

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"go.uber.org/zap"

	"amalfa/models/pinned"
)

// Runtime returns the path of ONNX Runtime's library. The order is AMALFA_ORT_LIB, ORT_DYLIB_PATH, the copy in the
// binary, the cache, next to the executable, and last the public release; never the current folder. The user's own
// two are taken as they are, every other only by pinned digest. Errors: ErrMissing, pinned.ErrMismatch.
func (l *Locator) Runtime(ctx context.Context) (string, error) {
	if path := l.getenv("AMALFA_ORT_LIB"); path != "" {
		if err := usersLibrary(path); err != nil {
			return "", fmt.Errorf("AMALFA_ORT_LIB: %w", err)
		}
		return path, nil
	}
	if path := l.getenv("ORT_DYLIB_PATH"); path != "" {
		err := usersLibrary(path)
		if err == nil {
			return path, nil
		}
		l.log().Warn("ORT_DYLIB_PATH is not used", zap.Error(err)) // it is meant for other programs too
	}
	libs := Libraries(runtime.GOOS, runtime.GOARCH)
	if len(libs) == 0 {
		return "", &MissingError{What: "ONNX Runtime for " + platform(),
			Cause: errors.New("no current build is published for it, so only keyword search works here")}
	}
	if path, ok, err := l.embeddedRuntime(libs); ok || err != nil {
		return path, err
	}
	var s search
	if path, ok := l.findRuntime(&s, libs); ok {
		return path, nil
	}
	return l.fetchRuntime(ctx, libs, &s)
}

// usersLibrary accepts a regular file by absolute path: a bare name would make the loader search its folders.
func usersLibrary(path string) error {
	if !filepath.IsAbs(path) {
		return fmt.Errorf("%s is not an absolute path", path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a file", path)
	}
	return nil
}

// findRuntime looks in the cache and next to the executable.
func (l *Locator) findRuntime(s *search, libs []Library) (string, bool) {
	var places []string
	for _, root := range l.readable(s, "runtime") {
		if noexec(root) {
			s.problems = append(s.problems, fmt.Errorf("cache folder %s: its file system is mounted noexec", root))
			continue
		}
		for _, lib := range libs {
			places = append(places, filepath.Join(root, runtimeFolder(lib), lib.Name))
		}
	}
	if exe, err := l.executable(); err == nil {
		if dir := filepath.Dir(exe); safeFromOthers(dir) {
			places = append(places, filepath.Join(dir, libs[0].Name))
		}
	}
	for _, path := range places {
		s.looked = append(s.looked, path)
		err := isOneOf(path, libs)
		if err == nil {
			return path, true
		}
		if !absent(err) {
			s.problems = append(s.problems, err)
		}
	}
	return "", false
}

// executable is the program's real path.
func (l *Locator) executable() (string, error) {
	exe := l.Executable
	if exe == "" {
		var err error
		if exe, err = os.Executable(); err != nil {
			return "", err
		}
	}
	return filepath.EvalSymlinks(exe)
}

func runtimeFolder(lib Library) string { return filepath.Join("runtime", shortID(lib.Sum.SHA256)) }

func isOneOf(path string, libs []Library) error {
	got, _, err := pinned.Sum(path)
	if err != nil {
		return err
	}
	for _, lib := range libs {
		if lib.Sum.SHA256 == got {
			return nil
		}
	}
	return &pinned.MismatchError{Path: path, Want: libs[0].Sum.SHA256, Got: got}
}

// embeddedRuntime expands the library that the binary carries; ok is false when it carries none.
func (l *Locator) embeddedRuntime(libs []Library) (path string, ok bool, err error) {
	dir, list, ok := embedded()
	if !ok {
		return "", false, nil
	}
	return l.expandRuntime(dir, list, libs)
}

func (l *Locator) expandRuntime(from fs.FS, list Assets, libs []Library) (path string, ok bool, err error) {
	for _, lib := range libs {
		a, ok := list.find(lib.Sum.SHA256)
		if !ok {
			continue
		}
		if path, err = l.place(from, a, lib); err != nil {
			return "", false, fmt.Errorf("unpack ONNX Runtime: %w", err)
		}
		return path, true, nil
	}
	return "", false, nil
}

// place returns a verified, loadable copy of the library: in the cache, else in memory where the system can load
// from there, else in the folder for temporary files.
func (l *Locator) place(from fs.FS, a Asset, lib Library) (string, error) {
	var problems []error
	for i, root := range l.roots() {
		path, err := l.placeIn(root, from, a, lib)
		if err == nil {
			return path, nil
		}
		problems = append(problems, fmt.Errorf("folder %s: %w", root, err))
		if i > 0 {
			break
		}
		path, err = l.inMemory(from, a)
		if err == nil {
			return path, nil
		}
		problems = append(problems, fmt.Errorf("memory: %w", err))
	}
	return "", oneLine(problems)
}

func (l *Locator) placeIn(root string, from fs.FS, a Asset, lib Library) (string, error) {
	path := filepath.Join(root, runtimeFolder(lib), lib.Name)
	if err := l.trustRoot(root); err == nil && !noexec(root) && pinned.Check(path, lib.Sum.SHA256) == nil {
		return path, nil
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return "", err
	}
	if err := l.trustRoot(root); err != nil {
		return "", err
	}
	if noexec(root) {
		return "", errors.New("its file system is mounted noexec")
	}
	_, release, err := expandDir(root, runtimeFolder(lib))
	if err != nil {
		return "", err
	}
	defer release()
	if pinned.Check(path, lib.Sum.SHA256) == nil {
		return path, nil
	}
	return path, a.Expand(from, path, 0o700)
}

func platform() string { return runtime.GOOS + "/" + runtime.GOARCH }
