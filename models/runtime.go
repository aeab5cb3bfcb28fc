package models

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"amalfa/models/pinned"

	"go.uber.org/zap"
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

// A Library is a build of ONNX Runtime's shared library for one platform.
type Library struct {
	OS, Arch string
	Version  string
	Name     string // of the file on our disk, the one that loaders expect
	Sum      pinned.File
	archive  *archive // where it is published, nil for those that only Maven carries
}

// An archive is a release file that holds a library as one of its members.
type archive struct {
	url         string
	member      string
	pinned.File // SHA256 is "" where only the library's own digest is known
}

// Public says that the library can be fetched without a package client.
func (l Library) Public() bool { return l.archive != nil }

// Libraries returns the builds of ONNX Runtime that may be loaded on a platform, newest first; none means that
// no current build is published for it. 1.29.0 is what Maven's com.microsoft.onnxruntime:onnxruntime carries
// (digests as fetched on 2026-11-23); 1.24.4 is the release on GitHub whose digests several independent public
// repositories name, at the API level (24) that onnxruntime_go v1.27.0 asks for.
func Libraries(goos, goarch string) []Library {
	var out []Library
	for _, l := range libraries() {
		if l.OS == goos && l.Arch == goarch {
			out = append(out, l)
		}
	}
	return out
}

func libraries() []Library {
	const so, dylib, dll = "libonnxruntime.so", "libonnxruntime.dylib", "onnxruntime.dll"
	const public = "1.24.4"
	return []Library{
		{"linux", "amd64", "1.29.0", so, pinned.File{SHA256: "5715f06d8992ca8eeeddcce43df3a7d38f97d537052126f558e912cb312460ca", Size: 28497752}, nil},
		{"linux", "arm64", "1.29.0", so, pinned.File{SHA256: "a27d21126db312aa8f02f3d5eaebe466e991f51f469882e6d0407d5a8b64afda", Size: 24538024}, nil},
		{"darwin", "arm64", "1.29.0", dylib, pinned.File{SHA256: "07c5a23fecedb27d9325b1b2ba0c87830173f87b64edf2b294e32931af5c09cb", Size: 43151368}, nil},
		{"windows", "amd64", "1.29.0", dll, pinned.File{SHA256: "c1bae2b15344db7e27ad4ec07d1408630d290700d0db031d973e954e46eabf48", Size: 16149344}, nil},

		{"linux", "amd64", public, so, pinned.File{SHA256: "d132535d051344ff5c64c9c200004150559049a81ed330eb4422c1962fb6b7e4", Size: 22159232},
			release("linux-x64", ".tgz", "libonnxruntime.so.1.24.4", pinned.File{SHA256: "3a211fbea252c1e66290658f1b735b772056149f28321e71c308942cdb54b747", Size: 8155822})},
		{"linux", "arm64", public, so, pinned.File{SHA256: "52b2a0e75e79468404284fec38ad5ee1a7a996232274f5e1b84f3e793fb07554"},
			release("linux-aarch64", ".tgz", "libonnxruntime.so.1.24.4", pinned.File{SHA256: "866109a9248d057671a039b9d725be4bd86888e3754140e6701ec621be9d4d7e", Size: 7181958})},
		{"darwin", "arm64", public, dylib, pinned.File{SHA256: "872533f130f1839a5bc01788ddb4f75c83a189763441ba1178788ed965449289"},
			release("osx-arm64", ".tgz", "libonnxruntime.1.24.4.dylib", pinned.File{SHA256: "93787795f47e1eee369182e43ed51b9e5da0878ab0346aecf4258979b8bba989"})},
		{"windows", "amd64", public, dll, pinned.File{SHA256: "b95efb2113b603bbbf3f191061c5516a871ed546893c820e4f3b7b6c358dbf2a"},
			release("win-x64", ".zip", dll, pinned.File{SHA256: "d2319fddfb6ea4db99ccc4b60c85c517bcd855721f5daa6a06d40d7cb2ee2357", Size: 74442783})},
		{"windows", "arm64", public, dll, pinned.File{SHA256: "724d81ac50b11bfaa01ab3ce01b99fb6734a4b762259a8be4395ca662ce99fe6"},
			release("win-arm64", ".zip", dll, pinned.File{})},
	}
}

// release names an archive of release 1.24.4 and the library in it. The tar files also hold symbolic links with
// shorter names; only the real file counts.
func release(platform, ext, library string, want pinned.File) *archive {
	name := "onnxruntime-" + platform + "-1.24.4"
	return &archive{
		url:    "https://github.com/microsoft/onnxruntime/releases/download/v1.24.4/" + name + ext,
		member: name + "/lib/" + library,
		File:   want,
	}
}
