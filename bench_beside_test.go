package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"amalfa/ingest"
	"amalfa/store/sqlite"
	"amalfa/testdata/assets"
	"amalfa/tokenizer"
)

const (
	searchesBeside = 60
	besideNotes    = 2_000 // of 400 words, with vectors
	besideFresh    = 1_500 // such notes that come, and whose vectors take minutes
)

// BenchmarkSearchBesideVectors: hybrid searches, as whole processes and over a kept session of an agent, in a quiet workspace of 2,000 notes of 400
// words and while the vectors of 1,500 more are made, by init or by the watcher: the 95th percentiles of 60 each. Bulk work may cost 1.3 times the
// quiet one or 100 ms, whichever is more.
func BenchmarkSearchBesideVectors(b *testing.B) {
	for _, by := range []string{"init", "watcher"} {
		b.Run(by, func(b *testing.B) {
			s := newSearched(b)
			for b.Loop() {
				if by == "watcher" {
					s.run("watcher", "start")
				}
				quiet := s.measure()
				s.fresh()
				if by == "init" {
					defer s.start("init", "--quiet")()
				}
				until(b, func() bool { return countsOf(b, s.run).Notes == besideNotes+besideFresh })
				before := vectorsOf(b, s.run)
				until(b, func() bool { return vectorsOf(b, s.run) > before })
				before = vectorsOf(b, s.run)
				beside := s.measure()
				after := countsOf(b, s.run)
				b.ReportMetric(float64(after.Vectors-before), "vectors-meanwhile")
				if after.Vectors <= before || after.Vectors >= 4*(besideNotes+besideFresh) {
					b.Errorf("vectors were not being made all the time: %d before, %d after", before, after.Vectors)
				}
				for how, was := range quiet {
					is := beside[how]
					b.ReportMetric(ms(was), "ms-p95-quiet/"+how)
					b.ReportMetric(ms(is), "ms-p95-beside/"+how)
					if is > max(was*13/10, was+100*time.Millisecond) {
						b.Errorf("%s: %v beside vectors, %v quiet", how, is, was)
					}
				}
			}
		})
	}
}

// searched is a workspace that is searched.
type searched struct {
	b     *testing.B
	start func(args ...string) (stop func()) // begins a command
	run   func(args ...string) []byte
	words func(n int) string
	agent *sdk.ClientSession
}

// newSearched makes one whose notes have vectors that cost nothing.
func newSearched(b *testing.B) *searched {
	b.Helper()
	command := benchCommand(b)
	s := &searched{b: b, run: runner(b, command), words: zipfWords(11)}
	s.start = func(args ...string) func() {
		cmd := command(args...)
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		return func() {
			_ = cmd.Process.Signal(syscall.SIGINT)
			_ = cmd.Wait() // it says that it was stopped
		}
	}
	s.run("vector", "start")
	s.run("init", "--quiet")
	model := benchModel(b, s.run)
	writeLong(b, besideNotes)
	root, err := os.Getwd()
	if err != nil {
		b.Fatal(err)
	}
	_, path := assets.Model(b, "bge-small-en-v1.5")
	tok, err := tokenizer.Load(path)
	if err != nil {
		b.Fatal(err)
	}
	st, err := sqlite.Open(b.Context(), filepath.Join(root, ".amalfa", "amalfa.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := ingest.RunWhole(b.Context(), ingest.Options{Root: root, Store: st, Embedder: anyDirection{model, rand.New(rand.NewPCG(1, 2))},
		Count: tok.Count, MaxTokens: 512}); err != nil { // as the program cuts them
		b.Fatal(err)
	}
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
	from := time.Now()
	if s.run("init", "--quiet"); time.Since(from) > 30*time.Second {
		b.Fatal("the program cuts notes otherwise, and made their vectors anew")
	}
	client := sdk.NewClient(&sdk.Implementation{Name: "bench", Version: "1"}, nil)
	if s.agent, err = client.Connect(b.Context(), &sdk.CommandTransport{Command: command("serve")}, nil); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.agent.Close() })
	return s
}

// fresh writes notes that are new.
func (s *searched) fresh() {
	for i := range besideFresh {
		writeNote(s.b, fmt.Sprintf("fresh%d/f%d.md", i/100, i), "# "+s.words(3)+"\n\n"+s.words(200)+"\n\n## "+s.words(3)+"\n\n"+s.words(190)+"\n")
	}
}

// measure returns the 95th percentile of searches, by how they are asked. No question comes twice: no cache answers.
func (s *searched) measure() map[string]time.Duration {
	spent := map[string][]time.Duration{}
	for range searchesBeside {
		question := s.words(6)
		spent["process"] = append(spent["process"], clock(func() { s.run("search", "--mode", "hybrid", "--json", question) }))
		question = s.words(6)
		spent["agent"] = append(spent["agent"], clock(func() {
			r, err := s.agent.CallTool(s.b.Context(), &sdk.CallToolParams{Name: "search_documents", Arguments: map[string]any{"query": question}})
			if err != nil || r.IsError {
				s.b.Fatalf("%v %+v", err, r)
			}
		}))
	}
	p95 := map[string]time.Duration{}
	for how, list := range spent {
		slices.Sort(list)
		p95[how] = list[len(list)*95/100]
	}
	return p95
}
