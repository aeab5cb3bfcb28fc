package testmodels

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Passages are n paragraphs of Go's own documentation comments in net/http, os
// and go/doc: real prose of very different lengths, on every machine.
func Passages(t testing.TB, n int) []string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, dir := range []string{"net/http", "os", "go/doc"} {
		for _, block := range blocks(t, filepath.Join(strings.TrimSpace(string(root)), "src", dir, "*.go")) {
			if strings.HasPrefix(block, "//") && len(block) > 60 {
				texts = append(texts, strings.NewReplacer("// ", "", "//", "").Replace(block))
			}
		}
	}
	return spread(t, texts, n)
}

// Paragraphs are n of the demo's vault: prose of very different lengths.
func Paragraphs(t testing.TB, n int) []string {
	t.Helper()
	var texts []string
	for _, depth := range []string{"*", "*/*"} {
		for _, block := range blocks(t, filepath.Join("../../testdata/vault/notes", depth)) {
			if len(block) > 20 {
				texts = append(texts, block)
			}
		}
	}
	return spread(t, texts, n)
}

// blocks returns what stands between empty lines in the files of a pattern.
func blocks(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Split(string(data), "\n\n")...)
	}
	return all
}

// spread takes n texts from all over a list, so that lengths mix.
func spread(t testing.TB, texts []string, n int) []string {
	t.Helper()
	if len(texts) < n {
		t.Fatalf("%d texts, want %d", len(texts), n)
	}
	picked, step := make([]string, n), len(texts)/n
	for i := range picked {
		picked[i] = texts[i*step]
	}
	return picked
}

// A Collection is a set of texts with questions and judgements about them.
type Collection struct {
	IDs, Texts []string            // of the documents
	Questions  map[string]string   // by id
	Relevant   map[string][]string // document ids by question id
}

// Cranfield is the 1,400 abstracts of the Cranfield collection with 225
// questions, from the folder in AMALFA_EVAL or beside this repository.
func Cranfield(t testing.TB) *Collection {
	t.Helper()
	root := os.Getenv("AMALFA_EVAL")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "eval")
	}
	dir := filepath.Join(root, "cranfield")
	if _, err := os.Stat(filepath.Join(dir, "corpus.jsonl")); err != nil {
		t.Skipf("no Cranfield collection (AMALFA_EVAL names the folder that holds cranfield/): %v", err)
	}
	c := &Collection{Questions: map[string]string{}, Relevant: map[string][]string{}}
	type row struct {
		ID   string `json:"_id"`
		Text string
	}
	eachRow(t, filepath.Join(dir, "corpus.jsonl"), func(line string) error {
		var r row
		err := json.Unmarshal([]byte(line), &r)
		c.IDs, c.Texts = append(c.IDs, r.ID), append(c.Texts, max(r.Text, " ")) // one document is empty
		return err
	})
	eachRow(t, filepath.Join(dir, "queries.jsonl"), func(line string) error {
		var r row
		err := json.Unmarshal([]byte(line), &r)
		c.Questions[r.ID] = r.Text
		return err
	})
	eachRow(t, filepath.Join(dir, "qrels.tsv"), func(line string) error {
		if strings.HasPrefix(line, "query-id") {
			return nil
		}
		var question, document string
		var score float64
		if _, err := fmt.Sscan(line, &question, &document, &score); err != nil || score <= 0 {
			return err
		}
		c.Relevant[question] = append(c.Relevant[question], document)
		return nil
	})
	return c
}

func eachRow(t testing.TB, path string, do func(string) error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := do(lines.Text()); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// Cosine of two vectors of one length.
func Cosine(a, b []float32) float64 {
	var dot, aa, bb float64
	for i := range a {
		dot += float64(a[i]) * float64(b[i])
		aa += float64(a[i]) * float64(a[i])
		bb += float64(b[i]) * float64(b[i])
	}
	return dot / math.Sqrt(aa*bb)
}
