package sonar

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// A line whose end has not come waits for it; when all streams together hold too much, it goes on in parts. Either way what is
// held is given back.
func TestUnfinishedLinesAreHeld(t *testing.T) {
	line := "data: " + strings.Repeat("x", 5*pieceBytes) + "\n\n"
	for _, tt := range []struct {
		name   string
		others int64 // bytes that other streams hold
	}{{"alone", 0}, {"among many", maxHeld}} {
		u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
			sse(w)
			io.WriteString(w, line)
			_ = http.NewResponseController(w).Flush()
			io.WriteString(w, "data: [DONE]\n\n")
		})
		c := u.config(OpenAI)
		c.Limits.Line = 1 << 20
		p, err := NewProvider(c)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		p.buffers.held.Store(tt.others)
		resp, err := p.forward(t.Context(), call{method: http.MethodPost, path: "chat/completions", body: []byte("{}"), stream: true})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.close()
		var out strings.Builder
		wholeLines := true
		err = p.copyStream(resp, writerFunc(func(b []byte) (int, error) {
			wholeLines = wholeLines && b[len(b)-1] == '\n'
			return out.Write(b)
		}), func() error { return nil })
		if err != nil || out.String() != line+"data: [DONE]\n\n" || wholeLines != (tt.others == 0) {
			t.Errorf("%s: %v, %d bytes, whole lines %t", tt.name, err, out.Len(), wholeLines)
		}
		if held := p.buffers.held.Load(); held != tt.others {
			t.Errorf("%s: %d bytes are still held, want %d", tt.name, held, tt.others)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// A stream that came compressed has no lines to wait for.
func TestCompressedStreamIsNotHeld(t *testing.T) {
	seen := make(chan struct{})
	u := newUpstream(t, func(w http.ResponseWriter, r *http.Request) {
		sse(w)
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, "\x1f\x8b")
		_ = http.NewResponseController(w).Flush()
		<-seen
	})
	d := start(t, Options{Config: u.config(OpenAI)})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+"/v1/chat/completions", strings.NewReader(`{"model":"m","stream":true}`))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept-Encoding", "gzip") // this client reads it itself
	resp, err := d.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	begun := make([]byte, 2)
	_, err = io.ReadFull(resp.Body, begun)
	close(seen)
	if err != nil || string(begun) != "\x1f\x8b" || resp.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("%q %v %v", begun, err, resp.Header)
	}
}
