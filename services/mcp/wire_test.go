package mcp

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// patience of the tests with anything that should happen at once.
const testTimeout = time.Minute

// A wire is a client that writes raw lines.
type wire struct {
	t     testing.TB
	in    *io.PipeWriter
	lines chan string
	ended chan error // what Serve returned
	next  int
}

func dial(t testing.TB, o Options) *wire { return dialContext(t, context.Background(), o) }

func dialContext(t testing.TB, ctx context.Context, o Options) *wire {
	t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	w := &wire{t: t, in: inW, lines: make(chan string, 100), ended: make(chan error, 1)}
	go func() {
		w.ended <- Serve(ctx, inR, outW, o)
		outW.Close()
	}()
	go func() {
		defer close(w.lines)
		r := bufio.NewReaderSize(outR, 1<<20)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			w.lines <- line
		}
	}()
	t.Cleanup(func() {
		inW.Close()
		for range w.lines { // until Serve has closed its side
		}
	})
	return w
}

func (w *wire) send(line string) {
	w.t.Helper()
	if _, err := io.WriteString(w.in, line+"\n"); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) receive() string {
	w.t.Helper()
	select {
	case line, ok := <-w.lines:
		if !ok {
			w.t.Fatal("the server has gone")
		}
		return line
	case <-time.After(testTimeout):
		w.t.Fatal("no line from the server")
	}
	return ""
}

// a message as it is on the wire.
type message struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func (w *wire) message() message {
	w.t.Helper()
	line := w.receive()
	var m message
	if err := json.Unmarshal([]byte(line), &m); err != nil || m.Version != "2.0" {
		w.t.Fatalf("not a message: %.300s (%v)", line, err)
	}
	return m
}

// ping proves that the server is alive and in step.
func (w *wire) ping() {
	w.t.Helper()
	w.next++
	id := fmt.Sprintf(`"ping-%d"`, w.next)
	w.send(`{"jsonrpc":"2.0","id":` + id + `,"method":"ping"}`)
	if m := w.message(); string(m.ID) != id || m.Error != nil {
		w.t.Fatalf("ping %s was answered by id %s, error %v", id, m.ID, m.Error)
	}
}

func (w *wire) initialize(revision string) {
	w.t.Helper()
	w.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":"init","method":"initialize","params":{"protocolVersion":%q,"capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}`, revision))
	m := w.message()
	var res struct{ ProtocolVersion string }
	if err := json.Unmarshal(m.Result, &res); err != nil || res.ProtocolVersion != revision {
		w.t.Fatalf("initialize: %s %v", m.Result, m.Error)
	}
	w.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
}

// leave closes the input and waits for the server to end.
func (w *wire) leave() {
	w.t.Helper()
	w.in.Close()
	w.gone()
}

// gone waits for the server to end, without an error.
func (w *wire) gone() {
	w.t.Helper()
	select {
	case err := <-w.ended:
		if err != nil {
			w.t.Errorf("Serve ended with %v", err)
		}
	case <-time.After(testTimeout):
		w.t.Fatal("the server did not end")
	}
}

// batch reads one line of answers and returns "id:code" of each, sorted; "single:code" for one that is not in a list.
func (w *wire) batch() string {
	w.t.Helper()
	line := w.receive()
	var list []message
	if err := json.Unmarshal([]byte(line), &list); err != nil {
		var one message
		if err := json.Unmarshal([]byte(line), &one); err != nil || one.Error == nil {
			w.t.Fatalf("not an answer: %s", line)
		}
		return fmt.Sprintf("single:%d", one.Error.Code)
	}
	var out []string
	for _, m := range list {
		code := 0
		if m.Error != nil {
			code = m.Error.Code
		}
		out = append(out, fmt.Sprintf("%s:%d", m.ID, code))
	}
	// "null" first, then by id.
	slices.SortFunc(out, func(a, b string) int {
		return strings.Compare(strings.Replace(a, "null", "!", 1), strings.Replace(b, "null", "!", 1))
	})
	return strings.Join(out, " ")
}
