package dashboard

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/sqlite"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// largeVault is an index of 20,000 notes with ten links each, nine of them within one of 60 communities.
func largeVault(b testing.TB, path string) {
	b.Helper()
	const count, communities = 20_000, 60
	dice, members := rand.New(rand.NewPCG(1, 7)), make([][]int, communities)
	of := make([]int, count)
	for i := range count {
		of[i] = int(communities * math.Pow(dice.Float64(), 1.3))
		members[of[i]] = append(members[of[i]], i)
	}
	name := func(i int) string { return fmt.Sprintf("n/%05d.md", i) }
	st, err := sqlite.Open(b.Context(), path, sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	var batch store.Batch
	for i := range count {
		p := store.Put{Note: store.Note{ID: name(i), Title: fmt.Sprintf("Note %d of topic %d", i, of[i]), Hash: name(i), Date: fmt.Sprintf("20%02d-03-05", 10+i%15), DateFrom: "front matter"},
			Chunks: []store.Chunk{{Hash: name(i), Text: fmt.Sprintf("topic %d", of[i]), FirstLine: 1, LastLine: 1}}}
		for l := range 10 {
			to := dice.IntN(count)
			if among := members[of[i]]; dice.Float64() < 0.9 {
				to = among[int(float64(len(among))*math.Pow(dice.Float64(), 2.5))]
			}
			p.Edges = append(p.Edges, store.Edge{Type: "LINKS_TO", Target: name(to), Rule: notes.ByPath, Line: l + 1, Weight: 1})
		}
		if batch.Puts = append(batch.Puts, p); len(batch.Puts) == 2000 {
			if err := st.Apply(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
			batch = store.Batch{}
		}
	}
}

// BenchmarkMap opens the map of 20,000 notes in Chromium, whose processor draws for want of a graphics card: milliseconds until the server has laid it
// out, and until it has read the layout that was kept; until the page has drawn, with the layout kept, and until the pixels are there; what
// of that the page's thread computes; and of each frame of panning, what that thread computes, what its script takes, and what the processor draws.
func BenchmarkMap(b *testing.B) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		b.Skip("not tried: no chromium on PATH")
	}
	file := filepath.Join(b.TempDir(), "map")
	keep := func(o *Options) { o.Map = file }
	first := newDesk(b, nil, keep)
	largeVault(b, first.path)
	looks := map[string]float64{"layout-ms": took(b, first)}
	d := newDesk(b, nil, keep)
	d.path = first.path
	looks["kept-ms"] = took(b, d)
	alloc, end := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("enable-unsafe-swiftshader", true), chromedp.Flag("use-angle", "swiftshader"), chromedp.UserDataDir(filepath.Join(b.TempDir(), "profile")), chromedp.WSURLReadTimeout(time.Minute))...)
	defer end()
	ctx, stop := chromedp.NewContext(alloc)
	defer stop()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800)); err != nil {
		b.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := chromedp.Do(ctx, chromedp.Navigate(d.URL+"/?view=graph")); err != nil {
			b.Fatal(err)
		}
		if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.querySelector("#_map").dataset.drawn !== undefined`, chromedp.WithPollingTimeout(time.Minute))); err != nil {
			b.Fatal(err)
		}
		shown := evaluate[float64](b, ctx, "("+pixels+")()")
		looks["drawn-ms"] = evaluate[float64](b, ctx, `Number(document.querySelector("#_map").dataset.drawn)`)
		looks["shown-ms"] = max(shown, looks["drawn-ms"])
		before := threadTime(b, ctx)
		looks["opened-thread-ms"] = before
		script := evaluate[float64](b, ctx, "("+pan+")(() => {})")
		looks["thread-ms/frame"] = (threadTime(b, ctx) - before) / panned
		looks["script-ms/frame"] = script
		looks["software-ms/frame"] = evaluate[float64](b, ctx, "("+pan+")("+pixels+")") - script
		for what, ms := range looks {
			b.ReportMetric(ms, what)
		}
	}
}

// took is how long a dashboard takes for the map.
func took(b *testing.B, d *desk) float64 {
	b.Helper()
	began := time.Now()
	if status, _, body := d.get(b, "/api/graph"); status != 200 {
		b.Fatalf("%d %s", status, body)
	}
	return float64(time.Since(began).Milliseconds())
}

func evaluate[T any](b *testing.B, ctx context.Context, expression string) T {
	b.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// threadTime is the processor time that the page's thread has taken, in milliseconds.
func threadTime(b *testing.B, ctx context.Context) float64 {
	b.Helper()
	all, err := chromedp.Call(ctx, performance.GetMetrics, cdp.Empty{})
	if err != nil {
		b.Fatal(err)
	}
	for _, m := range all.Metrics {
		if m.Name == "TaskDuration" {
			return 1000 * m.Value
		}
	}
	b.Fatal("the browser does not tell")
	return 0
}

// pixels waits until all that was drawn is there, and returns when that was, since the page was opened.
const pixels = `() => {
  const layers = amalfaMap.sigma.webGLContexts;
  for (const name in layers) layers[name].readPixels(0, 0, 1, 1, layers[name].RGBA, layers[name].UNSIGNED_BYTE, new Uint8Array(4));
  return performance.now();
}`

// panned is how many frames pan draws.
const panned = 60

// pan moves the map for some frames, and returns what the page's script takes for each in the median.
const pan = `async finish => {
  const s = amalfaMap.sigma, camera = s.getCamera(), own = [];
  for (let i = 0; i < 60; i++) {
    await new Promise(requestAnimationFrame);
    const began = performance.now();
    camera.setState({x: 0.5 + 0.1 * Math.sin(i / 9), y: 0.5, ratio: 0.5});
    s.render();
    finish();
    own.push(performance.now() - began);
  }
  return own.sort((a, b) => a - b)[own.length >> 1];
}`
