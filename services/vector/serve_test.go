//go:build cgo

package vector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/models"
	"amalfa/services"
	"amalfa/testdata/testmodels"
	"amalfa/testdata/testservice"
)

func newEngine(t testing.TB, l *testmodels.Loader, o embed.EngineOptions) *embed.Engine {
	return testmodels.Closing(t, embed.NewEngine(l.Load, o))
}

func serve(t testing.TB, e *embed.Engine, o services.Options) *testservice.Service {
	t.Helper()
	return testservice.Start(t, "vector", o, func(ctx context.Context, srv *services.Server, l net.Listener) error {
		return Serve(ctx, srv, e, l)
	})
}

type embedder interface {
	Embed(ctx context.Context, texts []string, o embed.Options) ([]embed.Vector, error)
}

func embedAll(t testing.TB, e embedder, texts []string, o embed.Options) []embed.Vector {
	t.Helper()
	vectors, err := e.Embed(t.Context(), texts, o)
	if err != nil {
		t.Fatal(err)
	}
	return vectors
}

type object = map[string]any

func list(v ...any) []any { return v }

func TestEmbedRoute(t *testing.T) {
	s := serve(t, newEngine(t, testmodels.Tiny(t), embed.EngineOptions{}), services.Options{})
	for _, test := range []struct {
		name, body string
		want       any
	}{
		{"text", `{"text":"a b"}`, object{"vector": list(3.5, 7.), "dimensions": 2., "tokens": 4., "truncated": false}},
		{"query", `{"text":"a b","input_type":"query"}`, object{"vector": list(6.8, 13.6), "dimensions": 2., "tokens": 5., "truncated": false}},
		{"texts", `{"texts":["a b","c c c c c c c"],"priority":"bulk"}`, object{
			"vectors": list(list(3.5, 7.), list(5.125, 10.25)), "dimensions": 2., "tokens": list(4., 8.), "truncated": list(false, true)}},
		{"chunk", `{"text":"a b","long":"chunk"}`, object{"vector": list(3.5, 7.), "dimensions": 2., "tokens": 4., "truncated": false}},
		{"tei, one", `{"inputs":"a b","normalize":false}`, list(list(3.5, 7.))},
		{"tei, several", `{"inputs":["a b","c"],"normalize":false}`, list(list(3.5, 7.), list(11./3, 22./3))},
		{"tei, ids", `{"inputs":[4,5],"normalize":false}`, list(list(4.5, 9.))},
		{"tei, lists of ids", `{"inputs":[[4,5],[6]],"normalize":false}`, list(list(4.5, 9.), list(6., 12.))},
		{"tei, normalized", `{"inputs":"a b"}`, list(list(0.4472136, 0.8944272))},
		{"tei, shortened", `{"inputs":"a b","dimensions":1}`, list(list(1.))},
		{"tei, cut left", `{"inputs":"b a a a a a a","truncation_direction":"Left","truncate":true,"normalize":false}`, list(list(3.625, 7.25))},
		{"tei, prompt", `{"inputs":"a b","prompt_name":"query","normalize":false}`, list(list(6.8, 13.6))},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, got := s.Post(t, "/embed", test.body)
			near := cmp.Comparer(func(a, b float64) bool { return a == b || float32(a) == float32(b) })
			if diff := cmp.Diff(test.want, got, near); status != http.StatusOK || diff != "" {
				t.Errorf("status %d: %s", status, diff)
			}
		})
	}
}

func TestEmbedRouteRefuses(t *testing.T) {
	s := serve(t, newEngine(t, testmodels.Tiny(t), embed.EngineOptions{}), services.Options{})
	many := `["a"` + strings.Repeat(`,"a"`, MaxTexts) + `]`
	large := strings.Repeat("a", MaxTextBytes+1)
	for _, test := range []struct {
		name, body string
		status     int
		kind, says string // in tei's dialect kind is the error_type
	}{
		{"nothing", `{}`, 400, "bad_request", "text is missing"},
		{"null", `null`, 400, "bad_request", ""},
		{"a list", `["a"]`, 400, "bad_request", ""},
		{"broken", `{"text":`, 400, "bad_request", ""},
		{"two of them", `{"text":"a","texts":["a"]}`, 400, "bad_request", "exclude"},
		{"empty", `{"text":""}`, 422, "empty_text", "text 0"},
		{"one empty", `{"texts":["a",""]}`, 422, "empty_text", "text 1"},
		{"one null", `{"texts":["a",null]}`, 422, "empty_text", "text 1"},
		{"empty list", `{"texts":[]}`, 400, "bad_request", "texts"},
		{"text is a number", `{"text":5}`, 400, "bad_request", "text"},
		{"texts is a string", `{"texts":"a"}`, 400, "bad_request", "texts"},
		{"texts holds a number", `{"texts":["a",5]}`, 400, "bad_request", "texts"},
		{"long is unknown", `{"text":"a","long":"fold"}`, 400, "bad_request", "long"},
		{"input_type is unknown", `{"text":"a","input_type":"answer"}`, 400, "bad_request", "input_type"},
		{"priority is unknown", `{"text":"a","priority":"high"}`, 400, "bad_request", "priority"},
		{"too many", `{"texts":` + many + `}`, 413, "too_large", "2048"},
		{"too large", `{"text":"` + large + `"}`, 413, "too_large", "1048576"},
		{"tei, empty", `{"inputs":""}`, 400, "Empty", "empty"},
		{"tei, empty list", `{"inputs":[]}`, 400, "Empty", "empty"},
		{"tei, number", `{"inputs":5}`, 422, "Validation", "input"},
		{"tei, mixed", `{"inputs":["a",[4]]}`, 422, "Validation", "input"},
		{"tei, too long", `{"inputs":"a a a a a a a","truncate":false}`, 422, "Validation", "too many tokens"},
		{"tei, too many", `{"inputs":` + many + `}`, 413, "Validation", "maximum allowed batch size"},
		{"tei, bad direction", `{"inputs":"a","truncation_direction":"Up"}`, 422, "Validation", "truncation_direction"},
		{"tei, bad prompt", `{"inputs":"a","prompt_name":"poem"}`, 422, "Validation", "prompt_name"},
		{"tei, dimensions 0", `{"inputs":"a","dimensions":0}`, 422, "Validation", "positive"},
		{"tei, dimensions 3", `{"inputs":"a","dimensions":3}`, 422, "Validation", "smaller"},
		{"tei, ids outside", `{"inputs":[[4,300]]}`, 422, "Validation", "300"},
		{"tei, wrong type", `{"inputs":"a","normalize":"yes"}`, 422, "Validation", "normalize"},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, body := s.Post(t, "/embed", test.body)
			kind, says := errorOf(body)
			if status != test.status || kind != test.kind || !strings.Contains(says, test.says) {
				t.Errorf("got %d %q %q, want %d %q %q", status, kind, says, test.status, test.kind, test.says)
			}
		})
	}
	if status, _ := s.Post(t, "/embed", `{"text":"a"}`); status != http.StatusOK {
		t.Errorf("after all that: %d", status)
	}
}

// errorOf reads both our error shape and that of text-embeddings-inference.
func errorOf(body any) (kind, message string) {
	o, _ := body.(object)
	if e, ok := o["error"].(object); ok {
		return fmt.Sprint(e["kind"]), fmt.Sprint(e["message"])
	}
	return fmt.Sprint(o["error_type"]), fmt.Sprint(o["error"])
}

func TestHealth(t *testing.T) {
	l := testmodels.Tiny(t)
	l.Hold = make(chan struct{})
	s := serve(t, newEngine(t, l, embed.EngineOptions{}), services.Options{})
	if status, _ := s.Get(t, "/ready"); status != http.StatusServiceUnavailable {
		t.Errorf("ready while loading: %d", status)
	}
	close(l.Hold)
	testmodels.Eventually(t, "ready", func() bool { status, _ := s.Get(t, "/ready"); return status == http.StatusOK })
	_, body := s.Get(t, "/health")
	health := body.(object)
	want := object{"model": "test/tiny", "digest": "d1", "dimensions": 2., "max_tokens": 8., "state": "ready", "service": "vector"}
	for key, want := range want {
		if health[key] != want {
			t.Errorf("%s: %v, want %v", key, health[key], want)
		}
	}
}

func TestDegraded(t *testing.T) {
	l := testmodels.Tiny(t)
	l.Fail(&models.MissingError{What: "model test/tiny", Fetch: "amalfa models pull test/tiny"})
	s := serve(t, newEngine(t, l, embed.EngineOptions{}), services.Options{})
	testmodels.Eventually(t, "degraded", func() bool { _, body := s.Get(t, "/health"); return body.(object)["state"] == "degraded" })
	if status, _ := s.Get(t, "/ready"); status != http.StatusServiceUnavailable {
		t.Errorf("ready: %d", status)
	}
	status, body := s.Post(t, "/embed", `{"text":"a"}`)
	kind, _ := errorOf(body)
	if hint := fmt.Sprint(body.(object)["error"].(object)["hint"]); status != 503 || kind != "no_model" || !strings.Contains(hint, "amalfa models pull test/tiny") {
		t.Errorf("%d %s, hint %q", status, kind, hint)
	}
	status, body = s.Post(t, "/embed", `{"inputs":"a"}`)
	if kind, _ := errorOf(body); status != 503 || kind != "Unhealthy" {
		t.Errorf("tei: %d %s", status, kind)
	}
	c := newClient(t, s.URL)
	if _, err := c.Embed(t.Context(), []string{"a"}, embed.Options{}); !errors.Is(err, inference.ErrNoModel) {
		t.Errorf("client: %v", err)
	}
}

// TestDrain stops the service while requests are under way: every one that was
// accepted gets its vectors.
func TestDrain(t *testing.T) {
	l := testmodels.Tiny(t)
	l.Hold = make(chan struct{})
	e := newEngine(t, l, embed.EngineOptions{})
	s := serve(t, e, services.Options{})
	const clients = 20
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			status, body := s.Post(t, "/embed", fmt.Sprintf(`{"texts":["a","b","%c"]}`, 'a'+i))
			if status != http.StatusOK {
				t.Errorf("client %d: %d %v", i, status, body)
			}
		})
	}
	testmodels.Eventually(t, "all to be accepted", func() bool { return e.Stats().Waiting == clients })
	s.Stop()
	testmodels.Eventually(t, "stopping", func() bool {
		resp, err := s.Client.Post(s.URL+"/embed", "application/json", strings.NewReader(`{"text":"a"}`))
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		return resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != ""
	})
	close(l.Hold)
	all.Wait()
	if err := s.Wait(); err != nil {
		t.Error(err)
	}
}

// TestClientLeaves shows that a request whose client went away stops costing.
func TestClientLeaves(t *testing.T) {
	l := testmodels.Tiny(t)
	l.Hold = make(chan struct{})
	defer close(l.Hold)
	e := newEngine(t, l, embed.EngineOptions{})
	s := serve(t, e, services.Options{})
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/embed", bytes.NewReader([]byte(`{"text":"a"}`)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	left := make(chan struct{})
	go func() {
		defer close(left)
		if resp, err := s.Client.Do(request); err == nil {
			resp.Body.Close()
			t.Error("it was answered")
		}
	}()
	testmodels.Eventually(t, "the request", func() bool { return e.Stats().Waiting == 1 })
	leave()
	<-left
	testmodels.Eventually(t, "the request to be dropped", func() bool { return e.Stats().Waiting == 0 })
}

func TestManyClients(t *testing.T) {
	s := serve(t, newEngine(t, testmodels.Pinned(t, "bge-small-en-v1.5-q"), embed.EngineOptions{}), services.Options{})
	want := make([]any, 10)
	for i := range want {
		_, want[i] = s.Post(t, "/embed", question(i))
	}
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			status, got := s.Post(t, "/embed", question(i%len(want)))
			if diff := cmp.Diff(want[i%len(want)], got); status != http.StatusOK || diff != "" {
				t.Errorf("client %d: %d %s", i, status, diff)
			}
		})
	}
	all.Wait()
}

func question(i int) string { return fmt.Sprintf(`{"text":"what is note number %d about?"}`, i) }

func TestCacheMetrics(t *testing.T) {
	e := newEngine(t, testmodels.Tiny(t), embed.EngineOptions{Cache: testmodels.Cache(t, filepath.Join(t.TempDir(), "vectors.db"))})
	s := serve(t, e, services.Options{})
	for range 2 {
		if status, _ := s.Post(t, "/embed", `{"texts":["a b","c"],"priority":"bulk"}`); status != http.StatusOK {
			t.Fatal(status)
		}
	}
	resp, err := s.Client.Get(s.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`amalfa_inferences_total{service="vector"} 2`, `amalfa_embedding_cache_hits_total{service="vector"} 2`, `amalfa_embedding_cache_misses_total{service="vector"} 2`} {
		if !strings.Contains(string(body), line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}
