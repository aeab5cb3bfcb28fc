package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"amalfa/ingest"
	"amalfa/store"
	"amalfa/store/sqlite"
	"amalfa/testdata/assets"
	"amalfa/tokenizer"
)

// BenchmarkWords: how the time to read, parse and store words grows with the number of files: the files of each number in a second,
// the time of one file beside that of one in a thousand, and the memory that the process has from the system.
func BenchmarkWords(b *testing.B) {
	_, path := assets.Model(b, "bge-small-en-v1.5")
	tok, err := tokenizer.Load(path)
	if err != nil {
		b.Fatal(err)
	}
	var first float64
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.Chdir(b.TempDir())
			writeLong(b, n)
			for b.Loop() {
				b.StopTimer()
				path := filepath.Join(b.TempDir(), "amalfa.db")
				b.StartTimer()
				spent := clock(func() { indexWords(b, path, n, tok.Count) })
				each := spent.Seconds() / float64(n)
				if first == 0 {
					first = each
				}
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(1/each, "files/s")
				b.ReportMetric(each/first, "ratio-to-1000")
				b.ReportMetric(float64(m.Sys)/1e6, "MB")
			}
		})
	}
}

// indexWords indexes the working folder without vectors.
func indexWords(b *testing.B, path string, n int, count func(string) int) {
	b.Helper()
	st, err := sqlite.Open(b.Context(), path, sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	root, err := os.Getwd()
	if err != nil {
		b.Fatal(err)
	}
	sum, err := ingest.Run(b.Context(), ingest.Options{Root: root, Store: st, Count: count})
	if err != nil || sum.Indexed != n {
		b.Fatalf("%d of %d notes: %v", sum.Indexed, n, err)
	}
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkFirstAnswer: a documentation tree of 6,280 files in 35 languages, or of AMALFA_BENCH_FILES, given to `amalfa init`: the
// seconds until all are found by words and until the newest 100 are found by meaning, each from the start of the process; how many of the
// notes that got their vectors by then are older than those; and how far the time that was said to be left was off at most, from the first
// tenth of the passages on: of an init that came to its end, from the truth, in percent of what was left while a tenth of the run was; else,
// added to the time so far, from its middle. What the time did not suffice for is left out. It stops init after AMALFA_BENCH_TIME (3m),
// as Ctrl-C does.
func BenchmarkFirstAnswer(b *testing.B) {
	limit, files := 3*time.Minute, treeFiles
	var err error
	if said := os.Getenv("AMALFA_BENCH_TIME"); said != "" {
		if limit, err = time.ParseDuration(said); err != nil {
			b.Fatal(err)
		}
	}
	if said := os.Getenv("AMALFA_BENCH_FILES"); said != "" {
		if files, err = strconv.Atoi(said); err != nil {
			b.Fatal(err)
		}
	}
	command := benchCommand(b)
	run := runner(b, command)
	newest := writeTree(b, files)
	run("config", "set", "--user", "cache.maxBytes", "0") // vectors of an earlier run would come at once
	run("vector", "start")                                // the model is loaded once a machine
	for b.Loop() {
		began := time.Now()
		cmd := command("init", "--quiet")
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		ended := make(chan struct{})
		go func() {
			_ = cmd.Wait() // it says that it was stopped
			close(ended)
		}()
		w := watched{b: b, began: began, newest: newest}
		w.until(limit, ended)
		_ = cmd.Process.Signal(os.Interrupt) // unless it is done
		<-ended
		w.tell()
		if err := os.RemoveAll(".amalfa"); err != nil {
			b.Fatal(err)
		}
	}
}

// watched is what is seen of a running init from outside.
type watched struct {
	b      *testing.B
	began  time.Time
	newest []string
	found  int           // notes, at the last look
	words  time.Duration // 0: not yet
	recent time.Duration
	older  int // notes with all their vectors that are not among the newest, at that time
	ends   []estimate
	whole  float64 // seconds that a run took which came to its end; 0: it did not
}

// An estimate is when the vectors will be done, as seconds from the start, by what init said at a moment.
type estimate struct{ at, end, done float64 }

// until looks twice a second, until the run ends or its time is over.
func (w *watched) until(limit time.Duration, ended <-chan struct{}) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for time.Since(w.began) < limit {
		select {
		case <-ended:
			w.whole = time.Since(w.began).Seconds()
			return
		case <-tick.C:
			w.look()
		}
	}
}

func (w *watched) look() {
	st, err := sqlite.Open(w.b.Context(), filepath.Join(".amalfa", "amalfa.db"), sqlite.Options{ReadOnly: true})
	if errors.Is(err, store.ErrNoIndex) {
		return
	}
	if err != nil {
		w.b.Fatal(err)
	}
	defer st.Close()
	stats, err := st.Stats(w.b.Context())
	if err != nil {
		w.b.Fatal(err)
	}
	at := time.Since(w.began)
	w.found = stats.Notes
	if w.words == 0 && stats.Notes == len(w.newest) {
		w.words = at
	}
	if w.words > 0 && w.recent == 0 && stats.Model.Digest != "" {
		w.lookForVectors(st, stats.Model.Digest, at)
	}
	var said struct {
		Have, Of    int
		LeftSeconds float64
	}
	data, err := os.ReadFile(filepath.Join(".amalfa", "runtime", "vectors.json"))
	if err == nil && json.Unmarshal(data, &said) == nil && said.Of > 0 && said.LeftSeconds > 0 {
		w.ends = append(w.ends, estimate{at.Seconds(), at.Seconds() + said.LeftSeconds, float64(said.Have) / float64(said.Of)})
	}
}

// lookForVectors asks whether the newest have all theirs.
func (w *watched) lookForVectors(st *sqlite.Store, digest string, at time.Duration) {
	const recent = 100
	waiting, err := st.Waiting(w.b.Context(), digest, nil)
	if err != nil {
		w.b.Fatal(err)
	}
	waits := make(map[string]bool, len(waiting))
	for _, n := range waiting {
		waits[n.ID] = true
	}
	for i, id := range w.newest {
		switch {
		case i < recent && waits[id]:
			w.older = 0
			return
		case i >= recent && !waits[id]:
			w.older++
		}
	}
	w.recent = at
}

func (w *watched) tell() {
	w.b.ReportMetric(float64(w.found), "found-by-words")
	if w.words > 0 {
		w.b.ReportMetric(w.words.Seconds(), "s-words")
	}
	if w.recent > 0 {
		w.b.ReportMetric(w.recent.Seconds(), "s-newest-100")
		w.b.ReportMetric(float64(w.older), "older-before-them")
	}
	steady := slices.DeleteFunc(slices.Clone(w.ends), func(e estimate) bool { return e.done < 0.1 })
	if len(steady) == 0 && len(w.ends) > 0 { // the limit came first
		half := w.ends[len(w.ends)-1].at / 2
		steady = slices.DeleteFunc(slices.Clone(w.ends), func(e estimate) bool { return e.at < half })
	}
	if len(steady) == 0 {
		return
	}
	w.b.ReportMetric(100*w.ends[len(w.ends)-1].done, "%-done")
	if w.whole > 0 {
		w.b.ReportMetric(w.whole, "s-all")
		w.b.ReportMetric(100*worstOf(steady, w.whole), "%-time-left-off")
		return
	}
	slices.SortFunc(steady, func(a, b estimate) int { return int(a.end - b.end) })
	middle := steady[len(steady)/2].end
	w.b.ReportMetric(100*max(steady[len(steady)-1].end-middle, middle-steady[0].end)/middle, "%-time-left-off")
}

// worstOf is how far what was said to be left was off at most, as a part of what was left of a run of so many seconds, while that was a tenth
// of it or more.
func worstOf(said []estimate, whole float64) (worst float64) {
	for _, e := range said {
		if left := whole - e.at; left >= whole/10 {
			worst = max(worst, math.Abs(e.end-whole)/left)
		}
	}
	return worst
}
