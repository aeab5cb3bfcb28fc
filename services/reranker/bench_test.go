//go:build cgo

package reranker

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	ort "github.com/yalue/onnxruntime_go"

	"amalfa/inference"
	"amalfa/inference/rerank"
	"amalfa/models"
	"amalfa/onnx"
	"amalfa/testdata/assets"
	"amalfa/testdata/testmodels"
	"amalfa/tokenizer"
)

const ferry = "how do we keep the ferry timetable correct when the clocks change?"

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

// tokenized is the same pairs for the library alone. None is longer than the
// models take.
func tokenized(b *testing.B, files models.Files, texts []string) []onnx.Tokens {
	b.Helper()
	tok, err := tokenizer.Load(files.TokenizerPath)
	if err != nil {
		b.Fatal(err)
	}
	var pairs []onnx.Tokens
	for _, text := range texts {
		e, err := tok.EncodePair(ferry, text, tokenizer.Options{AddSpecial: true})
		if err != nil || len(e.IDs) > files.Model.MaxTokens {
			b.Fatalf("%d tokens, %v", len(e.IDs), err)
		}
		pairs = append(pairs, onnx.Tokens{IDs: e.IDs, TypeIDs: e.TypeIDs})
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
		b.Run(shape[0]+"x"+shape[1], func(b *testing.B) { benchmarkPairs(b, testmodels.Shaped(b, shape[0], shape[1])) })
	}
}

func benchmarkPairs(b *testing.B, files models.Files) {
	e := newEngine(b, testmodels.Of(b, files), inference.Options{})
	c := NewClient(serve(b, e).URL, nil)
	texts := testmodels.Paragraphs(b, 64)
	pairs := tokenized(b, files, texts)
	cores := runtime.GOMAXPROCS(0)
	if err := onnx.Init(assets.Runtime(b)); err != nil {
		b.Fatal(err)
	}
	perCore, together, padded := newBare(b, files, cores, 1), newBare(b, files, 1, cores), newPadder(b, files)
	var service, loop, threads, batches fastest
	for b.Loop() {
		for i := 0; i < len(texts); i += 8 { // short turns, so that some are left alone
			loop.turn(i, func() { perCore.run(b, pairs[i:i+8]) })
			service.turn(i, func() {
				if a, err := c.Score(b.Context(), rerank.Request{Query: ferry, Documents: texts[i : i+8]}); err != nil || a.Judged != 8 {
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
