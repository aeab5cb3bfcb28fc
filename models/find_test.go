package models

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/models/pinned"
)

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// hubCache lays files out as Hugging Face's cache does, with links into blobs, and returns the folder of blobs.
func hubCache(t *testing.T, root string, data map[string][]byte) (blobs string) {
	t.Helper()
	repo := filepath.Join(root, "models--org--model")
	write(t, filepath.Join(repo, "refs", "main"), []byte(commit))
	for path, content := range data {
		blob := filepath.Join(repo, "blobs", sumOf(content))
		write(t, blob, content)
		link := filepath.Join(repo, "snapshots", commit, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(filepath.Dir(link), blob)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(rel, link); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(repo, "blobs")
}

func TestOtherProgramsCaches(t *testing.T) {
	type env map[string]string
	rooms := map[string]func(dir string) (env, string){
		"FASTEMBED_CACHE_PATH": func(d string) (env, string) { return env{"FASTEMBED_CACHE_PATH": d}, d },
		"FastEmbed's default":  func(d string) (env, string) { return env{"TMPDIR": d}, filepath.Join(d, "fastembed_cache") },
		"HF_HUB_CACHE":         func(d string) (env, string) { return env{"HF_HUB_CACHE": d}, d },
		"HF_HOME":              func(d string) (env, string) { return env{"HF_HOME": d}, filepath.Join(d, "hub") },
		"XDG_CACHE_HOME":       func(d string) (env, string) { return env{"XDG_CACHE_HOME": d}, filepath.Join(d, "huggingface", "hub") },
		"HOME":                 func(d string) (env, string) { return env{"HOME": d}, filepath.Join(d, ".cache", "huggingface", "hub") },
	}
	for name, room := range rooms {
		for _, pin := range []bool{true, false} {
			t.Run(name+map[bool]string{true: " pinned", false: " not pinned"}[pin], func(t *testing.T) {
				_, _, data := testModel()
				m, v := modelOf(data, pin)
				environ, root := room(t.TempDir())
				hubCache(t, root, data)
				f, err := testLocator(t, environ).findNamed(m, Full)
				if err != nil {
					t.Fatal(err)
				}
				want := filepath.Join(root, "models--org--model", "snapshots", commit, "onnx", "model.onnx")
				if f.ModelPath != want || f.Digest != identity(m, v, []string{sumOf(data[testPath]), sumOf(data[tokenizerFile])}) {
					t.Errorf("found %s with digest %s, want %s", f.ModelPath, f.Digest, want)
				}
			})
		}
	}
}

func TestOtherProgramsSpellingOfARepository(t *testing.T) {
	_, _, data := testModel()
	m, v := modelOf(data, true)
	root := t.TempDir()
	hubCache(t, root, data)
	for i := range v.files {
		v.files[i].repo = "Org/MODEL"
	}
	m.variants = []variant{v}
	if _, err := testLocator(t, map[string]string{"FASTEMBED_CACHE_PATH": root}).findNamed(m, Full); err != nil {
		t.Error(err)
	}
}

// A model whose row names another program's form of it uses that, and copies it only once.
func TestOtherFormOfAModel(t *testing.T) {
	_, v, data := testModel()
	m, _ := modelOf(map[string][]byte{testPath: body("primary", 10), tokenizerFile: body("primary", 20)}, true)
	m.variants = append(m.variants, v)
	root := t.TempDir()
	hubCache(t, root, data)
	chmod(t, root, 0o777) // so that it is copied
	l := testLocator(t, map[string]string{"FASTEMBED_CACHE_PATH": root})
	first, err := l.findNamed(m, Full)
	if err != nil {
		t.Fatal(err)
	}
	whole(t, l, m, v, data)
	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
	if again, err := l.findNamed(m, Full); err != nil || again.ModelPath != first.ModelPath || again.Digest != first.Digest {
		t.Errorf("second time: %s, %v; want %s", again.ModelPath, err, first.ModelPath)
	}
}

func TestOtherProgramsCachesThatAreNotTrusted(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes say nothing there")
	}
	cases := []struct {
		name         string
		pin          bool
		spoil        func(t *testing.T, root, blobs string, data map[string][]byte)
		used, copied bool
		says         string
	}{
		{"not pinned, others may write to a folder", false, func(t *testing.T, root, blobs string, _ map[string][]byte) { chmod(t, blobs, 0o777) }, false, false, "written by others"},
		{"not pinned, others may write to the cache", false, func(t *testing.T, root, _ string, _ map[string][]byte) { chmod(t, root, 0o775) }, false, false, "written by others"},
		{"not pinned, others may write to the file", false, func(t *testing.T, _, blobs string, data map[string][]byte) {
			chmod(t, filepath.Join(blobs, sumOf(data[testPath])), 0o666)
		}, false, false, "written by others"},
		{"pinned, others may write: a copy is used", true, func(t *testing.T, root, _ string, _ map[string][]byte) { chmod(t, root, 0o777) }, true, true, ""},
		{"pinned, other bytes", true, func(t *testing.T, _, blobs string, data map[string][]byte) {
			rot(t, filepath.Join(blobs, sumOf(data[testPath])))
		}, false, false, "checksum mismatch"},
		{"not pinned, other bytes than the blob's name says", false, func(t *testing.T, _, blobs string, data map[string][]byte) {
			rot(t, filepath.Join(blobs, sumOf(data[testPath])))
		}, false, false, "checksum mismatch"},
		{"not pinned, a link out of the cache", false, func(t *testing.T, root, blobs string, data map[string][]byte) {
			away := filepath.Join(t.TempDir(), "away")
			blob := filepath.Join(blobs, sumOf(data[testPath]))
			if err := os.Rename(blob, away); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(away, blob); err != nil {
				t.Fatal(err)
			}
		}, false, false, "leads out of"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, data := testModel()
			m, v := modelOf(data, c.pin)
			root := t.TempDir()
			blobs := hubCache(t, root, data)
			c.spoil(t, root, blobs, data)
			l := testLocator(t, map[string]string{"FASTEMBED_CACHE_PATH": root})
			f, err := l.findNamed(m, Full)
			if (err == nil) != c.used {
				t.Fatalf("error %v, want used %t", err, c.used)
			}
			if err != nil {
				if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), c.says) {
					t.Errorf("error %v, want %v with %q", err, ErrMissing, c.says)
				}
				return
			}
			if inOurs := strings.HasPrefix(f.ModelPath, l.CacheDir); inOurs != c.copied {
				t.Errorf("used %s, want a copy: %t", f.ModelPath, c.copied)
			}
			whole(t, l, m, v, data)
		})
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestOfflineNeverUsesTheNetwork(t *testing.T) {
	for _, env := range []map[string]string{{"HF_HUB_OFFLINE": "1"}, {"HF_HUB_OFFLINE": "yes"}, {}} {
		l := testLocator(t, env)
		l.Offline = len(env) == 0
		l.Client = &http.Client{Transport: noNetwork{t}}
		for _, name := range []string{"BAAI/bge-base-en", "intfloat/multilingual-e5-large"} {
			_, err := l.Model(t.Context(), name, "")
			var missing *MissingError
			if !errors.As(err, &missing) || !errors.Is(err, ErrMissing) {
				t.Fatalf("%v: error %v, want *MissingError", env, err)
			}
			if missing.Fetch != "amalfa models pull "+name || len(missing.Looked) < 3 || missing.Files[0] != modelFile {
				t.Errorf("%v: %+v", env, missing)
			}
		}
		if _, _, ok := embedded(); ok {
			continue // this build carries the runtime
		}
		_, err := l.Runtime(t.Context())
		var missing *MissingError
		if !errors.As(err, &missing) || len(missing.Looked) < 1 || missing.Put == "" {
			t.Errorf("runtime: %v, want *MissingError that says where to put it", err)
		}
	}
}

// noNetwork fails the test when a request is made.
type noNetwork struct{ t *testing.T }

func (n noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("%s %s was asked for", r.Method, r.URL)
	return nil, errors.New("no network here")
}

func TestFilesPutByHandAreFound(t *testing.T) {
	m, v, data := testModel()
	l := testLocator(t, nil)
	_, err := l.findNamed(m, Full)
	var missing *MissingError
	if !errors.As(err, &missing) {
		t.Fatal(err)
	}
	if err := os.MkdirAll(l.CacheDir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, f := range v.files {
		write(t, filepath.Join(missing.Put, f.name), data[f.path])
	}
	if _, err := l.findNamed(m, Full); err != nil {
		t.Errorf("files were put where the error said, and: %v", err)
	}
}

func TestFindDir(t *testing.T) {
	files := map[string]string{modelFile: "weights", tokenizerFile: "{}"}
	cases := []struct {
		name  string
		files map[string]string
		want  Model
	}{
		{"nothing said", nil, Model{MaxTokens: 512, Pooling: Mean, Normalize: true}},
		{"config.json", map[string]string{"config.json": `{"hidden_size":768,"max_position_embeddings":514}`,
			"tokenizer_config.json": `{"model_max_length":256}`}, Model{Dim: 768, MaxTokens: 256, Pooling: Mean, Normalize: true}},
		{"no limit in the tokenizer", map[string]string{"config.json": `{"max_position_embeddings":8192}`,
			"tokenizer_config.json": `{"model_max_length":1e30}`}, Model{MaxTokens: 8192, Pooling: Mean, Normalize: true}},
		{"sentence-transformers", map[string]string{"1_Pooling/config.json": `{"pooling_mode_cls_token":true}`,
			"config_sentence_transformers.json": `{"prompts":{"query":"q: ","document":"d: "}}`},
			Model{MaxTokens: 512, Pooling: CLS, Normalize: true, QueryPrefix: "q: ", PassagePrefix: "d: "}},
		{"last token", map[string]string{"1_Pooling/config.json": `{"pooling_mode_lasttoken":true}`}, Model{MaxTokens: 512, Pooling: Last, Normalize: true}},
	}
	digests := map[string]string{}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, set := range []map[string]string{files, c.files} {
				for path, text := range set {
					write(t, filepath.Join(dir, path), []byte(text))
				}
			}
			c.want.Name = dir
			f, err := testLocator(t, nil).Find(dir, "")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, f.Model, cmp.AllowUnexported(Model{}, variant{}, remote{})); diff != "" {
				t.Errorf("model (-want +got):\n%s", diff)
			}
			if other, seen := digests[f.Digest]; seen {
				t.Errorf("has the digest of %q, though its vectors differ", other)
			}
			digests[f.Digest] = c.name
		})
	}
}

func TestFindDirRefuses(t *testing.T) {
	cases := []struct {
		name  string
		files map[string]string
		is    error
		says  string
	}{
		{"empty", nil, ErrMissing, "model.onnx, tokenizer.json"},
		{"no tokenizer", map[string]string{modelFile: "x"}, ErrMissing, "tokenizer.json"},
		{"broken config", map[string]string{modelFile: "x", tokenizerFile: "{}", "config.json": "{"}, nil, "config.json"},
		{"a folder for a model", map[string]string{modelFile + "/x": "x", tokenizerFile: "{}"}, nil, "not a regular file"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for path, text := range c.files {
				write(t, filepath.Join(dir, path), []byte(text))
			}
			_, err := testLocator(t, nil).Model(t.Context(), dir, "")
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want %v with %q", err, c.is, c.says)
			}
		})
	}
	if _, err := testLocator(t, nil).Model(t.Context(), "nobody/nothing", ""); !errors.Is(err, ErrUnknown) {
		t.Errorf("error %v, want %v", err, ErrUnknown)
	}
	if _, err := testLocator(t, nil).Model(t.Context(), DefaultName, "int4"); err == nil || !strings.Contains(err.Error(), "int4") {
		t.Errorf("error %v, want one about the precision", err)
	}
}

func TestManage(t *testing.T) {
	l := testLocator(t, nil)
	m, _ := Lookup("BAAI/bge-small-en")
	v, _ := m.variant(Full)
	dir := filepath.Join(l.CacheDir, folder(m, v))
	if err := os.MkdirAll(l.CacheDir, 0o700); err != nil {
		t.Fatal(err)
	}
	find := func() Status {
		for _, s := range l.List() {
			if s.Model.Name == m.Name {
				return s
			}
		}
		t.Fatal("not in the list")
		return Status{}
	}
	if s := find(); s.Path != "" || s.Bytes != 0 {
		t.Errorf("before: %+v", s)
	}
	write(t, filepath.Join(dir, modelFile), []byte("model"))
	write(t, filepath.Join(dir, tokenizerFile), []byte("tokenizer"))
	write(t, filepath.Join(dir, modelFile+".part"), []byte("part"))
	if s := find(); s.Path != "" || s.Bytes != 18 {
		t.Errorf("without a record: path %q, %d bytes; want none, 18", s.Path, s.Bytes)
	}
	record := manifest{Version: 1, Model: m.Name, Precision: Full, Files: []manifestEntry{
		{modelFile, sumOf([]byte("model")), 5, "here", false}, {tokenizerFile, sumOf([]byte("tokenizer")), 9, "here", false}}}
	if err := record.write(dir); err != nil {
		t.Fatal(err)
	}
	if s := find(); s.Path != dir {
		t.Errorf("complete: path %q, want %q", s.Path, dir)
	}
	if path, err := l.Path(m.Name, Full); err != nil || path != dir {
		t.Errorf("path %q, %v; want %q", path, err, dir)
	}
	rot(t, filepath.Join(dir, modelFile))
	if _, err := l.Verify(m.Name, Full); !errors.Is(err, pinned.ErrMismatch) {
		t.Errorf("verify: %v, want a mismatch", err)
	}
	if freed, err := l.Remove(t.Context(), m.Name, Int8); err != nil || freed != 0 {
		t.Errorf("remove the other precision: %d, %v", freed, err)
	}
	if freed, err := l.Remove(t.Context(), m.Name, ""); err != nil || freed < 18 {
		t.Errorf("remove: %d, %v", freed, err)
	}
	if s := find(); s.Path != "" || s.Bytes != 0 {
		t.Errorf("after: %+v", s)
	}
}
