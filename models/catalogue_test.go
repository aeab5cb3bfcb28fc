package models

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/testdata/assets"
)

func TestCatalogueRowsAreUsable(t *testing.T) {
	names := map[string]bool{}
	for _, m := range all() {
		t.Run(m.Name, func(t *testing.T) {
			if names[strings.ToLower(m.Name)] {
				t.Error("named twice")
			}
			names[strings.ToLower(m.Name)] = true
			if m.MaxTokens < 1 || m.License == "" || m.Bytes < 1 {
				t.Errorf("row is incomplete: %+v", m)
			}
			if m.Kind != Reranker && (m.Dim < 1 || !slices.Contains([]string{CLS, Mean, Last, None}, m.Pooling)) {
				t.Errorf("row of an embedding model is incomplete: %+v", m)
			}
			if got, ok := Lookup(strings.ToUpper(m.Name)); !ok || got.Name != m.Name {
				t.Errorf("looked up %q", got.Name)
			}
			for _, v := range m.variants {
				if len(v.files) < 2 || v.files[0].name != modelFile || v.files[1].name != tokenizerFile {
					t.Errorf("files of %s: %+v", v.precision, v.files)
				}
				for _, f := range v.files {
					if !plainName(f.name) || f.sha256 != "" && (!isSum(f.sha256) || f.size < 1 || !isHex(f.revision, 40)) {
						t.Errorf("file %+v", f)
					}
				}
			}
		})
	}
	if m := Catalogue()[0]; m.Name != DefaultName || !m.Verified {
		t.Errorf("first row is %s, verified %t; want %s, true", m.Name, m.Verified, DefaultName)
	}
	if diff := cmp.Diff([]string{Full, Int8}, Catalogue()[0].Precisions()); diff != "" {
		t.Error(diff)
	}
}

func TestLookupByLastPart(t *testing.T) {
	if m, ok := Lookup("bge-small-en-v1.5"); !ok || m.Name != DefaultName {
		t.Errorf("bge-small-en-v1.5 is %q, %t", m.Name, ok)
	}
	if m, ok := Lookup("bge"); ok {
		t.Errorf("bge is %q, want nothing", m.Name)
	}
}

func TestLibrariesArePinned(t *testing.T) {
	for _, lib := range libraries() {
		if !isSum(lib.Sum.SHA256) || lib.archive != nil && !strings.HasPrefix(lib.archive.url, "https://") || lib.Name == "" {
			t.Errorf("%+v", lib)
		}
	}
	for _, p := range [][2]string{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "arm64"}, {"windows", "amd64"}} {
		libs := Libraries(p[0], p[1])
		if len(libs) != 2 || libs[0].Version != "1.29.0" || !libs[1].Public() {
			t.Errorf("%v has %+v", p, libs)
		}
	}
	if libs := Libraries("darwin", "amd64"); len(libs) != 0 {
		t.Errorf("darwin/amd64 has %+v; none is published", libs)
	}
}

// TestCatalogueIsFastEmbeds holds our rows against the reference's own list, both ways.
func TestCatalogueIsFastEmbeds(t *testing.T) {
	if testing.Short() {
		t.Skip("sets up a Python environment")
	}
	python := assets.Python(t, "fastembed==0.9.1")
	out, err := exec.Command(python, "-c", `
import json
from fastembed import TextEmbedding as T
print(json.dumps([{"Class": c.__name__, "Name": m.model, "Dim": m.dim, "License": m.license, "GB": m.size_in_GB,
  "Repo": m.sources.hf, "Path": m.model_file, "Extra": m.additional_files, "About": m.description}
  for c in T.EMBEDDINGS_REGISTRY for m in c._list_supported_models() if m.model_file.endswith(".onnx")]))`).Output()
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Class, Name, License, Repo, Path string
		About                            string
		Dim                              int
		GB                               float64
		Extra                            []string
	}
	var rows []row
	if err := json.Unmarshal(out, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(Catalogue()) {
		t.Errorf("FastEmbed lists %d models, we list %d", len(rows), len(Catalogue()))
	}
	poolings := map[string]struct {
		pooling   string
		normalize bool
	}{
		"OnnxTextEmbedding": {CLS, true}, "CLIPOnnxEmbedding": {None, false}, "SiglipOnnxTextEmbedding": {None, true},
		"PooledNormalizedEmbedding": {Mean, true}, "PooledEmbedding": {Mean, false}, "JinaEmbeddingV3": {Mean, true},
		"BuiltinSentenceEmbedding": {None, false}, "LastTokenNormalizedEmbedding": {Last, true},
	}
	for _, want := range rows {
		m, ok := Lookup(want.Name)
		if !ok {
			t.Errorf("%s is not in the catalogue", want.Name)
			continue
		}
		last := m.variants[len(m.variants)-1] // FastEmbed's own form
		checkAbout(t, m, want.About)
		got := row{Class: want.Class, About: want.About, Name: m.Name, License: m.License, Repo: last.files[0].repo, Path: last.files[0].path,
			Dim: m.Dim, GB: float64(m.Bytes) / gb, Extra: []string{}}
		for _, f := range last.files[2:] {
			got.Extra = append(got.Extra, f.path)
		}
		if m.Name == DefaultName {
			got.GB = want.GB // ours is the original, twice as large
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-FastEmbed +ours):\n%s", want.Name, diff)
		}
		if p := poolings[want.Class]; p.pooling != m.Pooling || p.normalize != m.Normalize {
			t.Errorf("%s: pooling %s, normalize %t; %s has %s, %t", m.Name, m.Pooling, m.Normalize, want.Class, p.pooling, p.normalize)
		}
	}
}

var inputTokens = regexp.MustCompile(`(\d+) input tokens`)

// checkAbout holds what FastEmbed only says in words: how many tokens a model reads, and whether it needs prefixes.
func checkAbout(t *testing.T, m Model, about string) {
	t.Helper()
	// One description names no number; the model's own card does.
	if found := inputTokens.FindStringSubmatch(about); found == nil && m.Name != "jinaai/jina-clip-v1" || found != nil && found[1] != strconv.Itoa(m.MaxTokens) {
		t.Errorf("%s: %d tokens; FastEmbed says %q", m.Name, m.MaxTokens, about)
	}
	if needs := !strings.Contains(about, "not necessary"); needs != (m.QueryPrefix != "") {
		t.Errorf("%s: query prefix %q; FastEmbed says %q", m.Name, m.QueryPrefix, about)
	}
}

// TestRerankersAreFastEmbeds holds our rows against the reference's list of cross-encoders: each must be there, by the
// file that FastEmbed leaves in its cache.
func TestRerankersAreFastEmbeds(t *testing.T) {
	if testing.Short() {
		t.Skip("sets up a Python environment")
	}
	python := assets.Python(t, "fastembed==0.9.1")
	out, err := exec.Command(python, "-c", `
import json
from fastembed.rerank.cross_encoder import TextCrossEncoder as T
print(json.dumps([{"Name": m["model"], "License": m["license"], "Repo": m["sources"]["hf"], "Path": m["model_file"], "Extra": m["additional_files"]}
  for m in T.list_supported_models()]))`).Output()
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Name, License, Repo, Path string
		Extra                     []string
	}
	if err := json.Unmarshal(out, &rows); err != nil {
		t.Fatal(err)
	}
	for _, want := range rows {
		m, ok := Lookup(strings.TrimSuffix(want.Name, "-int8")) // to us a precision
		if !ok || m.Kind != Reranker || m.License != want.License {
			t.Errorf("%s: we have %q, kind %q, licence %q", want.Name, m.Name, m.Kind, m.License)
			continue
		}
		if !slices.ContainsFunc(m.variants, func(v variant) bool {
			return v.files[0].repo == want.Repo && v.files[0].path == want.Path && len(v.files) == 2+len(want.Extra)
		}) {
			t.Errorf("%s: no form is %s of %s", m.Name, want.Path, want.Repo)
		}
	}
	if len(rows) < 7 || Rerankers()[0].Name != DefaultReranker {
		t.Errorf("%d rows; the first of ours is %s", len(rows), Rerankers()[0].Name)
	}
}

// TestRerankerFolders finds the committed cross-encoders in each of their precisions, and one laid out as on the hub.
func TestRerankerFolders(t *testing.T) {
	const dir = "../testdata/models/xlmr"
	digests := map[string]bool{}
	for precision, name := range map[string]string{"": "model.onnx", Half: "model_fp16.onnx", Int8: "model_quantized.onnx"} {
		f, err := (&Locator{}).Find(dir, precision)
		if err != nil || filepath.Base(f.ModelPath) != name || f.Model.MaxTokens != 128 {
			t.Errorf("%q: %s, %d tokens, %v", precision, f.ModelPath, f.Model.MaxTokens, err)
		}
		digests[f.Digest] = true
	}
	if len(digests) != 3 {
		t.Errorf("%d digests of 3 forms", len(digests))
	}
	hub := t.TempDir()
	if err := errors.Join(os.CopyFS(filepath.Join(hub, "onnx"), os.DirFS("../testdata/models/pair")),
		os.Rename(filepath.Join(hub, "onnx", tokenizerFile), filepath.Join(hub, tokenizerFile))); err != nil {
		t.Fatal(err)
	}
	f, err := (&Locator{}).Find(hub, "")
	if err != nil || f.ModelPath != filepath.Join(hub, "onnx", modelFile) {
		t.Errorf("as on the hub: %s, %v", f.ModelPath, err)
	}
	plain, err := (&Locator{}).Find("../testdata/models/pair", "")
	if err != nil || plain.Digest == f.Digest { // the limit of 128 tokens stands in a file that did not move along
		t.Errorf("%v", err)
	}
}
