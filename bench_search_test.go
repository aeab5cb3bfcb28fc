package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"amalfa/ingest"
	"amalfa/store"
	"amalfa/store/sqlite"
)

// BenchmarkSearchProcess: 60 questions of 3 to 8 words to an index of 100,000
// passages, each a whole process from start to end with the vector service
// ready: 150 ms at most in the median. Beside the times stands the most memory
// that such a process held: its own, and pages of files that it shares.
func BenchmarkSearchProcess(b *testing.B) {
	command := benchCommand(b)
	run := runner(b, command)
	run("init", "--quiet")
	run("vector", "start")
	fillWorkspace(b, benchModel(b, run))
	w := zipfWords(7)
	var questions []string
	for i := range 60 {
		questions = append(questions, w(3+i%6))
	}
	for _, mode := range []string{"hybrid", "keyword"} {
		ask := func(question string) []string { return []string{"search", "--mode", mode, "--json", question} }
		b.Run(mode, func(b *testing.B) {
			checkAnswer(b, run(ask(questions[0])...), mode)
			for b.Loop() {
				var spent []time.Duration
				for _, q := range questions {
					from := time.Now()
					run(ask(q)...)
					spent = append(spent, time.Since(from))
				}
				b.ReportMetric(ms(middle(spent)), "ms-median/search")
				b.ReportMetric(ms(spent[len(spent)*95/100]), "ms-p95/search")
			}
			cmd := command(ask(questions[1])...)
			if err := cmd.Start(); err != nil {
				b.Fatal(err)
			}
			own, files := peakMemory(cmd.Process.Pid)
			if err := cmd.Wait(); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(own, "MB-own")
			b.ReportMetric(files, "MB-files")
		})
	}
	run("stop-all", "--all")
}

// checkAnswer refuses to time a search that did less than it should.
func checkAnswer(b *testing.B, out []byte, mode string) {
	b.Helper()
	var answer struct {
		Mode     string
		Results  []struct{ Scores map[string]float64 }
		Degraded []string
		IndexLag struct{ Files int }
	}
	decode(b, out, &answer)
	if answer.Mode != mode || len(answer.Results) != 10 || len(answer.Degraded) > 0 || answer.IndexLag.Files != 0 {
		b.Fatalf("%.600s", out)
	}
}

// peakMemory watches a process until it ends, and returns its memory when that
// was greatest, in MB: its own, and mapped files. The resources that the system
// counts for a child (ru_maxrss) begin with those of its parent.
func peakMemory(pid int) (own, files float64) {
	field := func(status []byte, name string) float64 {
		m := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(status)
		if m == nil {
			return 0
		}
		kb, _ := strconv.ParseFloat(string(m[1]), 64)
		return kb / 1e3 * 1.024
	}
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		anon, mapped := field(status, "RssAnon"), field(status, "RssFile")
		if err != nil || anon+mapped == 0 { // gone, a zombie, or a system without this file
			return own, files
		}
		if anon+mapped > own+files {
			own, files = anon, mapped
		}
	}
}

// benchModel is the model that the running vector service answers with.
func benchModel(b *testing.B, run func(...string) []byte) store.Model {
	b.Helper()
	var row struct{ Port int }
	decode(b, run("vector", "status", "--json"), &row)
	resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/health", row.Port))
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	var health struct {
		Model, Digest string
		Dimensions    int
	}
	if err := json.NewDecoder(resp.Body).Decode(&health); err != nil {
		b.Fatal(err)
	}
	return store.Model{Digest: health.Digest, Name: health.Model, Dim: health.Dimensions}
}

// fillWorkspace writes 5,000 notes of 20 sections and indexes them by the
// normal pipeline, with vectors that cost nothing.
func fillWorkspace(b *testing.B, m store.Model) {
	b.Helper()
	const notes, sections = 5000, 20
	w := zipfWords(1)
	for i := range notes {
		var text strings.Builder
		for range sections {
			fmt.Fprintf(&text, "## %s\n\n%s\n\n", w(3), w(120))
		}
		dir := fmt.Sprintf("d%d", i%100)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("n%d.md", i)), []byte(text.String()), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	root, err := os.Getwd()
	if err != nil {
		b.Fatal(err)
	}
	st, err := sqlite.Open(b.Context(), filepath.Join(root, ".amalfa", "amalfa.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	_, err = ingest.RunWhole(b.Context(), ingest.Options{Root: root, Store: st, Embedder: anyDirection{m, rand.New(rand.NewPCG(1, 2))},
		Count: func(text string) int { return len(strings.Fields(text)) }, MaxTokens: 150})
	if err != nil {
		b.Fatal(err)
	}
	stats, err := st.Stats(b.Context())
	if err != nil || stats.Chunks != notes*sections {
		b.Fatalf("%+v, %v", stats, err)
	}
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
}

// anyDirection gives each passage a random unit vector.
type anyDirection struct {
	model store.Model
	r     *rand.Rand
}

func (e anyDirection) Model(context.Context) (store.Model, error) { return e.model, nil }

func (e anyDirection) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i := range out {
		out[i] = make([]float32, e.model.Dim)
		for j := range out[i] {
			out[i][j] = float32(e.r.NormFloat64())
		}
	}
	return out, nil
}

// zipfWords returns texts of n words whose frequencies follow Zipf's law, as
// those of real text do.
func zipfWords(seed uint64) func(n int) string {
	zipf := rand.NewZipf(rand.New(rand.NewPCG(seed, 1)), 1.1, 8, 80_000)
	return func(n int) string {
		words := make([]string, n)
		for i := range words {
			for k := zipf.Uint64(); ; k /= 26 {
				words[i] += string(rune('a' + k%26))
				if k < 26 {
					break
				}
			}
			words[i] += "x"
		}
		return strings.Join(words, " ")
	}
}
