package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"amalfa/services"

	"github.com/chromedp/chromedp"
)

// BenchmarkPage looks at the dashboard of the demo's notes with Chromium: milliseconds from the click until a page is ready, in the median of 15; from a
// letter that is typed to its results, in the median and at p95 of 60; the share of a core that 64 open health pages cost the dashboard at rest,
// over AMALFA_BENCH_TIME (20s), and the memory that it holds then, its own and that of the program's file, which services share.
func BenchmarkPage(b *testing.B) {
	at := newBrowser(b)
	at.run("servers", "start")
	for b.Loop() {
		for name, view := range map[string]string{"search": "/?q=refund+storm", "note": "/doc/README.md", "graph": "/?view=graph", "health": "/?view=health"} {
			b.ReportMetric(at.ready(view), "ms-ready/"+name)
		}
		typed := at.typed()
		b.ReportMetric(typed[len(typed)/2], "ms-median/typed")
		b.ReportMetric(typed[len(typed)*95/100], "ms-p95/typed")
		at.do(chromedp.Navigate("about:blank"))
		core := at.resting(b)
		b.ReportMetric(100*core, "%-core/64-pages")
	}
}

// ready is how long a page takes in the median.
func (b *browser) ready(view string) float64 {
	b.t.Helper()
	var all []float64
	for range 15 {
		b.do(chromedp.Navigate(b.url + view))
		all = append(all, eval[float64](b, `new Promise(done => { const look = () => { const n = performance.getEntriesByType("navigation")[0]; n.domContentLoadedEventEnd > 0 ? done(n.domContentLoadedEventEnd) : setTimeout(look, 1) }; look() })`))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// typed is how long each letter's results took, shortest first.
func (b *browser) typed() []float64 {
	b.t.Helper()
	b.do(chromedp.Navigate(b.url+"/"), chromedp.WaitVisible(chromedp.CSS("#_q")))
	all := eval[[]float64](b, `(async () => {
		const q = document.querySelector("#_q"), results = document.querySelector("#_results"), out = [];
		for (const text of ["refund storm", "ferry timetable clock", "who is on call tonight", "pier closed by weather"])
			for (let i = 1; i <= 15; i++) {
				const there = new Promise(done => { const o = new MutationObserver(() => { o.disconnect(); done() }); o.observe(results, {childList: true}) });
				const began = performance.now();
				q.value = text.slice(0, 1 + (i * 7) % text.length) + " ";
				q.dispatchEvent(new Event("input"));
				await there;
				out.push(performance.now() - began);
			}
		return out;
	})()`)
	slices.Sort(all)
	return all
}

// resting opens 64 health pages, as their streams, and returns the share of a core that they cost, and tells of the memory.
func (b *browser) resting(t *testing.B) float64 {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	client := services.LoopbackClient()
	for range 64 {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+"/api/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		go io.Copy(io.Discard, resp.Body)
	}
	long, err := time.ParseDuration(os.Getenv("AMALFA_BENCH_TIME"))
	if err != nil {
		long = 20 * time.Second
	}
	var row struct{ PID int }
	if err := json.Unmarshal([]byte(b.run("dashboard", "status", "--json")), &row); err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * time.Second) // the first look
	before, began := processorTime(t, row.PID), time.Now()
	time.Sleep(long)
	spent := processorTime(t, row.PID) - before
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", row.PID))
	if err != nil {
		t.Skip("not tried: this system has no /proc")
	}
	for name, metric := range map[string]string{"RssAnon": "MB-own", "RssFile": "MB-files"} {
		_, rest, _ := strings.Cut(string(status), name+":")
		kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
		if err != nil {
			t.Fatal(err)
		}
		t.ReportMetric(kb*1.024/1e3, metric)
	}
	return spent.Seconds() / time.Since(began).Seconds()
}

// processorTime is what a process has taken so far, on Linux.
func processorTime(t *testing.B, pid int) time.Duration {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Skip("not tried: this system has no /proc")
	}
	fields := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+2:]))
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return time.Duration(user+system) * 10 * time.Millisecond // in ticks of a hundredth of a second
}
