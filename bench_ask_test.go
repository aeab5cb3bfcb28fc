package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkAsk: what POST /ask adds to the first token of its provider, in pairs with a bare request to that provider: until the provider
// is asked, which is the search, and until the first sentence is told, which is its check as well. A sentence comes in one token. The index
// is warm, each question is new; under 30 ms on a quiet machine.
func BenchmarkAsk(b *testing.B) {
	here, err := os.Getwd()
	if err != nil {
		b.Fatal(err)
	}
	var asked atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodGet {
			fmt.Fprint(w, `{"data":[{"id":"m"}]}`)
			return
		}
		asked.Store(time.Now().UnixNano())
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, `data: {"model":"m","choices":[{"delta":{"content":"A ticket is a code that proves itself [1].\nAnd"}}]}`+"\n\n")
		_ = http.NewResponseController(w).Flush()
		fmt.Fprint(w, `data: {"choices":[{"delta":{"content":" more."},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
	}))
	defer srv.Close()
	b.Setenv("OPENAI_BASE_URL", srv.URL+"/v1")
	run := benchProgram(b)
	if err := os.CopyFS("vault", os.DirFS(filepath.Join(here, "testdata", "vault", "notes"))); err != nil {
		b.Fatal(err)
	}
	writeNotes(b, 1000)
	run("init", "--quiet")
	run("vector", "start")
	var st struct{ Port int }
	decode(b, run("sonar", "start", "--json"), &st)
	ask := fmt.Sprintf("http://127.0.0.1:%d/ask", st.Port)
	for b.Loop() {
		var bare, searched, told []time.Duration
		for i := range 4 * benchRuns {
			bare = append(bare, firstLine(b, srv.URL+"/v1/chat/completions", `{"model":"m","stream":true,"messages":[]}`, "data:"))
			from := time.Now()
			first := firstLine(b, ask, fmt.Sprintf(`{"question":"how does ticket number %d prove itself on ramp %d?","stream":true}`, i*b.N, i), `data: {"sentence"`)
			if i < benchRuns { // warming up
				bare = bare[:0]
				continue
			}
			searched = append(searched, time.Unix(0, asked.Load()).Sub(from))
			told = append(told, first)
		}
		direct := ms(middle(bare))
		b.ReportMetric(direct, "ms-first-token-bare")
		b.ReportMetric(ms(middle(searched)), "ms-added-until-asked")
		b.ReportMetric(ms(middle(told))-direct, "ms-added-until-told")
	}
}

// firstLine is the time until a stream has a line that begins so.
func firstLine(b *testing.B, url, body, begins string) time.Duration {
	b.Helper()
	from := time.Now()
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	var spent time.Duration
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if spent == 0 && strings.HasPrefix(lines.Text(), begins) {
			spent = time.Since(from)
		}
	}
	if spent == 0 {
		b.Fatalf("%s sent no %s", url, begins)
	}
	return spent
}
