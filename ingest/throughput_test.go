//go:build cgo

package ingest_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"amalfa/inference/embed"
	"amalfa/ingest"
	"amalfa/models"
	"amalfa/services"
	"amalfa/services/vector"
	"amalfa/store"
	"amalfa/store/sqlite"
	"amalfa/testdata/assets"
	"amalfa/tokenizer"
)

// A daemon is the vector service of a real model, over HTTP.
type daemon struct {
	client *vector.Client
	mu     sync.Mutex
	texts  []string // what it was asked for
}

func (d *daemon) Model(ctx context.Context) (store.Model, error) {
	out, err := d.client.Embed(ctx, []string{"model"}, embed.Options{})
	if err != nil {
		return store.Model{}, err
	}
	return store.Model{Digest: out[0].Digest, Name: out[0].Model, Dim: len(out[0].Values)}, nil
}

func (d *daemon) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	d.mu.Lock()
	d.texts = append(d.texts, texts...)
	d.mu.Unlock()
	out, err := d.client.Embed(ctx, texts, embed.Options{Input: embed.Passage, Bulk: true})
	values := make([][]float32, len(out))
	for i, v := range out {
		values[i] = v.Values
	}
	return values, err
}

// straight sends the same texts to the service without a pipeline, keeping it as busy as it can be.
func (d *daemon) straight(b *testing.B, texts []string) {
	g, ctx := errgroup.WithContext(b.Context())
	g.SetLimit(4)
	for from := 0; from < len(texts); from += 32 {
		g.Go(func() error {
			_, err := d.client.Embed(ctx, texts[from:min(from+32, len(texts))], embed.Options{Input: embed.Passage, Bulk: true})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
}

func startDaemon(b *testing.B) (*daemon, *tokenizer.Tokenizer) {
	b.Helper()
	model, tokenizerPath := assets.Model(b, "bge-small-en-v1.5-q")
	lib := assets.Runtime(b)
	tok, err := tokenizer.Load(tokenizerPath)
	if err != nil {
		b.Fatal(err)
	}
	files := models.Files{
		Model:     models.Model{Name: "bge", Dim: 384, MaxTokens: 512, Pooling: models.CLS, Normalize: true},
		ModelPath: model, TokenizerPath: tokenizerPath, Digest: "bge",
	}
	engine := embed.NewEngine(func(context.Context) (models.Files, string, error) { return files, lib, nil }, embed.EngineOptions{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- vector.Serve(ctx, services.New(services.Info{Service: "vector", Instance: "i"}, services.Options{}), engine, ln)
	}()
	b.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	if err := engine.Warm(b.Context()); err != nil {
		b.Fatal(err)
	}
	return &daemon{client: vector.NewClient("http://"+ln.Addr().String(), services.LoopbackClient())}, tok
}

// docNotes writes some of Go's own documentation comments as notes, each file under a heading of its own.
func docNotes(b *testing.B, root string, part, parts int) {
	b.Helper()
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		b.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(goroot)), "src", "net", "http", "*.go"))
	if err != nil || len(files) == 0 {
		b.Fatal(files, err)
	}
	n := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		for _, comment := range strings.Split(string(data), "\n\n") {
			if !strings.HasPrefix(comment, "// ") || len(comment) < 200 {
				continue
			}
			if n++; n%(4*parts) != part { // a quarter of them takes long enough
				continue
			}
			text := fmt.Sprintf("# Note %d\n\n%s\n", n, strings.NewReplacer("// ", "", "//", "").Replace(comment))
			if err := os.WriteFile(filepath.Join(root, fmt.Sprintf("n%d.md", n)), []byte(text), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkThroughput embeds the same passages in turns through the pipeline, from files to the committed index, and straight
// through the service, and reports the ratio: at least 0.9.
func BenchmarkThroughput(b *testing.B) {
	d, tok := startDaemon(b)
	const parts = 6
	for b.Loop() {
		var pipeline, straight time.Duration
		texts := 0
		for part := range parts {
			root := b.TempDir()
			docNotes(b, root, part, parts)
			st, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "amalfa.db"), sqlite.Options{})
			if err != nil {
				b.Fatal(err)
			}
			d.texts = nil
			began := time.Now()
			s, err := ingest.RunWhole(b.Context(), ingest.Options{Root: root, Store: st, Embedder: d, Count: tok.Count, MaxTokens: 512})
			pipeline += time.Since(began)
			if err != nil || s.Embedded == 0 || s.Embedded != len(d.texts) {
				b.Fatalf("%+v, %d texts: %v", s, len(d.texts), err)
			}
			began = time.Now()
			d.straight(b, d.texts)
			straight += time.Since(began)
			texts += s.Embedded
			if err := st.Close(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(texts)/pipeline.Seconds(), "pipeline-texts/s")
		b.ReportMetric(float64(texts)/straight.Seconds(), "straight-texts/s")
		b.ReportMetric(straight.Seconds()/pipeline.Seconds(), "ratio")
	}
}
