//go:build cgo

package vector

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/inference"
	"amalfa/inference/embed"
	"amalfa/services"
	"amalfa/testdata/testmodels"
)

func newClient(t testing.TB, url string) *Client {
	hc := services.LoopbackClient()
	t.Cleanup(hc.CloseIdleConnections)
	return NewClient(url, hc)
}

func TestClientIsLikeEngine(t *testing.T) {
	e := newEngine(t, testmodels.Tiny(t), embed.EngineOptions{})
	c := newClient(t, serve(t, e, services.Options{}).URL)
	var texts []string
	for i := range requestTexts + 50 { // two requests
		texts = append(texts, strings.Repeat(string(rune('a'+i%26))+" ", 1+i%9))
	}
	for _, o := range []embed.Options{{}, {Input: embed.Query}, {Input: embed.Passage, Bulk: true}, {Long: embed.Chunk}} {
		want, err := e.Embed(t.Context(), texts, o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Embed(t.Context(), texts, o)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%+v: %v %s", o, err, diff)
		}
	}
	if v, err := c.Embed(t.Context(), nil, embed.Options{}); len(v) != 0 || err != nil {
		t.Errorf("no texts: %v, %v", v, err)
	}
}

func TestClientErrors(t *testing.T) {
	c := newClient(t, serve(t, newEngine(t, testmodels.Tiny(t), embed.EngineOptions{}), services.Options{}).URL)
	for name, test := range map[string]struct {
		texts []string
		want  error
	}{
		"empty":     {[]string{"a", ""}, embed.ErrEmpty},
		"too large": {[]string{strings.Repeat("a", MaxTextBytes+1)}, inference.ErrTooLarge},
	} {
		if _, err := c.Embed(t.Context(), test.texts, embed.Options{}); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, o := range []embed.Options{{Scale: embed.Raw}, {Left: true}, {Input: "answer"}} {
		if _, err := c.Embed(t.Context(), []string{"a"}, o); err == nil {
			t.Errorf("%+v was let through", o)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Embed(ctx, []string{"a"}, embed.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestClientStaysHome(t *testing.T) {
	for _, base := range []string{"http://example.com:3010", "http://10.0.0.1:3010", "https://127.0.0.1:3010", "http://127.0.0.1.evil.example", "ftp://localhost", "::"} {
		if _, err := newClient(t, base).Embed(t.Context(), []string{"a secret"}, embed.Options{}); err == nil {
			t.Errorf("%s was asked", base)
		}
	}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	hop := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer hop.Close()
	if _, err := newClient(t, hop.URL).Embed(t.Context(), []string{"a secret"}, embed.Options{}); err == nil {
		t.Error("a redirect was taken for an answer")
	}
}

// TestClientWaits meets a full queue twice.
func TestClientWaits(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) < 3 {
			services.WriteError(w, &services.Error{Status: http.StatusTooManyRequests, Kind: "busy", Message: "full"})
			return
		}
		services.WriteJSON(w, http.StatusOK, manyVectors{Vectors: [][]float32{{1}}, Dimensions: 1, Tokens: []int{3}, Truncated: []bool{false}})
	}))
	defer server.Close()
	c := newClient(t, server.URL)
	if _, err := c.Embed(t.Context(), []string{"a"}, embed.Options{}); !errors.Is(err, inference.ErrBusy) {
		t.Errorf("interactive: %v", err)
	}
	if v, err := c.Embed(t.Context(), []string{"a"}, embed.Options{Bulk: true}); err != nil || len(v) != 1 {
		t.Errorf("bulk: %v, %v", v, err)
	}
}

func TestClientDistrusts(t *testing.T) {
	for name, reply := range map[string]any{
		"too few":        manyVectors{Vectors: [][]float32{}, Tokens: []int{}, Truncated: []bool{}},
		"wrong width":    manyVectors{Vectors: [][]float32{{1, 2}}, Dimensions: 3, Tokens: []int{1}, Truncated: []bool{false}},
		"empty vector":   manyVectors{Vectors: [][]float32{{}}, Tokens: []int{1}, Truncated: []bool{false}},
		"no tokens":      manyVectors{Vectors: [][]float32{{1}}, Dimensions: 1},
		"something else": []int{1},
		"text":           json.RawMessage(`"hello"`),
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			services.WriteJSON(w, http.StatusOK, reply)
		}))
		if v, err := newClient(t, server.URL).Embed(t.Context(), []string{"a"}, embed.Options{}); err == nil {
			t.Errorf("%s: took %v", name, v)
		}
		server.Close()
	}
}

func TestPortion(t *testing.T) {
	large := strings.Repeat("x", requestBytes/2+1)
	for name, test := range map[string]struct {
		texts []string
		want  int
	}{
		"few":       {[]string{"a", "b"}, 2},
		"many":      {strings.Split(strings.Repeat("a,", 1000), ","), requestTexts},
		"large":     {[]string{"a", large, large, "b"}, 2},
		"one large": {[]string{large + large, "b"}, 1},
	} {
		if got := portion(test.texts); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}
