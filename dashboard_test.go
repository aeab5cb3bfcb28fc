package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"amalfa/testdata/assets"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long a browser may take for one step on a busy machine.
const patience = 2 * time.Minute

// A browser is Chromium at the dashboard of the demo's notes. It collects what no page of ours may do.
type browser struct {
	*place
	ctx context.Context
	url string

	mu     sync.Mutex
	faults []string // console errors, exceptions, requests to the outside
	quiet  bool     // faults are expected
	// allowed are words of faults that were expected: a busy browser tells of them later.
	allowed []string
}

func newBrowser(t testing.TB) *browser {
	t.Helper()
	return browserIn(t, newPlace)
}

// browserIn is newBrowser, at the vault of a place that is only made where there is a browser.
func browserIn(t testing.TB, make func(testing.TB) *place) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		assets.Missing(t, "Chromium", errors.New("not tried: no chromium on PATH"))
	}
	b := &browser{place: make(t)}
	var opened struct{ URL string }
	if err := json.Unmarshal(b.output("dashboard", "open", "--json"), &opened); err != nil {
		t.Fatal(err)
	}
	b.url, _, _ = strings.Cut(opened.URL, "/?")
	alloc, end := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("enable-unsafe-swiftshader", true), chromedp.Flag("use-angle", "swiftshader"), chromedp.UserDataDir(t.TempDir()),
		chromedp.WSURLReadTimeout(patience))...)
	t.Cleanup(end)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	b.ctx = ctx
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, cdplog.Enable, cdp.Empty{})
	call(b, runtime.Enable, cdp.Empty{})
	b.do(chromedp.Navigate(opened.URL), chromedp.WaitVisible(chromedp.CSS("#_q")))
	return b
}

func (b *browser) output(args ...string) []byte {
	b.t.Helper()
	out, err := b.command(args...).Output()
	if err != nil {
		b.t.Fatalf("amalfa %v: %v", args, err)
	}
	return out
}

func (b *browser) hear(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme != "data" && u.Scheme+"://"+u.Host != b.url {
			b.fault("a request to " + e.Request.URL)
		}
	case *runtime.EventExceptionThrown:
		b.fault("exception: " + exceptionText(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			b.fault(fmt.Sprintf("console: %v", e.Args))
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError {
			b.fault("log: " + e.Entry.Text + " " + e.Entry.URL)
		}
	}
}

func exceptionText(d *runtime.ExceptionDetails) string {
	if d.Exception != nil {
		return d.Text + " " + d.Exception.Description
	}
	return d.Text
}

func (b *browser) fault(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	late := func(word string) bool { return strings.Contains(text, word) }
	if !b.quiet && !slices.ContainsFunc(b.allowed, late) {
		b.faults = append(b.faults, text)
	}
}

// expectFaults runs what the browser reports as an error, as it should. Those with the words may be told later.
func (b *browser) expectFaults(do func(), words ...string) {
	b.mu.Lock()
	b.quiet, b.allowed = true, append(b.allowed, words...)
	b.mu.Unlock()
	do()
	b.mu.Lock()
	b.quiet = false
	b.mu.Unlock()
}

// call sends a command of the protocol.
func call[P, R any](b *browser, command cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ask(b, chromedp.Steps(steps...))
}

// ask returns the value of an action, and fails the test without.
func ask[T any](b *browser, a chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		shown, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body ? document.body.innerText.slice(0, 2000) : ''"))
		b.t.Fatalf("%v; faults %q; the page:\n%s", err, b.faults, shown)
	}
	return v
}

// until waits until an expression is true on the page.
func (b *browser) until(expression string) {
	b.t.Helper()
	ask(b, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(patience)))
}

// eval returns the value of an expression, that of a promise once it is there.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	return ask(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

func (b *browser) focused() string {
	b.t.Helper()
	return eval[string](b, "document.activeElement.id || document.activeElement.textContent")
}

// TestDashboard looks at the released program's pages with Chromium, as a person would with a keyboard: nothing may fail, and nothing may ask
// for anything outside.
func TestDashboard(t *testing.T) {
	b := newBrowser(t)
	t.Run("the code does not stay in the address", func(t *testing.T) {
		if address := ask(b, chromedp.Location()); address != b.url+"/" {
			t.Errorf("at %s", address)
		}
	})
	t.Run("search by keys", b.searchByKeys)
	t.Run("note", b.lookAtNote)
	t.Run("graph", b.lookAtGraph)
	t.Run("hostile notes", b.hostileNotes)
	t.Run("note that goes", b.goneNote)
	t.Run("index built again", b.rebuiltIndex)
	t.Run("no index", b.noIndex)
	t.Run("health", b.restartService)
	t.Run("refusals", b.refusals)
	t.Run("narrow", b.narrow)
	t.Run("accessible", b.accessible)
	t.Run("dead service", b.deadService)
	for _, f := range b.faults {
		t.Error(f)
	}
}

func (b *browser) searchByKeys(t *testing.T) {
	b.t = t
	b.do(chromedp.Navigate(b.url+"/"), chromedp.WaitVisible(chromedp.CSS("#_q")), chromedp.KeyEvent("/"))
	if at := b.focused(); at != "_q" {
		t.Fatalf("/ leads to %q", at)
	}
	b.do(chromedp.KeyEvent("refund storm"))
	b.until(`document.querySelectorAll("#_results .hit").length > 0 && document.querySelector("#_results .status").textContent.includes("result")`)
	b.until(`location.search.includes("refund")`)
	b.do(chromedp.KeyEvent(kb.ArrowDown))
	first := eval[string](b, `document.querySelector(".hit h2 a").textContent`)
	if at := b.focused(); at != first {
		t.Errorf("the arrow leads to %q, not to %q", at, first)
	}
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS("main.doc article")))
}

func (b *browser) lookAtNote(t *testing.T) {
	b.t = t
	b.until(`document.querySelector(".here") !== null`)
	b.until(`!document.querySelector("#_related").textContent.includes("Looking")`)
	if eval[int](b, `document.querySelectorAll("#_related a").length`) == 0 {
		t.Error("nothing is related")
	}
}

func (b *browser) lookAtGraph(t *testing.T) {
	b.t = t
	b.do(chromedp.EmulateViewport(1200, 900), chromedp.Navigate(b.url+"/?view=graph"))
	b.until(`document.querySelector("#_map").dataset.drawn !== undefined`)
	shot := ask(b, chromedp.Screenshot(chromedp.CSS("#_map")))
	keep(t, "graph.png", shot)
	if n := coloured(t, shot); n < 500 {
		t.Errorf("%d pixels of the map have a colour", n)
	}
	eval[bool](b, `(() => { const n = document.querySelector("#_node"); n.value = "README.md"; n.form.requestSubmit(); return true })()`)
	b.until(`document.querySelector("#_side a") !== null && document.querySelector("#_side a").getAttribute("href") === "/doc/README.md"`)
	b.do(chromedp.Click(chromedp.CSS("#_gaps")))
	b.until(`/gap|vectors/.test(document.querySelector("#_state").textContent)`)
	eval[bool](b, `(() => { const s = document.querySelector("#_until"); s.value = "0"; s.dispatchEvent(new Event("input")); return true })()`)
	b.until(`document.querySelector("#_state").textContent.includes("until")`)
	b.do(chromedp.Focus(chromedp.CSS("#_map")), chromedp.KeyEvent("+"), chromedp.KeyEvent(kb.ArrowLeft), chromedp.KeyEvent(kb.Escape))
	b.until(`amalfaMap.sigma.getCamera().ratio === 1`)
}

// keep leaves a picture for a person to look at.
func keep(t *testing.T, name string, data []byte) {
	t.Helper()
	path := filepath.Join(t.ArtifactDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Error(err)
	}
	t.Logf("%s", path)
}

// coloured counts the pixels that are not grey.
func coloured(t *testing.T, data []byte) (n int) {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, bl, _ := img.At(x, y).RGBA()
			if max(r, g, bl)-min(r, g, bl) > 0x3000 {
				n++
			}
		}
	}
	return n
}

func (b *browser) restartService(t *testing.T) {
	b.t = t
	b.do(chromedp.Navigate(b.url+"/?view=health"), chromedp.WaitVisible(chromedp.CSS("#_health")))
	b.do(chromedp.Focus(chromedp.CSS(`[aria-label="Start watcher"]`)), chromedp.KeyEvent(kb.Enter))
	b.until(`/Start watcher: (ready|degraded|starting)/.test(document.querySelector("#_said").textContent)`)
	b.until(`document.querySelector('[aria-label="Restart watcher"]') !== null`)
	before := b.run("watcher", "status", "--json")
	b.do(chromedp.Click(chromedp.CSS(`[aria-label="Restart watcher"]`)))
	b.until(`/Restart watcher: (ready|degraded|starting)/.test(document.querySelector("#_said").textContent)`)
	if after := b.run("watcher", "status", "--json"); pidOf(t, after) == pidOf(t, before) {
		t.Error("the watcher was not restarted")
	}
}

func pidOf(t *testing.T, row string) int {
	t.Helper()
	var r struct{ PID int }
	if err := json.Unmarshal([]byte(row), &r); err != nil {
		t.Fatal(err)
	}
	return r.PID
}

// refusals asks from a page of somebody else, and from our own without its token.
func (b *browser) refusals(t *testing.T) {
	b.t = t
	const stop = `fetch(%q + "/services/watcher/stop", {method: "POST", headers: {"Content-Type": "application/json"}, body: "{}"}).then(a => a.status, () => 0)`
	b.expectFaults(func() {
		if status := eval[int](b, fmt.Sprintf(stop, b.url)); status != http.StatusForbidden {
			t.Errorf("our own page without its token: %d", status)
		}
		foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<a id="there" href="%s/">there</a><iframe src="%s/"></iframe>`, b.url, b.url)
		}))
		defer foreign.Close()
		b.do(chromedp.Navigate(foreign.URL), chromedp.WaitVisible(chromedp.CSS("#there")))
		if status := eval[int](b, fmt.Sprintf(stop, b.url)); status != 0 {
			t.Errorf("another page: %d", status)
		}
		if status := eval[int](b, fmt.Sprintf(`fetch("%s/api/health").then(a => a.status, () => 0)`, b.url)); status != 0 {
			t.Errorf("another page reads: %d", status)
		}
		b.do(chromedp.Click(chromedp.CSS("#there")), chromedp.WaitVisible(chromedp.CSS("body.view-error")))
		if text := eval[string](b, "document.body.innerText"); !strings.Contains(text, "403") {
			t.Errorf("a link from elsewhere leads to %s", text)
		}
	}, "status of 403", "frame", "CORS", "ERR_FAILED")
	if row := b.run("watcher", "status", "--json"); !strings.Contains(row, `"state": "ready"`) {
		t.Errorf("the watcher is %s", row)
	}
}

// views are all kinds of pages.
func views() []string {
	return []string{"/", "/?q=refund&mode=keyword", "/doc/README.md?line=5", "/?view=graph", "/?view=health", "/doc/none.md"}
}

// narrow looks at each page on a phone: nothing is wider than it is.
func (b *browser) narrow(t *testing.T) {
	b.t = t
	b.do(chromedp.EmulateViewport(375, 700, chromedp.EmulateMobile))
	b.expectFaults(func() { // the 404 is one
		for _, view := range views() {
			b.do(chromedp.Navigate(b.url+view), chromedp.WaitVisible(chromedp.CSS("footer")))
			if wide := eval[int](b, "document.scrollingElement.scrollWidth"); wide > 375 {
				what := eval[string](b, `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > 376).slice(0, 5).map(e => e.outerHTML.slice(0, 120)).join("\n")`)
				t.Errorf("%s is %d px wide:\n%s", view, wide, what)
			}
		}
	}, "none.md")
	b.do(chromedp.EmulateReset())
}

// accessible has axe-core look at each page in both themes.
func (b *browser) accessible(t *testing.T) {
	b.t = t
	_, modules := assets.NPM(t, "axe-core@4.14.1")
	axe, err := os.ReadFile(filepath.Join(modules, "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	for _, theme := range []string{"light", "dark"} {
		call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
		for _, view := range views() {
			b.expectFaults(func() { b.do(chromedp.Navigate(b.url+view), chromedp.WaitVisible(chromedp.CSS("footer"))) })
			if view == "/?view=graph" {
				b.until(`document.querySelector("#_map").dataset.drawn !== undefined`)
			}
			found := eval[[]string](b, string(axe)+`; axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(r => r.violations.map(v => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " " + (n.any[0] ? n.any[0].message : "")).join(" | ")))`)
			for _, f := range found {
				t.Errorf("%s, %s: %s", view, theme, f)
			}
		}
	}
}

// deadService types while the dashboard is stopped, and after it is there again.
func (b *browser) deadService(t *testing.T) {
	b.t = t
	b.do(chromedp.Navigate(b.url+"/"), chromedp.WaitVisible(chromedp.CSS("#_q")))
	port := b.url[strings.LastIndex(b.url, ":")+1:]
	b.expectFaults(func() {
		b.run("dashboard", "stop")
		b.do(chromedp.SendKeys(chromedp.CSS("#_q"), "refund"))
		b.until(`document.querySelector("#_results").textContent.includes("amalfa dashboard start")`)
	}, "ERR_CONNECTION_REFUSED")
	b.run("dashboard", "start", "--port", port)
	b.do(chromedp.SendKeys(chromedp.CSS("#_q"), "s"))
	b.until(`document.querySelectorAll("#_results .hit").length > 0`)
}
