package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"amalfa/inference/rerank"
	"amalfa/llm"
)

// A fakeReranker gives each document the number that it ends with, through f.
type fakeReranker struct {
	path, dialect string
	f             func(float64) float64
	asked         int
	before        func(asked int, r *http.Request)
}

func (f *fakeReranker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct{ Texts, Documents []string }
	if r.URL.Path != f.path {
		http.NotFound(w, r)
		return
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		panic(err)
	}
	docs := in.Documents
	if f.dialect == tei {
		docs = in.Texts
	}
	if docs == nil {
		w.WriteHeader(http.StatusUnprocessableEntity)
		return
	}
	f.asked++
	if f.before != nil {
		f.before(f.asked, r)
	}
	list := []map[string]any{}
	for i, d := range slices.Backward(docs) {
		var n float64
		fmt.Sscan(d[strings.LastIndexByte(d, ' ')+1:], &n)
		list = append(list, map[string]any{"index": i, map[string]string{tei: "score", cohere: "relevance_score"}[f.dialect]: f.f(n)})
	}
	w.Header().Set("Content-Type", "application/json")
	if f.dialect == tei {
		json.NewEncoder(w).Encode(list)
		return
	}
	json.NewEncoder(w).Encode(map[string]any{"results": list})
}

func reranker(t *testing.T, h http.Handler, path string) *Reranker {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	r, err := NewReranker(Config{URL: srv.URL + path, Model: "m", Key: key, Getenv: environment})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func documents(n int) (docs []string) {
	for i := range n {
		docs = append(docs, fmt.Sprint("document ", i))
	}
	return docs
}

func TestRerankDialects(t *testing.T) {
	for _, tt := range []struct{ url, path, dialect string }{
		{"", "/rerank", tei}, {"", "/rerank", cohere}, {"", "/v1/rerank", cohere}, {"", "/v2/rerank", cohere}, {"/rerank", "/rerank", tei},
		{"/rerank", "/rerank", cohere}, {"/v1", "/v1/rerank", cohere}, {"/v1/rerank", "/v1/rerank", cohere},
	} {
		t.Run(tt.url+"→"+tt.path+"/"+tt.dialect, func(t *testing.T) {
			r := reranker(t, &fakeReranker{path: tt.path, dialect: tt.dialect, f: func(n float64) float64 { return n / 100 }}, tt.url)
			a, err := r.Score(t.Context(), rerank.Request{Query: "q", Documents: documents(30), Order: []int{29, 3}})
			if err != nil || a.Judged != 30 {
				t.Fatalf("%d judged, %v", a.Judged, err)
			}
			for i, s := range a.Scores {
				if !s.Judged || s.Value != float64(i)/100 {
					t.Errorf("%d: %+v", i, s)
				}
			}
		})
	}
}

func TestLogits(t *testing.T) {
	r := reranker(t, &fakeReranker{path: "/rerank", dialect: tei, f: func(n float64) float64 { return n - 15 }}, "")
	a, err := r.Score(t.Context(), rerank.Request{Query: "q", Documents: documents(30)})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range a.Scores {
		if want := 1 / (1 + math.Exp(15-float64(i))); s.Value != want || s.Raw != float64(i)-15 {
			t.Errorf("%d: %+v, want %v", i, s, want)
		}
	}
}

// TestBudget has a server stand still at its second request, and what the first has judged count.
func TestBudget(t *testing.T) {
	f := &fakeReranker{path: "/rerank", dialect: tei, f: func(n float64) float64 { return n / 100 }, before: func(asked int, r *http.Request) {
		if asked == 2 {
			<-r.Context().Done()
		}
	}}
	r := reranker(t, f, "")
	if _, err := r.Score(t.Context(), rerank.Request{Query: "q", Documents: documents(1)}); err != nil { // the connection is there
		t.Fatal(err)
	}
	f.asked = 0
	a, err := r.Score(t.Context(), rerank.Request{Query: "q", Documents: documents(30), Order: []int{20}, Budget: 3 * time.Second})
	if err != nil || a.Judged != requestDocuments || !a.Scores[20].Judged {
		t.Errorf("%d judged, %v", a.Judged, err)
	}
}

func TestMisbehavingReranker(t *testing.T) {
	for name, body := range map[string]string{
		"too few": `[{"index":0,"score":1}]`, "twice": `[{"index":0,"score":1},{"index":0,"score":1}]`, "in vain": `[{"index":0,"score":1},{"index":2,"score":1}]`,
		"no score": `[{"index":0,"score":1},{"index":1}]`, "NaN": `[{"index":0,"score":1},{"index":1,"score":NaN}]`, "endless": `[{"index":0,"score":1},{"index":1,"score":1e999}]`,
		"words": `[{"index":0,"score":"good"},{"index":1,"score":"bad"}]`, "object": `{}`, "nothing": "", "garbage": "\x00",
	} {
		r := reranker(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, body)
		}), "/rerank")
		_, err := r.Score(t.Context(), rerank.Request{Query: "q", Documents: documents(2)})
		if f, ok := errors.AsType[*llm.Fault](err); !ok || f.Kind != llm.KindGarbage {
			t.Errorf("%s: %v", name, err)
		}
	}
}
