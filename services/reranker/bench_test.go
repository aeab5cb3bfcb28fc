//go:build cgo

package reranker

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"amalfa/models"
	"amalfa/onnx"
	"amalfa/services/engine"
	"amalfa/testdata/assets"
)

const ferry = "how do we keep the ferry timetable correct when the clocks change?"

// shaped returns a model of a true size with random weights, made once.
func shaped(b *testing.B, layers, width string) models.Files {
	b.Helper()
	const generator = "../../testdata/models/generate.py"
	source, err := os.ReadFile(generator)
	if err != nil {
		b.Fatal(err)
	}
	sum := sha256.Sum256(source)
	dir := filepath.Join(assets.Dir(b), "cross-encoder-"+layers+"x"+width+"-"+hex.EncodeToString(sum[:6]))
	if _, err := os.Stat(dir); err != nil {
		python := assets.Python(b, "onnx==1.23.2", "numpy==2.4.6")
		made := dir + ".part"
		if out, err := exec.Command(python, generator, "shape", made, layers, width, "../../testdata/models/xlmr").CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		if err := os.Rename(made, dir); err != nil {
			b.Fatal(err)
		}
	}
	files, err := (&models.Locator{}).Find(dir, "")
	if err != nil {
		b.Fatal(err)
	}
	return files
}

// paragraphs are those of the demo's vault: prose of very different lengths.
func paragraphs(b *testing.B, n int) []string {
	b.Helper()
	var all []string
	err := fs.WalkDir(os.DirFS("../../testdata/vault/notes"), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join("../../testdata/vault/notes", path))
		for _, p := range strings.Split(string(data), "\n\n") {
			if len(p) > 20 {
				all = append(all, p)
			}
		}
		return err
	})
	if err != nil || len(all) < n {
		b.Fatalf("%d paragraphs, want %d: %v", len(all), n, err)
	}
	picked := make([]string, n)
	for i := range picked {
		picked[i] = all[i*(len(all)/n)] // spread over the whole, so that lengths mix
	}
	return picked
}

// fastest is the shortest time of each part of a work.
type fastest map[int]time.Duration

func (f *fastest) turn(part int, do func()) {
	if *f == nil {
		*f = fastest{}
	}
	took := clock(do)
	if best, ok := (*f)[part]; !ok || took < best {
		(*f)[part] = took
	}
}

// Seconds is the time of the whole work.
func (f fastest) Seconds() float64 {
	var sum time.Duration
	for _, d := range f {
		sum += d
	}
	return sum.Seconds()
}

func clock(f func()) time.Duration {
	begin := time.Now()
	f()
	return time.Since(begin)
}

// tokenized is the same pairs for the library alone.
func tokenized(b *testing.B, e *Engine, texts []string) []onnx.Tokens {
	b.Helper()
	l, release, err := e.holder.Acquire(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer release()
	p, err := l.reader(Request{Query: ferry})
	if err != nil {
		b.Fatal(err)
	}
	var pairs []onnx.Tokens
	for _, text := range texts {
		d, err := p.read(text)
		if err != nil {
			b.Fatal(err)
		}
		pairs = append(pairs, d.pairs...)
	}
	return pairs
}

// A bare loop over the library: workers side by side, each run with threads.
type bare struct {
	encoder onnx.CrossEncoder
	workers int
}

func newBare(b *testing.B, files models.Files, workers, threads int) *bare {
	b.Helper()
	session, err := onnx.Open(files.ModelPath, onnx.Options{Threads: threads, AsWritten: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { session.Close() })
	encoder, err := onnx.NewCrossEncoder(session)
	if err != nil {
		b.Fatal(err)
	}
	return &bare{encoder, workers}
}

func (l *bare) run(b *testing.B, pairs []onnx.Tokens) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range l.workers {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(pairs)); i = next.Add(1) - 1 {
				if _, err := l.encoder.Score(pairs[i]); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// A padder runs batches of 32 in the order given, each padded to its longest,
// with the library's own default of a thread per core: what is usually done.
type padder struct {
	session *ort.DynamicAdvancedSession
}

func newPadder(b *testing.B, files models.Files) *padder {
	b.Helper()
	s, err := ort.NewDynamicAdvancedSession(files.ModelPath, []string{"input_ids", "attention_mask"}, []string{"logits"}, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Destroy() })
	return &padder{s}
}

func (p *padder) run(b *testing.B, pairs []onnx.Tokens) {
	for batch := range slices.Chunk(pairs, 32) {
		longest := 0
		for _, pair := range batch {
			longest = max(longest, len(pair.IDs))
		}
		ids, mask := slices.Repeat([]int64{1}, len(batch)*longest), make([]int64, len(batch)*longest)
		for i, pair := range batch {
			copy(ids[i*longest:], pair.IDs)
			for j := range pair.IDs {
				mask[i*longest+j] = 1
			}
		}
		shape := ort.NewShape(int64(len(batch)), int64(longest))
		in, err := ort.NewTensor(shape, ids)
		if err != nil {
			b.Fatal(err)
		}
		seen, err := ort.NewTensor(shape, mask)
		if err != nil {
			b.Fatal(err)
		}
		out := []ort.Value{nil}
		if err := p.session.Run([]ort.Value{in, seen}, out); err != nil {
			b.Fatal(err)
		}
		for _, v := range []ort.Value{in, seen, out[0]} {
			v.Destroy()
		}
	}
}

// BenchmarkPairs scores the same 64 pairs over HTTP, in bare loops over the
// library at two settings, and in padded batches of 32, in turns; of each the
// fastest turn counts, since a turn that other programs slowed down says
// nothing. The limits of the third build step, for 12 layers 768 wide: 0.95 of
// the better bare loop, 1.5 of the batches.
func BenchmarkPairs(b *testing.B) {
	for _, shape := range [][2]string{{"12", "768"}, {"24", "1024"}} {
		b.Run(shape[0]+"x"+shape[1], func(b *testing.B) { benchmarkPairs(b, shaped(b, shape[0], shape[1])) })
	}
}

func benchmarkPairs(b *testing.B, files models.Files) {
	e := newEngine(b, loadsOf(b, files), EngineOptions{})
	c := NewClient(serve(b, e).url, nil)
	texts := paragraphs(b, 64)
	pairs := tokenized(b, e, texts)
	cores := runtime.GOMAXPROCS(0)
	perCore, together, padded := newBare(b, files, cores, 1), newBare(b, files, 1, cores), newPadder(b, files)
	var service, loop, threads, batches fastest
	for b.Loop() {
		for i := 0; i < len(texts); i += 8 { // short turns, so that some are left alone
			loop.turn(i, func() { perCore.run(b, pairs[i:i+8]) })
			service.turn(i, func() {
				if a, err := c.Score(b.Context(), Request{Query: ferry, Documents: texts[i : i+8]}); err != nil || a.Judged != 8 {
					b.Errorf("judged %d, %v", a.Judged, err)
				}
			})
			threads.turn(i, func() { together.run(b, pairs[i:i+8]) })
		}
		for i := 0; i < len(texts); i += 32 {
			batches.turn(i, func() { padded.run(b, pairs[i:i+32]) })
		}
	}
	n := float64(len(texts))
	b.ReportMetric(n/service.Seconds(), "pairs/s")
	b.ReportMetric(n/loop.Seconds(), "bare-pairs/s")
	b.ReportMetric(n/threads.Seconds(), "bare-threads-pairs/s")
	b.ReportMetric(n/batches.Seconds(), "padded-pairs/s")
	b.ReportMetric(min(loop.Seconds(), threads.Seconds())/service.Seconds(), "of-bare")
	b.ReportMetric(loop.Seconds()/service.Seconds(), "of-bare-per-core")
	b.ReportMetric(batches.Seconds()/service.Seconds(), "of-padded")
}

// BenchmarkBudget asks 200 times with budgets that end in the middle. The
// overshoot is to be held against the time of one pair, measured before under
// the same load: a run per core.
func BenchmarkBudget(b *testing.B) {
	e := newEngine(b, loadsOf(b, shaped(b, "12", "768")), EngineOptions{})
	texts := paragraphs(b, 64)
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
	l, release, err := e.holder.Acquire(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer release()
	took := make([]time.Duration, len(pairs))
	err = e.queue.Do(b.Context(), &engine.Batch{Order: upTo(len(pairs)), Run: func(i int) (err error) {
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
	files := shaped(b, "12", "768")
	if err := onnx.Init(assets.Runtime(b)); err != nil {
		b.Fatal(err)
	}
	e := newEngine(b, loadsOf(b, files), EngineOptions{})
	texts := paragraphs(b, 16)
	mb := func() float64 { runtime.GC(); return float64(resident(b)) / (1 << 20) }
	for b.Loop() {
		b.ReportMetric(mb(), "rest-MB")
		if _, err := e.Score(b.Context(), Request{Query: ferry, Documents: texts}); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(mb(), "loaded-MB")
		if !e.holder.Unload() {
			b.Fatal("the model is in use")
		}
		b.ReportMetric(mb(), "unloaded-MB")
	}
}
