//go:build cgo

package rerank

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"amalfa/inference"
	"amalfa/onnx"
	"amalfa/testdata/assets"
	"amalfa/testdata/testmodels"
)

const ferry = "how do we keep the ferry timetable correct when the clocks change?"

func clock(f func()) time.Duration {
	begin := time.Now()
	f()
	return time.Since(begin)
}

// tokenized returns the pairs that the engine would run.
func tokenized(b *testing.B, e *Engine, texts []string) []onnx.Tokens {
	b.Helper()
	l, release, err := e.lazy.Acquire(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer release()
	p, err := l.pairBuilder(Request{Query: ferry})
	if err != nil {
		b.Fatal(err)
	}
	var pairs []onnx.Tokens
	for _, text := range texts {
		d, err := p.build(text)
		if err != nil {
			b.Fatal(err)
		}
		pairs = append(pairs, d.pairs...)
	}
	return pairs
}

// BenchmarkBudget asks 200 times with budgets that end in the middle. The
// overshoot is to be held against the time of one pair, measured before under
// the same load: a run per core.
func BenchmarkBudget(b *testing.B) {
	e := newEngine(b, testmodels.Of(b, testmodels.Shaped(b, "12", "768")), inference.Options{})
	texts := testmodels.Paragraphs(b, 64)
	pairs := tokenized(b, e, texts)
	single := timeEach(b, e, slices.Repeat(pairs, 3))
	var over []time.Duration
	judged := 0
	for b.Loop() {
		for i := range 200 {
			budget := time.Duration(50+i) * time.Millisecond
			took := clock(func() {
				a, err := e.Score(b.Context(), Request{Query: ferry, Documents: texts, Budget: budget})
				if err != nil || a.Judged == len(texts) {
					b.Fatalf("judged %d, %v", a.Judged, err)
				}
				judged += a.Judged
			})
			over = append(over, took-budget)
		}
	}
	slices.Sort(over)
	slices.Sort(single)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(over[len(over)/2]), "p50-over-ms")
	b.ReportMetric(ms(over[len(over)*99/100]), "p99-over-ms")
	b.ReportMetric(ms(single[len(single)/2]), "p50-pair-ms")
	b.ReportMetric(ms(single[len(single)*99/100]), "p99-pair-ms")
	b.ReportMetric(float64(judged)/float64(len(over)), "judged/call")
}

// timeEach runs pairs, one per core at a time, and returns how long each took.
func timeEach(b *testing.B, e *Engine, pairs []onnx.Tokens) []time.Duration {
	b.Helper()
	l, release, err := e.lazy.Acquire(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer release()
	took := make([]time.Duration, len(pairs))
	err = e.queue.Do(b.Context(), &inference.Batch{Order: inference.UpTo(len(pairs)), Run: func(i int) (err error) {
		took[i] = clock(func() { _, err = l.score(pairs[i]) })
		return err
	}})
	if err != nil {
		b.Fatal(err)
	}
	return took
}

// BenchmarkMemory is the process's memory before the model was loaded, with it
// after work, and after it was given back.
func BenchmarkMemory(b *testing.B) {
	files := testmodels.Shaped(b, "12", "768")
	if err := onnx.Init(assets.Runtime(b)); err != nil {
		b.Fatal(err)
	}
	e := newEngine(b, testmodels.Of(b, files), inference.Options{})
	texts := testmodels.Paragraphs(b, 16)
	mb := func() float64 { runtime.GC(); return float64(resident(b)) / (1 << 20) }
	for b.Loop() {
		b.ReportMetric(mb(), "rest-MB")
		if _, err := e.Score(b.Context(), Request{Query: ferry, Documents: texts}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(mb(), "loaded-MB")
		if !e.lazy.Unload() {
			b.Fatal("the model is in use")
		}
		b.ReportMetric(mb(), "unloaded-MB")
	}
}

// resident is the process's memory in bytes.
func resident(t testing.TB) int {
	t.Helper()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("needs /proc")
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
