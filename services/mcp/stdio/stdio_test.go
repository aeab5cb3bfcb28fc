package stdio

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 20)
	tests := []struct {
		name, in string
		want     []string // "!" marks a line that was too long
	}{
		{"nothing", "", nil},
		{"one", "a\n", []string{"a"}},
		{"no last newline", "a\nb", []string{"a", "b"}},
		{"blank lines", "\n\r\n \na\n\n", []string{"a"}},
		{"carriage return stays", "a\r\n", []string{"a\r"}},
		{"at the limit", long[:10] + "\n", []string{long[:10]}},
		{"over the limit", long[:11] + "\nb\n", []string{"!" + long[:11], "b"}},
		{"over the limit at the end", "a\n" + long, []string{"a", "!" + long}},
		{"two too long", long + "\n" + long + "\nb", []string{"!" + long, "!" + long, "b"}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			for name, r := range map[string]io.Reader{
				"whole": strings.NewReader(tc.in),
				"bytes": iotest.OneByteReader(strings.NewReader(tc.in)),
				"late":  iotest.DataErrReader(strings.NewReader(tc.in)),
			} {
				got, err := lines(newLineReader(r, 10))
				if d := cmp.Diff(tc.want, got); d != "" || err != io.EOF {
					t.Errorf("%s: error %v, lines (-want +got):\n%s", name, err, d)
				}
			}
		})
	}
}

func lines(r *lineReader) (got []string, err error) {
	for {
		switch f := r.next(); {
		case f.err != nil:
			return got, f.err
		case f.tooLong:
			got = append(got, "!"+string(f.line))
		default:
			got = append(got, string(f.line))
		}
	}
}

// FuzzLines compares with cutting the whole input at once.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\n\r\nbb\x00\n"), 3)
	f.Add([]byte("{\"id\":1}\n\n[[[["), 5)
	f.Add(bytes.Repeat([]byte("x"), 200_000), 70_000)
	f.Fuzz(func(t *testing.T, in []byte, max int) {
		if max < 1 || max > 1<<20 {
			return
		}
		r := newLineReader(bytes.NewReader(in), max)
		for _, want := range bytes.Split(in, []byte("\n")) {
			if len(want) > max {
				// What is kept of a long line is a start of it; a blank start is passed over.
				want = want[:min(len(want), maxPrefix, max+64<<10)]
				if len(bytes.TrimSpace(want)) == 0 {
					continue
				}
				f := r.next()
				if !f.tooLong || !bytes.HasPrefix(want, f.line[:min(len(f.line), len(want))]) {
					t.Fatalf("long line: %q, want a start of %q", f.line, want)
				}
				continue
			}
			if len(bytes.TrimSpace(want)) == 0 {
				continue
			}
			if f := r.next(); f.tooLong || !bytes.Equal(f.line, want) {
				t.Fatalf("line %q (too long: %v), want %q", f.line, f.tooLong, want)
			}
		}
		if f := r.next(); f.err != io.EOF {
			t.Fatalf("a line too many: %q", f.line)
		}
	})
}

// FuzzMessages feeds whole sessions to a connection: whatever comes in, what goes out is one valid message a line.
func FuzzMessages(f *testing.F) {
	f.Add([]byte("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n[]\n"))
	f.Add([]byte("{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{}}\n[{},1,null]\n{\"id\":1e3}"))
	f.Add([]byte("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":1}}"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		tr := New(bytes.NewReader(in), &out)
		tr.Grace = time.Nanosecond
		c, err := tr.Connect(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for {
			msg, err := c.Read(context.Background())
			if err != nil {
				break
			}
			if req, ok := msg.(*jsonrpc.Request); ok && req.IsCall() {
				if err := c.Write(context.Background(), &jsonrpc.Response{ID: req.ID, Result: []byte("{}")}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for line := range bytes.Lines(out.Bytes()) {
			if fault := checkText(line); fault != nil {
				t.Errorf("wrote %q: %s", line, fault.text)
			}
		}
	})
}

func TestDecode(t *testing.T) {
	id := func(v any) jsonrpc.ID {
		id, err := jsonrpc.MakeID(v)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	tests := []struct {
		name, in string
		want     jsonrpc.Message
		id       string // of the fault
	}{
		{"call", `{"jsonrpc":"2.0","id":7,"method":"m","params":{"a":1}}`, &jsonrpc.Request{ID: id(7.0), Method: "m", Params: []byte(`{"a":1}`)}, ""},
		{"notification", `{"jsonrpc":"2.0","method":"m"}`, &jsonrpc.Request{Method: "m"}, ""},
		{"text id", `{"jsonrpc":"2.0","id":"7","method":"m"}`, &jsonrpc.Request{ID: id("7"), Method: "m"}, ""},
		{"integer as a float", `{"jsonrpc":"2.0","id":7.0,"method":"m"}`, &jsonrpc.Request{ID: id(7.0), Method: "m"}, ""},
		{"empty method", `{"jsonrpc":"2.0","id":7,"method":""}`, &jsonrpc.Request{ID: id(7.0)}, ""},
		{"result", `{"jsonrpc":"2.0","id":7,"result":null}`, &jsonrpc.Response{ID: id(7.0), Result: []byte("null")}, ""},
		{"error", `{"jsonrpc":"2.0","id":7,"error":{"code":3,"message":"x"}}`, &jsonrpc.Response{ID: id(7.0), Error: &jsonrpc.Error{Code: 3, Message: "x"}}, ""},
		{"result and error", `{"jsonrpc":"2.0","id":7,"result":1,"error":{}}`, nil, "7"},
		{"error is text", `{"jsonrpc":"2.0","id":7,"error":"x"}`, nil, "7"},
		{"answer without an id", `{"jsonrpc":"2.0","result":1}`, nil, ""},
		{"two ids", `{"jsonrpc":"2.0","id":1,"id":2,"method":"m"}`, &jsonrpc.Request{ID: id(2.0), Method: "m"}, ""},
		{"other case", `{"jsonrpc":"2.0","id":1,"Method":"m","method":"n"}`, &jsonrpc.Request{ID: id(1.0), Method: "n"}, ""},
		{"infinite id", `{"jsonrpc":"2.0","id":1e999,"method":"m"}`, nil, ""},
		{"array", `[]`, nil, ""},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got, fault := decode([]byte(tc.in))
			if (fault != nil) != (tc.want == nil) || (fault != nil && string(fault.id) != tc.id) {
				t.Fatalf("fault %+v", fault)
			}
			if d := cmp.Diff(tc.want, got, cmp.AllowUnexported(jsonrpc.ID{})); d != "" {
				t.Errorf("message (-want +got):\n%s", d)
			}
		})
	}
}

func TestIDOfPrefix(t *testing.T) {
	tests := map[string]string{
		`{"jsonrpc":"2.0","id":7,"params":{"x":"yyy`: "7",
		`{"params":{"id":1},"id":"a","method`:        `"a"`,
		`{"params":{"id":1},"x":"`:                   "",
		`{"id":{},"x`:                                "",
		`["id",7`:                                    "",
		`xxxx`:                                       "",
		``:                                           "",
	}
	for in, want := range tests {
		if got := idOfPrefix([]byte(in)); string(got) != want {
			t.Errorf("idOfPrefix(%q) = %s, want %s", in, got, want)
		}
	}
}

// TestWriterFails ends the session with the writer's error instead of hiding it.
func TestWriterFails(t *testing.T) {
	tr := New(strings.NewReader("garbage\n"), failing{})
	c, err := tr.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Read(context.Background()); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Read = %v, want the writer's error", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWatchParent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var parent atomic.Int64
		parent.Store(42)
		ctx, cancel := context.WithCancel(t.Context())
		go watch(ctx, cancel, func() int { return int(parent.Load()) }, parentPoll)
		time.Sleep(time.Minute)
		if ctx.Err() != nil {
			t.Fatal("ended while the parent lives")
		}
		parent.Store(1)
		time.Sleep(parentPoll)
		synctest.Wait()
		if ctx.Err() == nil {
			t.Fatal("goes on without its parent")
		}
	})
	outer, stop := context.WithCancel(context.Background())
	watched := WatchParent(outer)
	stop()
	<-watched.Done()
}
