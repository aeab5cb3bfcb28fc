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

	"github.com/chromedp/chromedp"
)

// largeVault is an index of 20,000 notes with ten links each, nine of them within one of 60 communities.
func largeVault(b *testing.B, path string) {
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

// BenchmarkMap opens the map of 20,000 notes in Chromium, whose processor draws for want of a graphics card: milliseconds until it is drawn, with the
// layout kept; of the page's own thread for each frame of panning; and of that and the drawing together.
func BenchmarkMap(b *testing.B) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		b.Skip("not tried: no chromium on PATH")
	}
	d := newDesk(b, nil, nil)
	largeVault(b, d.path)
	looks := map[string]float64{}
	for _, what := range []string{"layout-ms", "kept-ms"} {
		began := time.Now()
		d.get(b, "/api/graph")
		looks[what] = float64(time.Since(began).Milliseconds())
	}
	alloc, end := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("enable-unsafe-swiftshader", true), chromedp.Flag("use-angle", "swiftshader"), chromedp.UserDataDir(filepath.Join(b.TempDir(), "profile")), chromedp.WSURLReadTimeout(time.Minute))...)
	defer end()
	ctx, stop := chromedp.NewContext(alloc)
	defer stop()
	for b.Loop() {
		if err := chromedp.Do(ctx, chromedp.Navigate(d.URL+"/?view=graph")); err != nil {
			b.Fatal(err)
		}
		if _, err := chromedp.Run(ctx, chromedp.Poll[bool](`document.querySelector("#_map").dataset.drawn !== undefined`, chromedp.WithPollingTimeout(time.Minute))); err != nil {
			b.Fatal(err)
		}
		drawn, err := chromedp.Run(ctx, chromedp.Evaluate[float64](`Number(document.querySelector("#_map").dataset.drawn)`))
		if err != nil {
			b.Fatal(err)
		}
		panned, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](pan, chromedp.EvalAwaitPromise))
		if err != nil {
			b.Fatal(err)
		}
		for what, ms := range looks {
			b.ReportMetric(ms, what)
		}
		b.ReportMetric(drawn, "drawn-ms")
		b.ReportMetric(panned[0], "thread-ms/frame")
		b.ReportMetric(panned[1], "frame-ms")
	}
}

// pan moves the map for 60 frames, and returns what the page's own code takes of each, and how far apart they are, in the median.
const pan = `(async () => {
  const s = amalfaMap.sigma, camera = s.getCamera(), own = [], apart = [];
  let last = performance.now();
  for (let i = 0; i < 60; i++) {
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    apart.push(now - last);
    last = now;
    camera.setState({x: 0.5 + 0.1 * Math.sin(i / 9), y: 0.5, ratio: 0.5});
    const began = performance.now();
    s.render ? s.render() : s.refresh();
    own.push(performance.now() - began);
  }
  const median = all => all.sort((a, b) => a - b)[all.length >> 1];
  return [median(own), median(apart)];
})()`
