//go:build cgo

package ingest_test

import (
	"path/filepath"
	"testing"
	"time"

	"amalfa/ingest"
	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/sqlite"
	"amalfa/testdata/pgserver"
	"amalfa/tokenizer"
)

// BenchmarkStores indexes the same notes with a real model into a file and into a PostgreSQL server, in turns, and reports what share of
// the file's throughput is left: at least 0.9.
func BenchmarkStores(b *testing.B) {
	d, tok := startDaemon(b)
	const parts = 6
	for b.Loop() {
		url := pgserver.Shared(b).Database(b)
		var file, server time.Duration
		texts := 0
		for part := range parts {
			root := b.TempDir()
			docNotes(b, root, part, parts)
			toFile := func() {
				st, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "amalfa.db"), sqlite.Options{})
				if err != nil {
					b.Fatal(err)
				}
				texts += d.index(b, root, st, tok, &file)
			}
			toServer := func() {
				st, err := postgres.Open(b.Context(), postgres.Options{URL: url, Workspace: filepath.Base(root), Machine: "here"})
				if err != nil {
					b.Fatal(err)
				}
				d.index(b, root, st, tok, &server)
			}
			if part%2 == 0 {
				toFile()
				toServer()
			} else {
				toServer()
				toFile()
			}
		}
		b.ReportMetric(float64(texts)/file.Seconds(), "file-texts/s")
		b.ReportMetric(float64(texts)/server.Seconds(), "server-texts/s")
		b.ReportMetric(file.Seconds()/server.Seconds(), "ratio")
	}
}

// index brings a folder into a store, adds how long that took, and returns how many texts were embedded.
func (d *daemon) index(b *testing.B, root string, st store.Store, tok *tokenizer.Tokenizer, took *time.Duration) int {
	b.Helper()
	defer st.Close()
	began := time.Now()
	s, err := ingest.RunWhole(b.Context(), ingest.Options{Root: root, Store: st, Embedder: d, Count: tok.Count, MaxTokens: 512})
	*took += time.Since(began)
	if err != nil || s.Embedded == 0 {
		b.Fatalf("%+v: %v", s, err)
	}
	return s.Embedded
}
