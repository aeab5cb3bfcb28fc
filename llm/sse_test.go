package llm

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"amalfa/testdata/testllm"

	"github.com/google/go-cmp/cmp"
)

// readEvents reads all events and the error that ended them.
func readEvents(r io.Reader, limit int) ([]string, error) {
	var got []string
	e := NewEventReader(r, limit, func() {})
	for {
		data, err := e.Next()
		if err != nil {
			return got, err
		}
		got = append(got, string(data))
	}
}

func TestEventReader(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
		err      error
	}{
		{"empty", "", nil, io.EOF},
		{"one", "data: a\n\n", []string{"a"}, io.EOF},
		{"no space", "data:a\n\n", []string{"a"}, io.EOF},
		{"one space only is dropped", "data:  a\n\n", []string{" a"}, io.EOF},
		{"line ends", "data: a\r\n\r\ndata: b\r\rdata: c\n\r\ndata: d\n\n", []string{"a", "b", "c", "d"}, io.EOF},
		{"lines of one event", "data: a\ndata\ndata: b\n\n", []string{"a\n\nb"}, io.EOF},
		{"empty data is an event", "data:\n\n", []string{""}, io.EOF},
		{"comments and other fields", ": hi\nevent: x\nid: 1\nretry: 5\ndatax: no\nnothing\n\ndata: a\n\n", []string{"a"}, io.EOF},
		{"byte order mark", "\uFEFFdata: a\n\n", []string{"a"}, io.EOF},
		{"colons inside", "data: {\"a\":1}\n\n", []string{`{"a":1}`}, io.EOF},
		{"missing last empty line", "data: a\n\ndata: b\n", []string{"a", "b"}, io.EOF},
		{"cut inside a line", "data: a\n\ndata: {\"b", []string{"a"}, io.ErrUnexpectedEOF},
		{"done without its line end", "data: a\n\ndata: [DONE]", []string{"a", "[DONE]"}, io.EOF},
		{"line at the limit", "data: " + strings.Repeat("x", 58) + "\n\n", []string{strings.Repeat("x", 58)}, io.EOF},
		{"line over the limit", "data: " + strings.Repeat("x", 70) + "\n\n", nil, errLineTooLong},
		{"event over the limit", strings.Repeat("data: 0123456789\n", 7) + "\n", nil, errLineTooLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, r := range []io.Reader{strings.NewReader(tt.in), iotest.OneByteReader(strings.NewReader(tt.in)), iotest.DataErrReader(strings.NewReader(tt.in))} {
				got, err := readEvents(r, 64)
				if !errors.Is(err, tt.err) {
					t.Errorf("ended with %v, want %v", err, tt.err)
				}
				if d := cmp.Diff(tt.want, got); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

func TestReadErrorBeatsTheCutLine(t *testing.T) {
	broken := errors.New("broken")
	if _, err := readEvents(io.MultiReader(strings.NewReader("data: a"), iotest.ErrReader(broken)), 64); err != broken {
		t.Errorf("got %v", err)
	}
}

// A CR must end its line at once: waiting for a possible LF would hold the last event back until the next one.
func TestEventsAreNotHeldBack(t *testing.T) {
	for _, end := range []string{"\n\n", "\r\r", "\r\n\r\n"} {
		r, w := io.Pipe()
		go io.WriteString(w, "data: a"+end)
		data, err := NewEventReader(r, 64, func() {}).Next()
		if string(data) != "a" || err != nil {
			t.Errorf("%q: got %q, %v", end, data, err)
		}
		r.Close()
	}
}

func TestBeatIsForWholeLines(t *testing.T) {
	beats := 0
	e := NewEventReader(iotest.OneByteReader(strings.NewReader("data: a\n\n: c\nx")), 64, func() { beats++ })
	for {
		if _, err := e.Next(); err != nil {
			break
		}
	}
	if beats != 3 {
		t.Errorf("%d beats, want 3", beats)
	}
}

func FuzzEventReader(f *testing.F) {
	for _, s := range []string{"data: a\n\n", "data: a\r\rdata:b\r\n\r\n", "\uFEFFdata: [DONE]", ":\n\x00\xff\n\n", "data\ndata\n\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		whole, err := readEvents(bytes.NewReader(in), 1<<10)
		single, err1 := readEvents(iotest.OneByteReader(bytes.NewReader(in)), 1<<10)
		if !errors.Is(err1, err) {
			t.Fatalf("at once %v, byte by byte %v", err, err1)
		}
		if d := cmp.Diff(whole, single); d != "" {
			t.Fatal("what comes out depends on how it comes in", d)
		}
		for _, e := range whole {
			if len(e) > 1<<10 || strings.ContainsRune(e, '\r') {
				t.Fatalf("event %q", e)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"choices":[{"delta":{"content":[{"type":"text","text":"a"}]}}],"error":null}`))
	f.Add([]byte(`{"message":{"content":null},"done":true,"error":{"code":3}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		p := &Provider{cfg: Config{Key: testllm.Canary}}
		for _, d := range []dialect{{decode: decodeOpenAI}, {decode: decodeOllama}} {
			got, err := p.parseChunk(d, in)
			if s := got.text + got.model; err == nil && (strings.Contains(s, testllm.Canary) || strings.ToValidUTF8(s, "") != s) {
				t.Fatalf("%q", s)
			}
		}
	})
}
