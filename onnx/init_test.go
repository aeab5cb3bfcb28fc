//go:build cgo && unix

package onnx

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/testdata/assets"
)

// TestInitRefuses comes to the library's loader with files that would crash
// it or are of no use, before and after the right one was loaded.
func TestInitRefuses(t *testing.T) {
	lib := assets.Runtime(t)
	whole, err := os.ReadFile(lib)
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string, content []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, content, 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cases := map[string]string{
		"nothing":      "",
		"relative":     "libonnxruntime.so",
		"absent":       filepath.Join(t.TempDir(), "libonnxruntime.so"),
		"folder":       t.TempDir(),
		"text":         file("text.so", []byte("not a library\n")),
		"empty":        file("empty.so", nil),
		"cut in half":  file("half.so", whole[:len(whole)/2]),
		"only a head":  file("head.so", whole[:4096]),
		"a program":    "/bin/sh",
		"another one":  compile(t, "int answer(void) { return 42; }"),
		"api too old":  compile(t, oldRuntime),
		"api base nil": compile(t, "void *OrtGetApiBase(void) { return 0; }"),
	}
	for name, path := range cases {
		t.Run(name, func(t *testing.T) { checkInitFails(t, path) })
	}
	if err := Init(lib); err != nil {
		t.Fatalf("the right library after wrong ones: %v", err)
	}
	if err := Init(lib); err != nil {
		t.Errorf("the same library again: %v", err)
	}
	if !strings.HasPrefix(Version(), "1.") {
		t.Errorf("version %q", Version())
	}
	checkInitFails(t, cases["text"])
}

func checkInitFails(t *testing.T, path string) {
	t.Helper()
	err := Init(path)
	if err == nil {
		t.Fatal("it was loaded")
	}
	if !strings.Contains(err.Error(), path) {
		t.Errorf("%v: does not name %s", err, path)
	}
}

// oldRuntime is a library that has no API of our level.
const oldRuntime = `
static const void *api(unsigned version) { return 0; }
static const char *version(void) { return "1.3.0"; }
static struct { const void *(*a)(unsigned); const char *(*v)(void); } base = { api, version };
void *OrtGetApiBase(void) { return &base; }
`

func compile(t *testing.T, source string) string {
	t.Helper()
	dir := t.TempDir()
	src, lib := filepath.Join(dir, "x.c"), filepath.Join(dir, "x.so")
	if err := os.WriteFile(src, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cc", "-shared", "-fPIC", "-o", lib, src).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return lib
}
