package dashboard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"amalfa/ingest"
	"amalfa/notes"
	"amalfa/search"
	"amalfa/services"
	"amalfa/site"
	"amalfa/store"
	"amalfa/store/sqlite"
	"amalfa/testdata/testservice"

	"go.uber.org/goleak"
	"golang.org/x/net/html"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A desk is a dashboard over a real index of some notes.
type desk struct {
	*testservice.Service
	access *Access
	path   string // of the index
	texts  map[string]string

	mu   sync.Mutex
	acts []string
	fail error // what Act returns
}

func newDesk(t testing.TB, texts map[string]string, change func(*Options)) *desk {
	t.Helper()
	d := &desk{access: NewAccess("secret"), path: filepath.Join(t.TempDir(), "amalfa.db"), texts: texts}
	d.fill(t)
	o := Options{
		Name: "vault", Root: "/vault", Version: "1", Access: d.access,
		Editor: func() string { return "vscode://file{path}:{line}" }, Mode: func() string { return search.Keyword }, SuperNode: func() int { return 0 },
		Map: filepath.Join(t.TempDir(), "map"), State: stateOf,
		Index: d.index, Search: d.search, Note: d.note,
		Ask: func(_ context.Context, question string) (AskReply, error) {
			if question == "in a stream" {
				return AskReply{}, &services.Error{Kind: "provider", Message: "the model went away"}
			}
			if question != "what makes the tides?" {
				return AskReply{}, &services.Error{Status: 503, Kind: "no_provider", Message: "no language model answers"}
			}
			return AskReply{Model: "m", Sentences: []AskSentence{{"The moon does.", true, []AskCitation{NewCitation("moon.md", [2]int{3, 3})}}}}, nil
		},
		Services: func(context.Context) []Service {
			mean := 2.25
			return []Service{{Name: "vector", State: "ready", PID: 7, Requests: 4, LatencyMS: &mean, Startable: true, Log: []string{"<b>x</b>"}}, {Name: "mcp", State: "stopped", Log: []string{}}}
		},
		Act: func(_ context.Context, name, verb string) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.acts = append(d.acts, verb+" "+name)
			return d.fail
		},
		Facts: func(ctx context.Context) (f Facts, err error) {
			st, err := d.index(ctx)
			if err != nil {
				return f, err
			}
			defer st.Close()
			n, err := st.Stats(ctx)
			at := time.Date(2024, 3, 5, 0, 0, 0, 0, time.UTC)
			return Facts{Notes: n.Notes, Vectors: Share{1, 2}, Coverage: []Coverage{{"skipped", "too <large>", 1, []string{"x.md"}}}, History: []Moment{{at, 1, 0}, {at.AddDate(0, 0, 9), 3, 1}}, Today: []Happening{}}, err
		},
		Models: func() []Model {
			return []Model{{Name: "m", Precision: "full", Digest: "d", Pull: "amalfa models pull m"}}
		},
		Tasks: func() ([]Task, error) {
			return []Task{{ID: "t1", Type: "research", State: "done", Since: time.Now()}}, nil
		},
	}
	if change != nil {
		change(&o)
	}
	d.Service = testservice.Start(t, "dashboard", services.Options{Token: "secret", SameUser: true, Pages: true, Admit: d.access.Admits},
		func(ctx context.Context, srv *services.Server, l net.Listener) error { return Serve(ctx, srv, o, l) })
	return d
}

func (d *desk) index(ctx context.Context) (store.Store, error) {
	st, err := sqlite.Open(ctx, d.path, sqlite.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	return st, nil
}

func stateOf(ctx context.Context, st store.Store) (string, error) {
	v, err := st.DataVersion(ctx)
	return fmt.Sprint(v), err
}

// fill indexes the texts, each line of "[[x]]" being a link to x.md.
func (d *desk) fill(t testing.TB) {
	t.Helper()
	if d.texts == nil {
		return
	}
	st, err := sqlite.Open(t.Context(), d.path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	link := regexp.MustCompile(`\[\[([a-z]+)\]\]`)
	var b store.Batch
	for id, text := range d.texts {
		p := store.Put{Note: store.Note{ID: id, Title: strings.TrimPrefix(strings.SplitN(text, "\n", 2)[0], "# "), Hash: id, Kind: "markdown", Tags: []string{"sea"}},
			Chunks: []store.Chunk{{Hash: id, Text: text, FirstLine: 1, LastLine: strings.Count(text, "\n") + 1}}}
		for i, line := range strings.Split(text, "\n") {
			for _, m := range link.FindAllStringSubmatch(line, -1) {
				p.Edges = append(p.Edges, store.Edge{Type: "LINKS_TO", Target: m[1] + ".md", Rule: notes.ByPath, Line: i + 1, Weight: 1})
			}
		}
		b.Puts = append(b.Puts, p)
	}
	if err := st.Apply(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func (d *desk) search(ctx context.Context, q search.Query, _ bool) (f Found, err error) {
	st, err := d.index(ctx)
	if err != nil {
		return f, err
	}
	defer st.Close()
	f.Answer, err = search.New(st, nil, nil).ShowAs(ingest.NewReader().Visible).Search(ctx, q)
	return f, err
}

func (d *desk) note(_ context.Context, n store.Note) (Text, error) {
	text, ok := d.texts[n.ID]
	if !ok {
		return Text{}, fmt.Errorf("open: %w", fs.ErrNotExist)
	}
	return Text{Note: site.Note{File: []byte(text), Leads: func(to notes.Target) notes.Answer {
		if _, ok := d.texts[to.Name+".md"]; ok {
			return notes.Answer{ID: to.Name + ".md"}
		}
		return notes.Answer{}
	}}}, nil
}

// get returns what is at a path; headers are "Name: value".
func (d *desk) get(t testing.TB, path string, headers ...string) (int, http.Header, string) {
	t.Helper()
	return d.send(t, http.MethodGet, path, "", headers...)
}

func (d *desk) send(t testing.TB, method, path, body string, headers ...string) (int, http.Header, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, d.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(path, "//") {
		r.URL.Opaque, r.URL.RawQuery = path, "" // as it is, not cleaned
	}
	for _, h := range append([]string{"Authorization: Bearer secret"}, headers...) {
		name, value, _ := strings.Cut(h, ": ")
		if r.Header.Set(name, value); name == "Host" {
			r.Host = value
		}
	}
	resp, err := d.Client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(data)
}

func tides() map[string]string {
	return map[string]string{
		"tides.md": "# Tides\n\nHigh water when the moon is over.\n\nSee [[moon]] and [[nowhere]].\n",
		"moon.md":  "# Moon\n\nThe moon makes the tides.\n",
		"sun.md":   "# Sun\n\nIt has a part in it. [[moon]]\n",
	}
}

func TestSearchPage(t *testing.T) {
	d := newDesk(t, tides(), nil)
	for path, want := range map[string][]string{
		"/":                               {"3 notes", `href="/doc/tides.md"`, "1 of them broken"},
		"/?q=moon":                        {"3 results", `<mark>moon</mark>`, `href="/doc/moon.md?line=1#L1"`, "words (BM25)", "confidence"},
		"/?q=moon&part=results":           {"3 results", `<mark>moon</mark>`},
		"/?q=moon+tag:sea&part=results":   {`href="/?q=moon"`, "tag:sea"},
		"/?q=moon+-tag:none&part=results": {"-tag:none"},
		"/?q=tag:none+moon":               {"Not all results satisfy"},
		"/?q=zzzz":                        {"Nothing was found."},
		"/?q=after:never":                 {"is no date"},
		"/?q=moon&mode=vector":            {"nothing can be compared by meaning yet"},
		"/?q=moon&mode=none":              {"mode &#34;none&#34;"},
		"/?q=%22%3E%3Cscript%3E":          {`value="&#34;&gt;&lt;script&gt;"`},
		"/?view=none":                     {"no such view"},
	} {
		status, h, body := d.get(t, path)
		for _, w := range want {
			if !strings.Contains(body, w) {
				t.Errorf("%s has no %q: %s", path, w, body)
			}
		}
		if isPart := strings.Contains(path, "part="); isPart == strings.Contains(body, "<html") || status != 200 && path != "/?view=none" {
			t.Errorf("%s: %d, a whole page is %t", path, status, !isPart)
		}
		if csp := h.Get("Content-Security-Policy"); csp != policy || strings.Contains(csp, "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestNotePage(t *testing.T) {
	d := newDesk(t, tides(), nil)
	status, _, body := d.get(t, "/doc/tides.md?line=4")
	for _, want := range []string{`<main id="_main" class="doc" data-at="L3">`, `<a href="/doc/moon.md" class="note">moon</a>`, `href="vscode://file/vault/tides.md:4"`, "No note links here.", "Leads nowhere", "nowhere.md", `data-part="/doc/tides.md?part=related"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q: %d %s", want, status, body)
		}
	}
	if _, _, body = d.get(t, "/doc/moon.md"); strings.Count(body, `href="/doc/tides.md?line=5#L5"`) != 1 {
		t.Errorf("who links to it: %s", body)
	}
	if status, _, body = d.get(t, "/doc/tides.md?part=related"); status != 200 || !strings.Contains(body, `href="/doc/moon.md?line=1#L1"`) || !strings.Contains(body, "</time> added") {
		t.Errorf("related: %d %s", status, body)
	}
}

// TestNothingElse asks for what is no page: 404 each time, and never led elsewhere.
func TestNothingElse(t *testing.T) {
	d := newDesk(t, tides(), nil)
	for _, path := range []string{"/none", "/doc", "/doc/", "/doc/none.md", "/doc/tides", "/doc/Tides.md", "/doc/TIDES.MD", "/doc/tides.md/", "//doc/tides.md", "/doc//tides.md", "/doc/./tides.md", "/doc/../doc/tides.md",
		"/doc/%2e%2e/tides.md", "/doc/..%2f..%2fetc%2fpasswd", "/doc//etc/passwd", "/doc/.amalfa/amalfa.db", "/doc/tides.md%00", "/assets", "/assets/", "/assets/none.js", "/assets/../page.go", "/assets/base.tmpl", "/assets/vendor",
		"/services", "/services/vector", "/api", "/api/none", "/api/note/none.md", "/index.html", "/favicon.ico", "/.amalfa/amalfa.db"} {
		status, h, body := d.get(t, path)
		if status != 404 || h.Get("Location") != "" || body == "" {
			t.Errorf("%s: %d to %q: %.100s", path, status, h.Get("Location"), body)
		}
	}
	if status, _, _ := d.get(t, "/services/vector/stop"); status != 405 {
		t.Errorf("a look at an action: %d", status)
	}
}

// TestGuard refuses pages of others, other names, and writes that come from no page of ours.
func TestGuard(t *testing.T) {
	d := newDesk(t, tides(), nil)
	own := "Origin: " + d.URL
	write := []string{"Content-Type: application/json", own, writeHeader + ": " + d.access.newPageToken()}
	for name, c := range map[string]struct {
		method, path string
		headers      []string
		want         int
	}{
		"own page":             {"POST", "/services/vector/restart", write, 200},
		"no token of a page":   {"POST", "/services/vector/restart", write[:2], 403},
		"a wrong one":          {"POST", "/services/vector/restart", append(slices.Clone(write[:2]), writeHeader+": x.y"), 403},
		"another service's":    {"POST", "/services/vector/restart", append(slices.Clone(write[:2]), writeHeader+": "+NewAccess("other").newPageToken()), 403},
		"a code as token":      {"POST", "/services/vector/restart", append(slices.Clone(write[:2]), writeHeader+": "+d.access.Code(time.Now())), 403},
		"a form":               {"POST", "/services/vector/restart", []string{"Content-Type: application/x-www-form-urlencoded", own, write[2]}, 415},
		"foreign origin":       {"POST", "/services/vector/restart", []string{write[0], "Origin: http://evil.example", write[2]}, 403},
		"another port":         {"POST", "/services/vector/restart", []string{write[0], "Origin: http://127.0.0.1:1", write[2]}, 403},
		"the same by https":    {"POST", "/services/vector/restart", []string{write[0], "Origin: " + strings.Replace(d.URL, "http", "https", 1), write[2]}, 403},
		"null origin":          {"POST", "/services/vector/restart", []string{write[0], "Origin: null", write[2]}, 403},
		"foreign look":         {"GET", "/", []string{"Origin: http://evil.example"}, 403},
		"cross-site look":      {"GET", "/doc/tides.md", []string{"Sec-Fetch-Site: cross-site"}, 403},
		"same-site look":       {"GET", "/api/graph", []string{"Sec-Fetch-Site: same-site"}, 403},
		"own look":             {"GET", "/api/graph", []string{"Sec-Fetch-Site: same-origin"}, 200},
		"a rebound name":       {"GET", "/", []string{"Host: evil.example"}, 403},
		"a rebound origin too": {"GET", "/", []string{"Host: evil.example", "Origin: http://evil.example"}, 403},
		"no such service":      {"POST", "/services/none/stop", write, 404},
		"no such verb":         {"POST", "/services/vector/kill", write, 404},
		"its client's":         {"POST", "/services/mcp/start", write, 409},
	} {
		status, _, body := d.send(t, c.method, c.path, "{}", c.headers...)
		if status != c.want {
			t.Errorf("%s: %d, not %d: %.200s", name, status, c.want, body)
		}
	}
	if !slices.Equal(d.acts, []string{"restart vector"}) {
		t.Errorf("done: %v", d.acts)
	}
}

// TestAsk puts questions to a model, from a page of ours and from none.
func TestAsk(t *testing.T) {
	d := newDesk(t, tides(), nil)
	write := []string{"Content-Type: application/json", writeHeader + ": " + d.access.newPageToken()}
	for body, c := range map[string]struct {
		headers []string
		status  int
		says    string
	}{
		`{"question":"what makes the tides?"}`: {write, 200, `"citations":[{"id":"moon.md","lines":[3,3],"href":"/doc/moon.md?line=3#L3"}]`},
		`{"question":"something else"}`:        {write, 503, "no language model answers"},
		`{"question":"in a stream"}`:           {write, 503, "the model went away"},
		`{"question":" "}`:                     {write, 400, "the question is empty"},
		`{"question":"from no page"}`:          {write[:1], 403, `"kind":"page"`},
	} {
		if status, _, got := d.send(t, "POST", "/api/ask", body, c.headers...); status != c.status || !strings.Contains(got, c.says) {
			t.Errorf("%s: %d %s", body, status, got)
		}
	}
}

// TestFaultsAreShown takes away what the pages show.
func TestFaultsAreShown(t *testing.T) {
	d := newDesk(t, nil, nil)
	for path, want := range map[string]int{"/": 200, "/?q=moon": 200, "/?view=health": 200, "/?view=graph": 200, "/doc/tides.md": 503, "/api/search?q=moon": 503, "/api/graph": 503, "/api/gaps": 503, "/api/health": 200, "/ready": 503} {
		if status, _, body := d.get(t, path); status != want || path != "/?view=graph" && !strings.Contains(body, "amalfa init") {
			t.Errorf("%s without an index: %d %s", path, status, body)
		}
	}
	d = newDesk(t, tides(), nil)
	delete(d.texts, "moon.md")
	if status, _, body := d.get(t, "/doc/moon.md"); status != 404 || !strings.Contains(body, "the file of this note is gone") {
		t.Errorf("a note whose file is gone: %d %s", status, body)
	}
	d.fail = errors.New("open /secret/path")
	status, _, body := d.send(t, "POST", "/services/vector/start", "{}", "Content-Type: application/json", writeHeader+": "+d.access.newPageToken())
	if status != 503 || !strings.Contains(body, "start vector") {
		t.Errorf("a service that cannot be started: %d %s", status, body)
	}
	broken := newDesk(t, tides(), func(o *Options) {
		o.Index = func(context.Context) (store.Store, error) { return nil, errors.New("open /secret/path") }
	})
	for _, path := range []string{"/doc/tides.md", "/api/graph", "/"} {
		if _, _, body := broken.get(t, path); strings.Contains(body, "secret") || !strings.Contains(body, "internal error") {
			t.Errorf("%s of a fault that nobody knows: %s", path, body)
		}
	}
}

// TestHostileNotes shows notes that are made to harm as pages without anything that runs or loads.
func TestHostileNotes(t *testing.T) {
	texts := map[string]string{
		"a.md": "# <script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n<svg onload=alert(1)>\n\n[x](javascript:alert(1)) ![x](https://evil.example/x.png)\n\n<style>*{display:none}</style><form action=//evil.example><input name=q></form>\n",
		"b.md": "# Table\n\n" + strings.Repeat("| a ", 500) + "|\n" + strings.Repeat("|---", 500) + "|\n" + strings.Repeat(strings.Repeat("| x ", 500)+"|\n", 50),
		"c.md": "# Long\n\n" + strings.Repeat("a line of words\n\n", 600_000),
		"d.md": "# Broken\n\n<div><p><b>not closed <table><tr><td></div></main></body></html>\n",
	}
	d := newDesk(t, texts, nil)
	for id := range texts {
		status, _, body := d.get(t, "/doc/"+id)
		if status != 200 || !strings.Contains(body, "<footer>") {
			t.Errorf("%s: %d, %d bytes", id, status, len(body))
		}
		checkPage(t, id, body)
	}
	_, _, body := d.get(t, "/?q=script")
	checkPage(t, "search", body)
}

// checkPage finds by a parser of others whether a page holds what no page of ours has.
func checkPage(t *testing.T, name, body string) {
	t.Helper()
	mains := 0
	if strings.Contains(body, "%!") {
		t.Errorf("%s prints a value in a verb that it does not have: %s", name, body)
	}
	for z := html.NewTokenizer(strings.NewReader(body)); z.Next() != html.ErrorToken; {
		tag := z.Token()
		if tag.Type != html.StartTagToken && tag.Type != html.SelfClosingTagToken {
			continue
		}
		if tag.Data == "main" {
			mains++
		}
		if strings.Contains(" iframe object embed img style base ", " "+tag.Data+" ") {
			t.Errorf("%s has <%s>", name, tag.Data)
		}
		for _, a := range tag.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc":
				t.Errorf("%s has %s=%q", name, a.Key, a.Val)
			case a.Key == "src" && !strings.HasPrefix(a.Val, "/assets/"), a.Key == "action" && a.Val != "/", strings.HasPrefix(strings.ToLower(a.Val), "javascript:"):
				t.Errorf("%s has %s=%q", name, a.Key, a.Val)
			}
		}
	}
	if mains != 1 {
		t.Errorf("%s has %d <main>", name, mains)
	}
}

func TestGraphReply(t *testing.T) {
	d := newDesk(t, tides(), nil)
	status, h, body := d.get(t, "/api/graph")
	var g GraphReply
	if err := json.Unmarshal([]byte(body), &g); err != nil || status != 200 {
		t.Fatal(status, err)
	}
	if len(g.IDs) != 3 || len(g.X) != 3 || len(g.Sources) != 2 || len(g.Broken) != 1 || g.Broken[0].Name != "nowhere.md" || g.Degrees[slices.Index(g.IDs, "moon.md")] != 2 {
		t.Errorf("%s", body)
	}
	if status, _, body = d.get(t, "/api/graph", "If-None-Match: "+h.Get("ETag")); status != 304 || body != "" {
		t.Errorf("the same again: %d", status)
	}
	d.texts["new.md"] = "# New\n\n[[sun]]\n"
	d.fill(t)
	if _, after, body := d.get(t, "/api/graph"); after.Get("ETag") == h.Get("ETag") || !strings.Contains(body, "new.md") {
		t.Errorf("after a change of the index: %s", body)
	}
}

// TestMapIsKept reads what another process kept, unless it is of another index, or was damaged.
func TestMapIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "map")
	made := 0
	ask := func(key string) string {
		data, err := (&keeper{path: path}).get(key, func() ([]byte, error) { made++; return fmt.Appendf(nil, "map %d\nof %s", made, key), nil }, func(err error) { t.Error(err) })
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for i, want := range []string{"map 1\nof a", "map 1\nof a", "map 2\nof b", "map 2\nof b", "map 3\nof a"} {
		if got := ask([]string{"a", "a", "b", "b", "a"}[i]); got != want {
			t.Errorf("%d: %q", i, got)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range [][]byte{data[:len(data)-1], nil, []byte("a\n"), bytes.ReplaceAll(data, []byte("of"), []byte("if"))} {
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if before := made; ask("a") == "" || made == before {
			t.Errorf("%q was believed", damaged)
		}
	}
	told := false
	data, err = (&keeper{path: filepath.Join(path, "none")}).get("a", func() ([]byte, error) { return []byte("x"), nil }, func(error) { told = true })
	if string(data) != "x" || err != nil || !told {
		t.Errorf("a folder that cannot be written: %q %v", data, err)
	}
}

func TestHealthPage(t *testing.T) {
	d := newDesk(t, tides(), nil)
	_, _, body := d.get(t, "/?view=health")
	for _, want := range []string{`data-post="/services/vector/restart"`, "&lt;b&gt;x&lt;/b&gt;", "4, 2.2 ms each", "too &lt;large&gt;", "1 of 2 (50 %)", `data-copy="amalfa models pull m"`, `points="0.0,`, "research"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q: %s", want, body)
		}
	}
	if strings.Contains(body, "/services/mcp/") {
		t.Error("what its client starts has a button")
	}
	checkPage(t, "health", body)
}

// TestPartsAreWhatTheyWere holds what was vendored against its digests.
func TestPartsAreWhatTheyWere(t *testing.T) {
	p := newPages(Options{})
	for _, part := range Parts() {
		for _, f := range part.Files {
			if got := fmt.Sprintf("%x", sha256.Sum256(p.assets["vendor/"+f.Name])); got != f.SHA256 {
				t.Errorf("%s of %s is %s: go generate ./services/dashboard", f.Name, part.Package, got)
			}
		}
	}
}

// A note whose file is on another machine is shown as the index holds it, with what is not there, and no editor opens it.
func TestNoteElsewhere(t *testing.T) {
	d := newDesk(t, tides(), func(o *Options) {
		o.Note = func(context.Context, store.Note) (Text, error) {
			return Text{Note: site.Note{File: []byte("\n\n# The moon\n"), Leads: func(notes.Target) notes.Answer { return notes.Answer{} }},
				Elsewhere: &store.Rebuilt{Missing: [][2]int{{1, 2}}}}, nil
		}
	})
	_, _, page := d.get(t, "/doc/moon.md")
	for _, want := range []string{"is on another machine", "Not in it: lines 1-2.", "The moon"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, "vscode://") {
		t.Error("an editor is offered for a file that is not here")
	}
	var reply NoteReply
	_, _, body := d.get(t, "/api/note/moon.md")
	if err := json.Unmarshal([]byte(body), &reply); err != nil || reply.Elsewhere == nil || !slices.Equal(reply.Elsewhere.Missing, [][2]int{{1, 2}}) {
		t.Errorf("%v %s", err, body)
	}
}
