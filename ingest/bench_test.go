package ingest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"amalfa/ingest"
	"amalfa/store/sqlite"
)

// BenchmarkHundredThousand indexes 100,000 notes of 2 KB in 5,000 folders, with vectors that cost nothing, and looks at them again.
func BenchmarkHundredThousand(b *testing.B) {
	const notes, folders = 100_000, 5000
	root := b.TempDir()
	body := strings.Repeat("The tide turns at the old pier before the table says so. ", 35)
	for d := range folders {
		dir := filepath.Join(root, fmt.Sprintf("d%d/e%d", d/100, d%100))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		for i := range notes / folders {
			n := d*(notes/folders) + i
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("n%d.md", n)), fmt.Appendf(nil, "# Note %d\n\n%s\n", n, body), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	for b.Loop() {
		st, err := sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "amalfa.db"), sqlite.Options{})
		if err != nil {
			b.Fatal(err)
		}
		later := func() time.Time { return time.Now().Add(time.Hour) }
		o := ingest.Options{Root: root, Store: st, Embedder: hashModel{}, Count: words, Now: later}
		var peak uint64
		o.Progress = func(ingest.Progress) {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
		}
		s, err := ingest.RunWhole(b.Context(), o)
		if err != nil || s.Indexed != notes {
			b.Fatal(s, err)
		}
		b.ReportMetric(notes/s.Took.Seconds(), "files/s")
		b.ReportMetric(float64(peak)/1e6, "MB-heap")
		s, err = ingest.RunWhole(b.Context(), o)
		if err != nil || s.Unchanged != notes {
			b.Fatal(s, err)
		}
		b.ReportMetric(s.Took.Seconds(), "s/unchanged")
		if err := st.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnchanged10000(b *testing.B) {
	root := b.TempDir()
	for i := range 10_000 {
		dir := filepath.Join(root, fmt.Sprintf("d%d", i%400))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("n%d.md", i)), fmt.Appendf(nil, "# Note %d\n\ntext %d\n", i, i), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, ".amalfa"), 0o700); err != nil {
		b.Fatal(err)
	}
	st, err := sqlite.Open(b.Context(), filepath.Join(root, ".amalfa", "amalfa.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	later := func() time.Time { return time.Now().Add(time.Hour) } // no file is racy
	o := ingest.Options{Root: root, Store: st, Embedder: hashModel{}, Count: words, Now: later}
	s, err := ingest.RunWhole(b.Context(), o)
	if err != nil || s.Indexed != 10_000 {
		b.Fatal(s, err)
	}
	b.Logf("first run took %v", s.Took)
	b.Run("run", func(b *testing.B) {
		for b.Loop() {
			if s, err := ingest.RunWhole(b.Context(), o); err != nil || s.Unchanged != 10_000 {
				b.Fatal(s, err)
			}
		}
	})
	b.Run("lag", func(b *testing.B) {
		for b.Loop() {
			if n, err := ingest.Lag(b.Context(), o); err != nil || n != 0 {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("one changed", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			if err := os.WriteFile(filepath.Join(root, "d0/n0.md"), fmt.Appendf(nil, "edit %d", i), 0o644); err != nil {
				b.Fatal(err)
			}
			if s, err := ingest.Update(b.Context(), o, []string{"d0/n0.md"}); err != nil || s.Indexed != 1 {
				b.Fatal(s, err)
			}
		}
	})
}
