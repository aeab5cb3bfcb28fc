//go:build unix

package faults

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// An agent is one client of `amalfa mcp` on its standard input and output.
type agent struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string
	id    int
}

// mcp starts a session and introduces itself.
func (w *world) mcp() *agent {
	w.Helper()
	a, err := w.startMCP()
	if err != nil {
		w.Fatal(err)
	}
	return a
}

func (w *world) startMCP(flags ...string) (*agent, error) {
	cmd := w.command(context.Background(), nil, append([]string{"mcp"}, flags...)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	a := &agent{cmd: cmd, in: in, lines: make(chan string, 1000)}
	w.Cleanup(func() { _ = cmd.Process.Kill() })
	go func() {
		defer close(a.lines)
		sc := bufio.NewScanner(out)
		sc.Buffer(nil, 64<<20)
		for sc.Scan() {
			a.lines <- sc.Text()
		}
	}()
	_, err = a.call("initialize", map[string]any{"protocolVersion": "2025-06-18", "capabilities": map[string]any{}, "clientInfo": map[string]any{"name": "faults", "version": "1"}})
	if err == nil {
		err = a.send(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	}
	return a, err
}

func (a *agent) send(line string) error {
	_, err := io.WriteString(a.in, line+"\n")
	return err
}

// call returns the result of a request; answers to others are passed over.
func (a *agent) call(method string, params any) (json.RawMessage, error) {
	a.id++
	data, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": a.id, "method": method, "params": params})
	if err != nil {
		return nil, err
	}
	if err := a.send(string(data)); err != nil {
		return nil, err
	}
	limit := time.After(patience)
	for {
		select {
		case <-limit:
			return nil, fmt.Errorf("%s: no answer within %v", method, patience)
		case line, ok := <-a.lines:
			if !ok {
				return nil, fmt.Errorf("%s: the server has ended", method)
			}
			var m struct {
				ID     any
				Result json.RawMessage
				Error  json.RawMessage
			}
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				return nil, fmt.Errorf("a line that is no JSON: %.200s", line)
			}
			if n, ok := m.ID.(float64); ok && int(n) == a.id {
				if m.Error != nil {
					return nil, errors.New(string(m.Error))
				}
				return m.Result, nil
			}
		}
	}
}

// close ends the input, on which the server has to end, with 0.
func (a *agent) close() error {
	_, err := a.ends()
	return err
}

// ends closes, and returns how long the server took to end.
func (a *agent) ends() (time.Duration, error) {
	from := time.Now()
	if err := a.in.Close(); err != nil {
		return 0, err
	}
	for range a.lines { // to the end
	}
	err := a.cmd.Wait()
	return time.Since(from), err
}

// garbage is what a broken client may write on one line.
func garbage() map[string]string {
	return map[string]string{
		"words": "hello", "half an object": `{"jsonrpc":"2.0","id":7,"method":"tools/li`, "empty": "", "spaces": "    ", "a number": "7", "null": "null", "a list": "[]",
		"a batch":      `[{"jsonrpc":"2.0","id":8,"method":"ping"},{"jsonrpc":"2.0","id":9,"method":"ping"}]`,
		"deep nesting": strings.Repeat("[", 100000),
		"deep object":  `{"jsonrpc":"2.0","id":10,"method":"ping","params":` + strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20001),
		"17 MiB":       `{"jsonrpc":"2.0","id":11,"method":"ping","params":{"a":"` + strings.Repeat("x", 17<<20) + `"}}`,
		"binary":       "\x00\x01\x02\xff\xfe", "bad UTF-8": "{\"jsonrpc\":\"2.0\",\"id\":12,\"method\":\"\xff\"}",
		"no method": `{"jsonrpc":"2.0","id":13}`, "unknown method": `{"jsonrpc":"2.0","id":14,"method":"no/such"}`, "wrong version": `{"jsonrpc":"1.0","id":15,"method":"ping"}`,
		"an id of a list": `{"jsonrpc":"2.0","id":[1],"method":"ping"}`, "params of a number": `{"jsonrpc":"2.0","id":16,"method":"tools/call","params":7}`,
		"an answer": `{"jsonrpc":"2.0","id":17,"result":{}}`, "two in a line": `{"jsonrpc":"2.0","id":18,"method":"ping"}{"jsonrpc":"2.0","id":19,"method":"ping"}`,
	}
}

// F28: a client sends garbage, closes its input, or dies.
func badClient(r *R) {
	w := r.world()
	w.notes(5)
	w.must("init", "--quiet")
	cases := garbage()
	var slowest time.Duration
	for name, line := range cases {
		r.try(name, func() error {
			took, err := r.keeps(time.Second, func() (time.Duration, error) {
				a, err := w.startMCP()
				if err != nil {
					return 0, err
				}
				if err := a.send(line); err != nil {
					return 0, fmt.Errorf("it ended: %w", err)
				}
				if _, err := a.call("ping", map[string]any{}); err != nil {
					return 0, err
				}
				return a.ends()
			})
			slowest = max(slowest, took)
			return err
		})
	}
	r.try("the client dies", func() error {
		// The shell is the client; it is killed, and its end of the pipe with it.
		cmd := exec.Command("sh", "-c", `sleep 600 | "$0" mcp >/dev/null & echo $!; wait`, w.Bin)
		cmd.Dir, cmd.Env = w.root, w.environ()
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		out, err := cmd.StdoutPipe()
		if err != nil {
			return err
		}
		if err := cmd.Start(); err != nil {
			return err
		}
		var pid int
		if _, err := fmt.Fscan(out, &pid); err != nil {
			return err
		}
		if _, err := eventually(patience, func() error { return w.amalfa("servers", "--json").expect(`"sessions": 1`, 0) }); err != nil {
			return err
		}
		killed := exec.Command("pkill", "-9", "-P", fmt.Sprint(cmd.Process.Pid), "sleep") // children of our shell alone
		_ = killed.Run()
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		_ = cmd.Wait()
		_, err = gone(pid, patience)
		return err
	})
	r.try("sound", w.sound)
	r.figure("deaths 0/%d; ends %.2f s after its input at most", len(cases), slowest.Seconds())
}

// manyAgents runs n sessions on one index at once.
func manyAgents(r *R, w *world, n int) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			r.try(fmt.Sprintf("agent %d", i), func() error {
				a, err := w.startMCP()
				if err != nil {
					return err
				}
				for range 3 {
					result, err := a.call("tools/call", map[string]any{"name": "search_documents", "arguments": map[string]any{"query": fmt.Sprintf("word%dx", i%20)}})
					if err != nil {
						return err
					}
					if !strings.Contains(string(result), fmt.Sprintf("n%d.md", i%20)) {
						return fmt.Errorf("another's answer: %.300s", result)
					}
				}
				return a.close()
			})
		})
	}
	wg.Wait()
}

func mcpRows() []row {
	return []row{{"F28", "an agent's client sends garbage, or dies", false, badClient}}
}
