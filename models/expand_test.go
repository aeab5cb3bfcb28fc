package models

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/zstd"

	"amalfa/models/pack"
	"amalfa/models/pinned"
)

// carriedFiles plays the assets of a full build.
func carriedFiles(t testing.TB, half bool, files ...[]byte) (fs.FS, Assets) {
	t.Helper()
	dir, list := fstest.MapFS{}, Assets{OS: runtime.GOOS, Arch: runtime.GOARCH}
	for i, data := range files {
		var buf bytes.Buffer
		z, err := zstd.NewWriter(&buf)
		if err != nil {
			t.Fatal(err)
		}
		if half && i == 0 {
			err = pack.Pack(z, data)
		} else {
			_, err = z.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%d.zst", i)
		dir[name] = &fstest.MapFile{Data: buf.Bytes()}
		list.Files = append(list.Files, Asset{Name: name, Half: half && i == 0,
			Packed: pinned.File{SHA256: sumOf(buf.Bytes()), Size: int64(buf.Len())}, Sum: pinned.File{SHA256: sumOf(data), Size: int64(len(data))}})
	}
	return dir, list
}

// testLibrary plays ONNX Runtime.
func testLibrary(t testing.TB) (fs.FS, Assets, []Library, []byte) {
	data := body("library", testSize)
	from, list := carriedFiles(t, false, data)
	return from, list, []Library{{Version: "1", Name: "libtest.so", Sum: pinned.File{SHA256: sumOf(data), Size: testSize}}}, data
}

func TestExpandRuntime(t *testing.T) {
	from, list, libs, data := testLibrary(t)
	l := testLocator(t, nil)
	expand := func() string {
		t.Helper()
		path, ok, err := l.expandRuntime(from, list, libs)
		if err != nil || !ok {
			t.Fatalf("%v, %v", ok, err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%s: %d bytes, %v", path, len(got), err)
		}
		return path
	}
	path := expand()
	if want := filepath.Join(l.CacheDir, "runtime", sumOf(data)[:12], "libtest.so"); path != want {
		t.Errorf("path %s, want %s", path, want)
	}
	first, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	expand()
	if again, _ := os.Stat(path); !os.SameFile(first, again) {
		t.Error("a good file was written again")
	}
	rot(t, path)
	expand()
	if again, _ := os.Stat(path); os.SameFile(first, again) {
		t.Error("the rotten file was edited in place; a running process may have it mapped")
	}
	info, err := os.Stat(l.CacheDir)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("cache folder: %v, %v; want mode 0700", info.Mode(), err)
	}
	if _, ok, err := l.expandRuntime(from, list, []Library{{Sum: pinned.File{SHA256: "other"}}}); ok || err != nil {
		t.Errorf("a library that is not carried: %v, %v", ok, err)
	}
}

func TestExpandRuntimeAtOnce(t *testing.T) {
	from, list, libs, _ := testLibrary(t)
	cache := t.TempDir() + "/cache"
	var wg sync.WaitGroup
	paths := make([]string, 20)
	for i := range paths {
		wg.Go(func() {
			l := testLocator(t, nil)
			l.CacheDir = cache
			path, _, err := l.expandRuntime(from, list, libs)
			if err == nil {
				err = pinned.Check(path, libs[0].Sum.SHA256)
			}
			if err != nil {
				t.Error(err)
			}
			paths[i] = path
		})
	}
	wg.Wait()
	entries, err := os.ReadDir(filepath.Dir(paths[0]))
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files beside the library, %v; want none", len(entries)-1, err)
	}
}

// unusable are caches that cannot be written, and one that others can write to.
func unusable(t *testing.T) map[string]string {
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, nil)
	open := t.TempDir()
	chmod(t, open, 0o777)
	return map[string]string{"below a file": filepath.Join(file, "cache"), "open to others": open}
}

func TestRuntimeWithoutACacheIsLoadedFromMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux loads a library from memory")
	}
	from, list, libs, data := testLibrary(t)
	for name, cache := range unusable(t) {
		t.Run(name, func(t *testing.T) {
			l := testLocator(t, nil)
			l.CacheDir = cache
			path, _, err := l.expandRuntime(from, list, libs)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, data) || !strings.HasPrefix(path, "/proc/self/fd/") {
				t.Errorf("%s: %d bytes, %v", path, len(got), err)
			}
			if err := os.WriteFile(path, []byte("changed"), 0o600); err == nil {
				t.Error("the memory can be changed after it was verified")
			}
			if again, _, err := l.expandRuntime(from, list, libs); err != nil || again != path {
				t.Errorf("second call: %s, %v; want the same memory %s", again, err, path)
			}
		})
	}
}

func TestExpandModel(t *testing.T) {
	m, v, data := testModel()
	from, list := carriedFiles(t, false, data[testPath], data[tokenizerFile])
	l := testLocator(t, nil)
	killed := filepath.Join(l.CacheDir, folder(m, v), "."+modelFile+".123")
	write(t, killed, []byte("what a killed process left"))
	chmod(t, l.CacheDir, 0o700)
	f, ok, err := l.expandModel(from, list, m, v)
	if err != nil || !ok {
		t.Fatalf("%v, %v", ok, err)
	}
	whole(t, l, m, v, data)
	if _, err := os.Stat(killed); err == nil {
		t.Error("what a killed process left is still there")
	}
	found, err := l.findNamed(m, Full)
	if err != nil || found.Digest != f.Digest || found.ModelPath != f.ModelPath {
		t.Errorf("found %+v, %v; want %+v", found, err, f)
	}
	if _, ok, err := l.expandModel(from, Assets{Files: list.Files[:1]}, m, v); ok || err != nil {
		t.Errorf("half a model counts as carried: %v, %v", ok, err)
	}
}

// A model cannot be loaded from memory; without a usable cache it goes to the folder for temporary files.
func TestExpandModelWithoutACache(t *testing.T) {
	m, v, data := testModel()
	from, list := carriedFiles(t, false, data[testPath], data[tokenizerFile])
	caches := unusable(t)
	caches["no HOME"] = ""
	for name, cache := range caches {
		t.Run(name, func(t *testing.T) {
			tmp := t.TempDir()
			l := testLocator(t, map[string]string{"TMPDIR": tmp})
			l.CacheDir = cache
			if _, _, err := l.expandModel(from, list, m, v); err != nil {
				t.Fatal(err)
			}
			l.CacheDir = filepath.Join(tmp, "amalfa-"+strconv.Itoa(os.Getuid()))
			whole(t, l, m, v, data)
			if info, err := os.Stat(l.CacheDir); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
				t.Errorf("%v, %v; want mode 0700", info.Mode(), err)
			}
		})
	}
}

func TestFolderForTemporaryFilesIsNotTrustedBlindly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes and links are different there")
	}
	m, v, data := testModel()
	from, list := carriedFiles(t, false, data[testPath], data[tokenizerFile])
	cases := map[string]func(path string) error{
		"a link":           func(path string) error { return os.Symlink(t.TempDir(), path) },
		"a file":           func(path string) error { return os.WriteFile(path, nil, 0o700) },
		"readable by all":  func(path string) error { return os.Mkdir(path, 0o755) },
		"of somebody else": func(path string) error { return mkdirOf(path, 65534) },
	}
	for name, plant := range cases {
		t.Run(name, func(t *testing.T) {
			tmp := t.TempDir()
			planted := filepath.Join(tmp, "amalfa-"+strconv.Itoa(os.Getuid()))
			if err := plant(planted); err != nil {
				t.Skipf("cannot plant it: %v", err)
			}
			l := testLocator(t, map[string]string{"TMPDIR": tmp})
			l.CacheDir = ""
			_, _, err := l.expandModel(from, list, m, v)
			if err == nil || !strings.Contains(err.Error(), planted) {
				t.Errorf("error %v, want one that names %s", err, planted)
			}
		})
	}
}

func mkdirOf(path string, uid int) error {
	if err := os.Mkdir(path, 0o700); err != nil {
		return err
	}
	return os.Chown(path, uid, uid)
}

func TestRottenAssetIsRefused(t *testing.T) {
	from, list, libs, _ := testLibrary(t)
	other, _ := carriedFiles(t, false, body("other", testSize))
	broken := fstest.MapFS{"0.zst": &fstest.MapFile{Data: []byte("not zstd")}}
	for name, dir := range map[string]fs.FS{"other bytes": other, "not zstd": broken, "absent": fstest.MapFS{}} {
		t.Run(name, func(t *testing.T) {
			l := testLocator(t, nil)
			if path, ok, err := l.expandRuntime(dir, list, libs); ok || err == nil {
				t.Errorf("%s, %v, %v; want an error", path, ok, err)
			}
			if err := list.Files[0].Check(dir); err == nil {
				t.Error("the check found nothing wrong")
			}
		})
	}
	if err := list.Files[0].Check(from); err != nil {
		t.Error(err)
	}
}

func TestRuntimeBesideTheExecutable(t *testing.T) {
	_, _, libs, data := testLibrary(t)
	cases := []struct {
		name  string
		data  []byte
		mode  os.FileMode
		found bool
	}{
		{"pinned", data, 0o755, true},
		{"other bytes", body("other", testSize), 0o755, false},
		{"where others may write", data, 0o777, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && c.mode == 0o777 {
				t.Skip("modes say nothing there")
			}
			dir := t.TempDir()
			write(t, filepath.Join(dir, "amalfa"), nil)
			write(t, filepath.Join(dir, "libtest.so"), c.data)
			chmod(t, dir, c.mode)
			l := testLocator(t, nil)
			l.Executable = filepath.Join(dir, "amalfa")
			var s search
			if path, ok := l.findRuntime(&s, libs); ok != c.found {
				t.Errorf("%s, %v (%v); want found %v", path, ok, s.problems, c.found)
			}
		})
	}
}

func TestRuntimeOrder(t *testing.T) {
	dir := t.TempDir()
	lib := filepath.Join(dir, "mine.so")
	write(t, lib, []byte("the user's own"))
	cases := []struct {
		name string
		env  map[string]string
		want string
		says string
	}{
		{"AMALFA_ORT_LIB first", map[string]string{"AMALFA_ORT_LIB": lib, "ORT_DYLIB_PATH": "/nowhere"}, lib, ""},
		{"then ORT_DYLIB_PATH", map[string]string{"ORT_DYLIB_PATH": lib}, lib, ""},
		{"AMALFA_ORT_LIB that is not there", map[string]string{"AMALFA_ORT_LIB": "/nowhere/x.so", "ORT_DYLIB_PATH": lib}, "", "AMALFA_ORT_LIB: stat /nowhere/x.so"},
		{"AMALFA_ORT_LIB by bare name", map[string]string{"AMALFA_ORT_LIB": "libonnxruntime.so"}, "", "not an absolute path"},
		{"AMALFA_ORT_LIB is a folder", map[string]string{"AMALFA_ORT_LIB": dir}, "", "not a file"},
		{"ORT_DYLIB_PATH by bare name is passed over", map[string]string{"ORT_DYLIB_PATH": "libonnxruntime.so"}, "", ErrMissing.Error()},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, _, ok := embedded(); ok && c.says == ErrMissing.Error() {
				t.Skip("this build carries the runtime")
			}
			l := testLocator(t, c.env)
			l.Offline = true
			got, err := l.Runtime(t.Context())
			if got != c.want || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q, %v; want %q, %q", got, err, c.want, c.says)
			}
		})
	}
}
