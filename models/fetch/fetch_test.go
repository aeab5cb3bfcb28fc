package main

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"amalfa/models"
	"amalfa/models/maven"
	"amalfa/models/pinned"
	"amalfa/testdata/assets"
)

// testPlan takes the files from the tests' cache instead of fetching them.
func testPlan(t *testing.T) *plan {
	t.Helper()
	p, err := newPlan("linux", "amd64")
	if err != nil {
		t.Fatal(err)
	}
	p.full.path, p.tokenizer.path = assets.Model(t, "bge-small-en-v1.5")
	p.int8.path, _ = assets.Model(t, "bge-small-en-v1.5-q")
	p.library = nil
	return p
}

func TestWriteAndDone(t *testing.T) {
	if testing.Short() {
		t.Skip("works on a file of 133 MB")
	}
	p := testPlan(t)
	dir := t.TempDir()
	if p.done(dir, "linux", "amd64") {
		t.Error("an empty folder counts as done")
	}
	if err := p.write(dir, "linux", "amd64"); err != nil {
		t.Fatal(err)
	}
	if !p.done(dir, "linux", "amd64") {
		t.Error("done says no after everything was written")
	}
	if p.done(dir, "linux", "arm64") {
		t.Error("assets of another platform count")
	}
	data, err := os.ReadFile(filepath.Join(dir, models.AssetIndex))
	if err != nil {
		t.Fatal(err)
	}
	list, err := models.ParseAssets(data)
	if err != nil || len(list.Files) != 3 {
		t.Fatalf("%+v, %v", list, err)
	}
	for i, most := range []int64{62_000_000, 25_000_000, 300_000} {
		a := list.Files[i]
		if err := a.Check(os.DirFS(dir)); err != nil || a.Packed.Size > most {
			t.Errorf("%s: %d bytes, %v; want at most %d", a.Name, a.Packed.Size, err, most)
		}
	}
	path := filepath.Join(dir, list.Files[2].Name)
	data, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if p.done(dir, "linux", "amd64") {
		t.Error("a flipped bit goes unnoticed")
	}
}

func TestWrongBytesAreNotPacked(t *testing.T) {
	p := testPlan(t)
	p.int8.path = p.tokenizer.path
	dir := t.TempDir()
	if err := p.write(dir, "linux", "amd64"); !errors.Is(err, pinned.ErrMismatch) {
		t.Errorf("error %v, want a mismatch", err)
	}
	if _, err := os.Stat(filepath.Join(dir, models.AssetIndex)); err == nil {
		t.Error("there is a list of assets")
	}
}

func TestWithoutMaven(t *testing.T) {
	model, tokenizer := assets.Model(t, "bge-small-en-v1.5")
	int8, _ := assets.Model(t, "bge-small-en-v1.5-q")
	t.Setenv("PATH", t.TempDir())
	p, err := newPlan("linux", "amd64")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.fromMaven(t.Context(), t.TempDir()); !errors.Is(err, maven.ErrNoClient) {
		t.Fatalf("error %v, want %v", err, maven.ErrNoClient)
	}
	for _, s := range p.files() {
		s.path = ""
	}
	l := &models.Locator{CacheDir: t.TempDir() + "/cache", Client: &http.Client{Transport: files{
		"/BAAI/bge-small-en-v1.5": {"model.onnx": model, "tokenizer.json": tokenizer}, "/Xenova/bge-small-en-v1.5": {"model_quantized.onnx": int8}}},
		Getenv: func(key string) string {
			if key == "TMPDIR" {
				return t.TempDir()
			}
			return ""
		}}
	err = p.fromPublic(t.Context(), l, "linux", "amd64")
	if err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("error %v, want the runtime's release to be asked for and absent", err)
	}
	for _, s := range []source{p.full, p.int8, p.tokenizer} {
		if err := pinned.Check(s.path, s.sum.SHA256); err != nil {
			t.Errorf("%s: %v", s.asset, err)
		}
	}
	if p.library.sum.SHA256 == "" || p.library.path != "" {
		t.Errorf("library %+v", p.library)
	}
}

// files plays the hub: repository → file → path on this machine.
type files map[string]map[string]string

func (f files) RoundTrip(r *http.Request) (*http.Response, error) {
	out := &http.Response{StatusCode: http.StatusNotFound, Status: "404 Not Found", Header: http.Header{}, Body: http.NoBody, Request: r}
	repo, _, _ := strings.Cut(r.URL.Path, "/resolve/")
	path, ok := f[repo][filepath.Base(r.URL.Path)]
	if !ok {
		return out, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	out.StatusCode, out.Status, out.Body, out.ContentLength = http.StatusOK, "200 OK", file, -1
	return out, nil
}
