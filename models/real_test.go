package models

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"amalfa/models/pinned"
	"amalfa/testdata/assets"
)

// TestDefaultModelFromAHub fetches the real default model from a hub on this machine, by its name.
func TestDefaultModelFromAHub(t *testing.T) {
	if testing.Short() {
		t.Skip("works on a file of 133 MB")
	}
	model, tokenizer := assets.Model(t, "bge-small-en-v1.5")
	if _, _, ok := embedded(); ok {
		t.Skip("this build carries the model")
	}
	m, _ := Lookup(DefaultName)
	v, _ := m.variant(Full)
	h := newHub(t, nil)
	h.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/BAAI/bge-small-en-v1.5/resolve/" + v.files[0].revision + "/onnx/model.onnx":
			http.ServeFile(w, r, model)
		case "/BAAI/bge-small-en-v1.5/resolve/" + v.files[1].revision + "/tokenizer.json":
			http.ServeFile(w, r, tokenizer)
		default:
			http.NotFound(w, r)
		}
	})
	l := h.locator(t, nil)
	l.Stall = 0
	var last string
	l.Progress = func(name string, done, total int64) {
		if done > total {
			t.Errorf("%s: %d of %d bytes", name, done, total)
		}
		last = name
	}
	f, err := l.Model(t.Context(), DefaultName, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := pinned.Check(f.ModelPath, v.files[0].sha256); err != nil {
		t.Error(err)
	}
	if last != DefaultName+" "+tokenizerFile {
		t.Errorf("progress ended with %q", last)
	}
	dir, err := l.Find(filepath.Dir(model), "")
	if err != nil || dir.Digest != f.Digest || dir.Model.Name != DefaultName {
		t.Errorf("the same files in a folder: %s (%s), %v; want the same digest as %s", dir.Digest, dir.Model.Name, err, f.Digest)
	}
	if _, err := l.Find(DefaultName, Int8); err == nil {
		t.Error("the int8 form was found, though only the full one was fetched")
	}
}

// TestDiskFull fetches into a file system of 300 KB, in a mount namespace of its own.
func TestDiskFull(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux's mount namespaces")
	}
	unshare, err := exec.LookPath("unshare")
	if err != nil {
		assets.Missing(t, "unshare", err)
	}
	if out, err := exec.Command(unshare, "-Urm", "mount", "-t", "tmpfs", "none", "/mnt").CombinedOutput(); err != nil {
		assets.Missing(t, "user namespaces", &exec.Error{Name: strings.TrimSpace(string(out)), Err: err})
	}
	m, v, data := testModel()
	h := newHub(t, data)
	cmd := fetcher(t, h, "/mnt/cache")
	exe := cmd.Path
	env := cmd.Env
	cmd = exec.Command(unshare, "-Urm", "sh", "-c", `mount -t tmpfs -o size=300k,mode=700 none /mnt && exec "$0"`, exe)
	cmd.Env = append(env, "PATH="+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	want := "disk full at " + filepath.Join("/mnt/cache", folder(m, v), modelFile) + ".part"
	if err == nil || !strings.Contains(string(out), want) {
		t.Errorf("%v: %s; want %q", err, out, want)
	}
}
