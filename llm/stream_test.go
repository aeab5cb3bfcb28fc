package llm

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"amalfa/testdata/testllm"
)

// A line whose end has not come waits for it; when all streams together hold too much, it goes on in parts. Either way what is
// held is given back.
func TestUnfinishedLinesAreHeld(t *testing.T) {
	line := "data: " + strings.Repeat("x", 5*pieceBytes) + "\n\n"
	for _, tt := range []struct {
		name   string
		others int64 // bytes that other streams hold
	}{{"alone", 0}, {"among many", maxHeld}} {
		p := fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) {
			testllm.SSE(w)
			io.WriteString(w, line)
			_ = http.NewResponseController(w).Flush()
			io.WriteString(w, "data: [DONE]\n\n")
		})
		p.cfg.Limits.Line = 1 << 20
		p.buffers.held.Store(tt.others)
		resp, err := p.Forward(t.Context(), Call{Method: http.MethodPost, Path: "chat/completions", Body: []byte("{}"), Stream: true})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Close()
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

// Whether bytes come at once or one by one, the same one is the first too much.
func FuzzEventSize(f *testing.F) {
	for _, in := range []string{"", "abc", "abc\n\nde", "a\r\n\r\nbcdefgh", "a\rb\rc", "\n\n\n", "ab\r\r\n\ncd\n\r\n"} {
		f.Add([]byte(in), 4, 2)
	}
	f.Fuzz(func(t *testing.T, in []byte, limit, cut int) {
		if limit < 1 || cut < 0 || cut > len(in) {
			return
		}
		var pieces, single eventSize
		got := pieces.add(in[:cut], limit)
		if got == cut {
			got += pieces.add(in[cut:], limit)
		}
		want := 0
		for want < len(in) && single.add(in[want:want+1], limit) == 1 {
			want++
		}
		if got != want {
			t.Errorf("%q with at most %d: %d when cut at %d, %d byte by byte", in, limit, got, cut, want)
		}
	})
}

func TestEventSize(t *testing.T) {
	for _, tt := range []struct {
		in          string
		limit, want int
	}{
		{"abc\n\nde", 5, 7}, {"abc\n\nde", 4, 4}, {"a\r\n\r\nbcdefgh", 7, 12}, {"a\r\n\r\nbcdefgh", 6, 11}, {"a\rb\rc", 4, 4}, {"\n\n\n\n", 2, 4},
	} {
		var size eventSize
		if got := size.add([]byte(tt.in), tt.limit); got != tt.want {
			t.Errorf("%q with at most %d: %d, want %d", tt.in, tt.limit, got, tt.want)
		}
	}
}
