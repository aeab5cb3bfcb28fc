//go:build cgo

package reranker

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"amalfa/models"
	"amalfa/services"
	"amalfa/testdata/assets"
)

// committed returns one of the small cross-encoders.
func committed(t testing.TB, name, precision string) models.Files {
	t.Helper()
	files, err := (&models.Locator{}).Find("../../testdata/models/"+name, precision)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// loads gives files to engines and counts how often it was asked.
type loads struct {
	files models.Files
	lib   string
	count atomic.Int32
	err   atomic.Pointer[error]
	hold  chan struct{} // closed or nil: loads may go on
}

func (l *loads) load(ctx context.Context) (models.Files, string, error) {
	l.count.Add(1)
	if l.hold != nil {
		select {
		case <-l.hold:
		case <-ctx.Done():
			return models.Files{}, "", ctx.Err()
		}
	}
	if err := l.err.Load(); err != nil {
		return models.Files{}, "", *err
	}
	return l.files, l.lib, nil
}

func (l *loads) fail(err error) { l.err.Store(&err) }

func loadsOf(t testing.TB, files models.Files) *loads {
	return &loads{files: files, lib: assets.Runtime(t)}
}

func newEngine(t testing.TB, l *loads, o EngineOptions) *Engine {
	t.Helper()
	e := NewEngine(l.load, o)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// reference has Hugging Face's tokenizers and onnxruntime score the same files.
// Two logits count as their difference.
func reference(t testing.TB, f models.Files, query string, documents []string) []float64 {
	t.Helper()
	python := assets.Python(t, "onnxruntime==1.32.0", "tokenizers==0.23.3", "numpy==2.4.6")
	in, err := json.Marshal(map[string]any{"query": query, "documents": documents, "max": f.Model.MaxTokens})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "../../testdata/models/reference.py", f.ModelPath, f.TokenizerPath)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderrOf(err))
	}
	var rows [][]float64
	if err := json.Unmarshal(out, &rows); err != nil {
		t.Fatal(err)
	}
	scores := make([]float64, len(rows))
	for i, row := range rows {
		scores[i] = row[0]
		if len(row) == 2 {
			scores[i] = row[1] - row[0]
		}
	}
	return scores
}

func stderrOf(err error) []byte {
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.Stderr
	}
	return nil
}

// service is a running one.
type service struct {
	url    string
	client *http.Client
	server *services.Server
}

// serve starts the service of an engine on a free port.
func serve(t testing.TB, e *Engine) *service {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &service{"http://" + listener.Addr().String(), services.LoopbackClient(), services.New(services.Info{Service: "reranker", Instance: "i"}, services.Options{})}
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, s.server, e, listener) }()
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

type object = map[string]any

// post returns the status, the headers and the decoded body.
func (s *service) post(t testing.TB, path string, body any) (int, http.Header, any) {
	t.Helper()
	text, ok := body.(string)
	if !ok {
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		text = string(data)
	}
	resp, err := s.client.Post(s.url+path, "application/json", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, resp)
}

func (s *service) get(t testing.TB, path string) (int, object) {
	t.Helper()
	resp, err := s.client.Get(s.url + path)
	if err != nil {
		t.Fatal(err)
	}
	status, _, v := decode(t, resp)
	return status, v.(object)
}

func decode(t testing.TB, resp *http.Response) (int, http.Header, any) {
	t.Helper()
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v in %q", err, data)
	}
	return resp.StatusCode, resp.Header, v
}

// eventually polls until ok, for at most ten seconds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited ten seconds for %s", what)
		}
	}
}

// resident is the process's memory in bytes.
func resident(t testing.TB) int {
	t.Helper()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("needs /proc")
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
