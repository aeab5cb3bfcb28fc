//go:build cgo

package vector

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"amalfa/inference/embed"
	"amalfa/onnx"
	"amalfa/services"
	"amalfa/testdata/testmodels"
	"amalfa/tokenizer"
)

// BenchmarkThroughput embeds the same texts in turns over HTTP with eight
// clients and in a bare loop over the library (one text a run, one thread in a
// run, a run per core), and reports the ratio of the two.
func BenchmarkThroughput(b *testing.B) {
	l := testmodels.Pinned(b, "bge-small-en-v1.5")
	e := newEngine(b, l, embed.EngineOptions{})
	c := newClient(b, serve(b, e, services.Options{}).URL)
	texts := testmodels.Passages(b, 96)
	bare := newBareLoop(b, l, texts)
	if err := e.Warm(b.Context()); err != nil {
		b.Fatal(err)
	}
	var httpTime, bareTime time.Duration
	for b.Loop() {
		// In slices, so that what else the machine does hits both alike.
		for i := range 4 {
			part := texts[i*24 : (i+1)*24]
			bareTime += clock(func() { bare.run(b, i*24, (i+1)*24) })
			httpTime += clock(func() { overHTTP(b, c, part, 8) })
		}
	}
	n := float64(b.N * len(texts))
	b.ReportMetric(n/httpTime.Seconds(), "http-texts/s")
	b.ReportMetric(n/bareTime.Seconds(), "bare-texts/s")
	b.ReportMetric(bareTime.Seconds()/httpTime.Seconds(), "http/bare")
}

func clock(f func()) time.Duration {
	begin := time.Now()
	f()
	return time.Since(begin)
}

// overHTTP has each client ask for one text at a time.
func overHTTP(b *testing.B, c *Client, texts []string, clients int) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(texts)); i = next.Add(1) - 1 {
				if _, err := c.Embed(b.Context(), texts[i:i+1], embed.Options{}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// bareLoop has its texts tokenized beforehand, so that the library is all
// that is measured.
type bareLoop struct {
	encoder onnx.Encoder
	tokens  []onnx.Tokens
}

func newBareLoop(b *testing.B, l *testmodels.Loader, texts []string) *bareLoop {
	b.Helper()
	if err := onnx.Init(l.Lib); err != nil {
		b.Fatal(err)
	}
	session, err := onnx.Open(l.Files.ModelPath, onnx.Options{AsWritten: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { session.Close() })
	tok, err := tokenizer.Load(l.Files.TokenizerPath)
	if err != nil {
		b.Fatal(err)
	}
	loop := &bareLoop{encoder: onnx.Encoder{Session: session, Normalize: true}}
	for _, s := range texts {
		e, err := tok.Encode(s, tokenizer.Options{AddSpecial: true, Max: 512})
		if err != nil {
			b.Fatal(err)
		}
		loop.tokens = append(loop.tokens, onnx.Tokens{IDs: e.IDs, TypeIDs: e.TypeIDs})
	}
	return loop
}

func (l *bareLoop) run(b *testing.B, from, to int) {
	next := atomic.Int64{}
	next.Store(int64(from))
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(to); i = next.Add(1) - 1 {
				if _, err := l.encoder.Encode(l.tokens[i]); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// BenchmarkQuery is one short query at a time, each another one, over HTTP with
// a cache as the daemon has it, and bare, in turns. The second build step
// allows the service one millisecond at the median.
func BenchmarkQuery(b *testing.B) {
	l := testmodels.Pinned(b, "bge-small-en-v1.5")
	e := newEngine(b, l, embed.EngineOptions{Cache: testmodels.Cache(b, filepath.Join(b.TempDir(), "vectors.db"))})
	c := newClient(b, serve(b, e, services.Options{}).URL)
	var queries []string
	for i := range 300 {
		queries = append(queries, fmt.Sprintf("how do I rotate log file %d?", i+100))
	}
	bare := newBareLoop(b, l, queries)
	if err := e.Warm(b.Context()); err != nil {
		b.Fatal(err)
	}
	var overHTTP, alone []time.Duration
	for b.Loop() {
		for i := range queries {
			alone = append(alone, clock(func() { bare.encoder.Encode(bare.tokens[i]) }))
			overHTTP = append(overHTTP, clock(func() { c.Embed(b.Context(), queries[i:i+1], embed.Options{}) }))
		}
	}
	b.ReportMetric(median(overHTTP).Seconds()*1000, "http-ms")
	b.ReportMetric(median(alone).Seconds()*1000, "bare-ms")
	b.ReportMetric((median(overHTTP)-median(alone)).Seconds()*1000, "added-ms")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// BenchmarkStart loads the fp32 model from a warm page cache: library,
// tokenizer and session, without the verification that its finder does.
func BenchmarkStart(b *testing.B) {
	l := testmodels.Pinned(b, "bge-small-en-v1.5")
	for b.Loop() {
		e := embed.NewEngine(l.Load, embed.EngineOptions{})
		if err := e.Warm(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkManyClients has 100 clients ask for one text each without a pause,
// for a minute: none may get anything but its vector or 429.
func BenchmarkManyClients(b *testing.B) {
	e := newEngine(b, testmodels.Pinned(b, "bge-small-en-v1.5"), embed.EngineOptions{})
	s := serve(b, e, services.Options{})
	if err := e.Warm(b.Context()); err != nil {
		b.Fatal(err)
	}
	var mu sync.Mutex
	var took []time.Duration
	var refused int
	client := func(i int, until time.Time) {
		for time.Now().Before(until) {
			begin := time.Now()
			status, body := s.Post(b, "/embed", question(i))
			mu.Lock()
			switch status {
			case http.StatusOK:
				took = append(took, time.Since(begin))
			case http.StatusTooManyRequests:
				refused++
			default:
				b.Errorf("%d %v", status, body)
			}
			mu.Unlock()
		}
	}
	for b.Loop() {
		var all sync.WaitGroup
		until := time.Now().Add(time.Minute)
		for i := range 100 {
			all.Go(func() { client(i, until) })
		}
		all.Wait()
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2].Seconds()*1000, "p50-ms")
	b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "p99-ms")
	b.ReportMetric(float64(len(took))/60/float64(b.N), "texts/s")
	b.ReportMetric(float64(refused), "refused")
	b.ReportMetric(float64(residentMB()), "resident-MB")
}

// BenchmarkMemory serves 50,000 requests of the fp32 model and reports how much
// more memory the process holds at the end than after the first tenth.
func BenchmarkMemory(b *testing.B) {
	const requests = 50_000
	e := newEngine(b, testmodels.Pinned(b, "bge-small-en-v1.5"), embed.EngineOptions{})
	c := newClient(b, serve(b, e, services.Options{}).URL)
	texts := testmodels.Passages(b, 96)
	ask := func(n int) {
		var next atomic.Int64
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for i := next.Add(1); i <= int64(n); i = next.Add(1) {
					if _, err := c.Embed(b.Context(), []string{texts[i%96][:60]}, embed.Options{}); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
	}
	for b.Loop() {
		ask(requests / 10)
		early := residentMB()
		ask(requests * 9 / 10)
		b.ReportMetric(float64(residentMB()), "resident-MB")
		b.ReportMetric(float64(residentMB()-early), "grown-MB")
	}
}

func residentMB() int {
	var pages, resident int
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	if _, err := fmt.Sscan(string(statm), &pages, &resident); err != nil {
		return 0
	}
	return resident * os.Getpagesize() >> 20
}
