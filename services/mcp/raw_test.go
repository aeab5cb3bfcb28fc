package mcp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"amalfa/services/mcp/stdio"
	"amalfa/store"
)

// TestRawLines sends what a broken client may send. After each case a ping must be answered, by the same server.
func TestRawLines(t *testing.T) {
	const null = "null"
	call := func(id, method, params string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":%q,"params":%s}`, id, method, params)
	}
	tests := []struct {
		name, line string
		id         string // of the answer; "" = none
		code       int    // 0 = a result
	}{
		{"garbage", "hello, world", null, -32700},
		{"truncated", `{"jsonrpc":"2.0","id":1,"method":"pi`, null, -32700},
		{"two values", `{"jsonrpc":"2.0","id":1,"method":"ping"}{}`, null, -32700},
		{"deep", strings.Repeat("[", 100_000), null, -32700},
		{"deep and closed", strings.Repeat(`{"a":`, 2000) + "1" + strings.Repeat("}", 2000), null, -32700},
		{"invalid UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\xfe\"}", null, -32700},
		{"NUL", "{\"jsonrpc\":\"2.0\",\x00\"id\":1}", null, -32700},
		{"over the cap", call("7", "ping", `{"a":"`+strings.Repeat("x", 5<<20)+`"}`), "7", -32600},
		{"over the cap without an id", strings.Repeat("x", 5<<20), null, -32600},
		{"number", "42", null, -32600},
		{"null", "null", null, -32600},
		{"no version", `{"id":3,"method":"ping"}`, "3", -32600},
		{"wrong version", `{"jsonrpc":"1.0","id":3,"method":"ping"}`, "3", -32600},
		{"version in capitals", `{"JSONRPC":"2.0","id":3,"method":"ping"}`, "3", -32600},
		{"no method", `{"jsonrpc":"2.0","id":3}`, "3", -32600},
		{"method is a number", `{"jsonrpc":"2.0","id":3,"method":7}`, "3", -32600},
		{"method is null", `{"jsonrpc":"2.0","id":3,"method":null}`, "3", -32600},
		{"id is null", `{"jsonrpc":"2.0","id":null,"method":"ping"}`, null, -32600},
		{"id is an object", `{"jsonrpc":"2.0","id":{},"method":"ping"}`, null, -32600},
		{"id is a fraction", `{"jsonrpc":"2.0","id":1.5,"method":"ping"}`, null, -32600},
		{"id is too large", `{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}`, null, -32600},
		{"batch", "[" + call("1", "ping", "{}") + "]", null, -32600},
		{"empty batch", "[]", null, -32600},
		{"unknown method", call("4", "no/such", "{}"), "4", -32601},
		{"unknown method, no params", `{"jsonrpc":"2.0","id":4,"method":"no/such"}`, "4", -32601},
		{"params are a string", call("4", "tools/call", `"x"`), "4", -32602},
		{"params are missing", `{"jsonrpc":"2.0","id":4,"method":"tools/call"}`, "4", -32600},
		{"tool name is a number", call("4", "tools/call", `{"name":3}`), "4", -32602},
		{"unknown tool", call("4", "tools/call", `{"name":"rm"}`), "4", -32602},
		{"unknown prompt", call("4", "prompts/get", `{"name":"rm"}`), "4", -32602},
		{"unknown resource", call("4", "resources/read", `{"uri":"file:///etc/passwd"}`), "4", -32602},
		{"bad cursor", call("4", "tools/list", `{"cursor":"???"}`), "4", -32602},
		{"second initialize", call("4", "initialize", `{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a","version":"1"}}`), "4", -32603},
		{"notification nobody knows", `{"jsonrpc":"2.0","method":"notifications/what"}`, "", 0},
		{"notification that is a request", `{"jsonrpc":"2.0","method":"tools/list"}`, "", 0},
		{"cancelled without a call", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}`, "", 0},
		{"cancelled with garbage", `{"jsonrpc":"2.0","method":"notifications/cancelled","params":[1]}`, "", 0},
		{"answer nobody asked for", `{"jsonrpc":"2.0","id":5,"result":{}}`, "", 0},
		{"error nobody asked for", `{"jsonrpc":"2.0","id":5,"error":{"code":1,"message":"x"}}`, "", 0},
		{"blank line", " \t ", "", 0},
		{"windows line end", call("6", "ping", "{}") + "\r", "6", 0},
		{"id of text", call(`"ü\u0000\n"`, "ping", "{}"), `"ü\u0000\n"`, 0},
		{"id zero", call("0", "ping", "{}"), "0", 0},
		{"params are null", call("6", "ping", "null"), "6", 0},
	}
	w := dial(t, newVault(t).options())
	w.initialize("2025-11-25")
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			w.send(tc.line)
			if tc.id != "" {
				m := w.message()
				code := 0
				if m.Error != nil {
					code = m.Error.Code
				}
				if string(m.ID) != tc.id || code != tc.code || (code == 0) == (m.Result == nil) {
					t.Errorf("answer: id %s, code %d, result %s, error %+v; want id %s, code %d", m.ID, code, m.Result, m.Error, tc.id, tc.code)
				}
			}
			w.ping()
		})
	}
	w.t = t
	w.leave()
}

// What is promised, an end within a second, is the sum of two constants; how long it takes on a busy machine is no test of ours.
func TestEndsWithinASecond(t *testing.T) {
	if promised := stdio.DefaultGrace + stdio.LateGrace + closeGrace; promised > 700*time.Millisecond {
		t.Errorf("an end may take %s", promised)
	}
}

func TestBeforeInitialize(t *testing.T) {
	w := dial(t, newVault(t).options())
	w.send("garbage")
	if m := w.message(); m.Error == nil || m.Error.Code != -32700 {
		t.Errorf("garbage: %+v", m)
	}
	w.send(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	if m := w.message(); m.Error == nil || m.Error.Code != -32600 {
		t.Errorf("tools/list before initialize: %+v", m.Error)
	}
	w.ping()
	w.initialize("2025-06-18")
	w.ping()
}

func TestBatches(t *testing.T) {
	ping := func(id int) string { return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"ping"}`, id) }
	many := make([]string, 200)
	for i := range many {
		many[i] = ping(i)
	}
	tests := []struct{ name, line, want string }{
		{"two calls", "[" + ping(1) + "," + ping(2) + "]", "1:0 2:0"},
		{"call and notification", `[` + ping(1) + `,{"jsonrpc":"2.0","method":"notifications/what"}]`, "1:0"},
		{"notifications only", `[{"jsonrpc":"2.0","method":"notifications/what"}]`, ""},
		{"member is garbage", "[1," + ping(2) + "]", "null:-32600 2:0"},
		{"same id twice", "[" + ping(3) + "," + ping(3) + "]", "null:-32600 3:0"},
		{"nested", "[[" + ping(1) + "]]", "null:-32600"},
		{"initialize inside", `[{"jsonrpc":"2.0","id":4,"method":"initialize","params":{}}]`, "4:-32600"},
		{"empty", "[]", "single:-32600"},
		{"too many", "[" + strings.Join(many, ",") + "]", "single:-32600"},
		{"unknown method", `[{"jsonrpc":"2.0","id":5,"method":"x/y"}]`, "5:-32601"},
	}
	for _, revision := range []string{"2024-11-05", "2025-03-26"} {
		w := dial(t, newVault(t).options())
		w.initialize(revision)
		for _, tc := range tests {
			t.Run(revision+"/"+tc.name, func(t *testing.T) {
				w.t = t
				w.send(tc.line)
				if tc.want != "" {
					if got := w.batch(); got != tc.want {
						t.Errorf("answers %q, want %q", got, tc.want)
					}
				}
				w.ping()
			})
		}
		w.t = t
	}
}

// panicking is a store that does not survive a question.
type panicking struct{ store.Store }

func (panicking) Stats(context.Context) (store.Stats, error) { panic("boom with note text") }
func (panicking) Find(context.Context, string) ([]store.Note, error) {
	var none []store.Note
	return none[:len("x")], nil
}
func (panicking) Get(context.Context, string) (store.Note, error) {
	return store.Note{}, store.ErrNotFound
}
func (panicking) List(context.Context, string, string, int) ([]store.Note, error) {
	panic(errors.New("boom"))
}

func TestPanickingHandlers(t *testing.T) {
	v := newVault(t)
	o := v.options()
	open := o.Open
	o.Open = func(ctx context.Context) (store.Store, error) {
		st, err := open(ctx)
		return panicking{st}, err
	}
	w := dial(t, o)
	w.initialize("2025-11-25")
	for _, tc := range []struct{ name, params, want string }{
		{"tools/call", `{"name":"memory_status","arguments":{}}`, `"isError":true`},
		{"tools/call", `{"name":"read_node_content","arguments":{"id":"x"}}`, `"isError":true`},
		{"tools/call", `{"name":"list_directory_structure","arguments":{}}`, `"isError":true`},
		{"resources/read", `{"uri":"amalfa://stats/summary"}`, `"code":-32603`},
		{"resources/list", `{}`, `"code":-32603`},
		{"completion/complete", `{"ref":{"type":"ref/prompt","name":"recall"},"argument":{"name":"topic","value":"x"}}`, `"code":-32603`},
	} {
		w.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":%q,"params":%s}`, tc.name, tc.params))
		if line := w.receive(); !strings.Contains(line, tc.want) || strings.Contains(line, "boom") {
			t.Errorf("%s %s: %s", tc.name, tc.params, line)
		}
		w.ping()
	}
}

// stuck is a store whose questions end only with their context, or never.
type stuck struct {
	store.Store
	began chan struct{}
	deaf  chan struct{} // if not nil, contexts are ignored until it is closed
}

func (s stuck) Stats(ctx context.Context) (store.Stats, error) {
	s.began <- struct{}{}
	if s.deaf != nil {
		<-s.deaf
		return store.Stats{}, errors.New("woken")
	}
	<-ctx.Done()
	return store.Stats{}, ctx.Err()
}

func (v *vault) stuck(deaf chan struct{}) (Options, chan struct{}) {
	o := v.options()
	open, began := o.Open, make(chan struct{}, 100)
	o.Open = func(ctx context.Context) (store.Store, error) {
		st, err := open(ctx)
		return stuck{st, began, deaf}, err
	}
	return o, began
}

const statusCall = `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"memory_status","arguments":{}}}`

func TestCancelledCall(t *testing.T) {
	o, began := newVault(t).stuck(nil)
	o.Running = 1
	w := dial(t, o)
	w.initialize("2025-11-25")
	for id := range 3 { // each takes the only slot: a cancelled call that went on would keep the next from beginning
		w.send(fmt.Sprintf(statusCall, id))
		<-began
		w.ping()
		w.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%d}}`, id))
		w.ping() // and no answer to the call before it
	}
}

func TestDuplicateID(t *testing.T) {
	o, began := newVault(t).stuck(nil)
	w := dial(t, o)
	w.initialize("2025-11-25")
	w.send(fmt.Sprintf(statusCall, 1))
	<-began
	w.send(fmt.Sprintf(statusCall, 1))
	if m := w.message(); string(m.ID) != "null" || m.Error == nil || m.Error.Code != -32600 {
		t.Errorf("answer to the second: %+v", m)
	}
	w.ping()
}

func TestFloodOfCalls(t *testing.T) {
	o, _ := newVault(t).stuck(nil)
	w := dial(t, o)
	w.initialize("2025-11-25")
	go func() {
		for id := range 300 {
			if _, err := fmt.Fprintf(w.in, statusCall+"\n", id); err != nil {
				return
			}
		}
	}()
	for range 300 - 128 {
		if m := w.message(); m.Error == nil || m.Error.Code != -32000 {
			t.Fatalf("answer: %+v", m)
		}
	}
	w.leave() // more errors are left to write than anybody reads
}

func TestEndOfInputDuringCalls(t *testing.T) {
	for _, name := range []string{"cancelled", "deaf"} {
		t.Run(name, func(t *testing.T) {
			var deaf chan struct{}
			if name == "deaf" {
				deaf = make(chan struct{})
				defer close(deaf)
			}
			o, began := newVault(t).stuck(deaf)
			w := dial(t, o)
			w.initialize("2025-11-25")
			w.send(fmt.Sprintf(statusCall, 1))
			<-began
			w.in.Close()
			if m := w.message(); string(m.ID) != "1" || m.Error == nil || m.Error.Code != -32603 || !strings.Contains(m.Error.Message, "keep it open") {
				t.Errorf("answer: %+v", m)
			}
			w.gone()
		})
	}
}

func TestContextEnds(t *testing.T) {
	o, began := newVault(t).stuck(nil)
	ctx, cancel := context.WithCancel(context.Background())
	w := dialContext(t, ctx, o)
	w.initialize("2025-11-25")
	w.send(fmt.Sprintf(statusCall, 1))
	<-began
	cancel()
	w.gone()
}

// TestPipedScript is `printf … | amalfa serve`: the answers come although the input has already ended.
func TestPipedScript(t *testing.T) {
	var out strings.Builder
	in := `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"sh","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"search_documents","arguments":{"query":"tide tables"}}}
{"jsonrpc":"2.0","id":3,"method":"pi`
	s := New(newVault(t).options())
	defer s.Close()
	transport := stdio.New(strings.NewReader(in), &out)
	transport.Grace = testTimeout // a busy machine must not decide this test
	session, err := s.sdk.Connect(context.Background(), transport, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Wait(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 || !strings.Contains(out.String(), `docs/tides.md:`) || !strings.Contains(out.String(), "-32700") {
		t.Errorf("%d lines:\n%s", len(lines), out.String())
	}
}
