package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"amalfa/setup"
	"amalfa/testdata/assets"
	"amalfa/testdata/clients"
	"amalfa/testdata/vault"

	"github.com/google/go-cmp/cmp"
)

// A place is a user of their own, with an index of the demo's vault, for the program as it is released.
type place struct {
	t              testing.TB
	bin, home, dir string
	own, env       []string // variables of this user; all variables
}

func newPlace(t testing.TB) *place {
	t.Helper()
	return placeIn(t, t.TempDir())
}

// placeIn is newPlace, with the vault in a folder that has a name of its own.
func placeIn(t testing.TB, dir string) *place {
	t.Helper()
	p := &place{t: t, bin: program(t), home: t.TempDir(), dir: dir}
	p.own = []string{"HOME=" + p.home, "XDG_CONFIG_HOME=" + p.home + "/config", "XDG_CACHE_HOME=" + p.home + "/cache", "XDG_STATE_HOME=" + p.home + "/state",
		"AMALFA_STATE_DIR=" + p.home + "/state/amalfa", "AMALFA_CACHE_DIR=" + filepath.Join(assets.Dir(t), "script-cache"), "AMALFA_OFFLINE=1", "VECTOR_PORT=0", "RERANKER_PORT=0", "SONAR_PORT=0", "DASHBOARD_PORT=0", "NO_COLOR=1"}
	p.env = append(os.Environ(), p.own...)
	err := fs.WalkDir(vault.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := vault.FS.ReadFile(name)
		if err != nil {
			return err
		}
		path := filepath.Join(p.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		return os.WriteFile(path, data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.run("stop-all", "--all") })
	p.run("init")
	return p
}

// command runs the program for this user and this vault.
func (p *place) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.bin, append(args, "--root", p.dir)...)
	cmd.Dir, cmd.Env = p.home, p.env
	return cmd
}

func (p *place) run(args ...string) string {
	p.t.Helper()
	out, err := p.command(args...).CombinedOutput()
	if err != nil {
		p.t.Fatalf("amalfa %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// outside runs a program of others, and returns its standard output.
func (p *place) outside(t testing.TB, name string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var said bytes.Buffer
	cmd.Env, cmd.Stderr = p.env, &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s\n%s", name, args, err, out, said.Bytes())
	}
	return out
}

// serveHTTP starts `serve --http` and returns its address and process.
func (p *place) serveHTTP() (string, *os.Process) {
	p.t.Helper()
	cmd := p.command("serve", "--http", "0", "--json")
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			p.t.Errorf("serve --http ended with %v", err)
		}
	})
	var said struct{ URL string }
	if err := json.NewDecoder(out).Decode(&said); err != nil {
		p.t.Fatal(err)
	}
	return said.URL, cmd.Process
}

// TestMCPClients talks to the released program with clients that others wrote.
func TestMCPClients(t *testing.T) {
	p := newPlace(t)
	url, _ := p.serveHTTP()
	t.Run("python", func(t *testing.T) {
		python := assets.Python(t, clients.PythonMCP)
		for mode, version := range map[string]string{"auto": "2026-07-28", "legacy": "2025-11-25"} {
			for transport, target := range map[string][]string{"stdio": {p.bin, "serve", "--root", p.dir}, "http": {url}} {
				t.Run(transport+" "+version, func(t *testing.T) {
					var got map[string]any
					out := p.outside(t, python, append([]string{"testdata/mcp/demo.py", mode}, target...)...)
					if err := json.Unmarshal(out, &got); err != nil {
						t.Fatalf("%v\n%s", err, out)
					}
					want := map[string]any{"version": version, "tools": 14.0, "answer": vault.Answer, "path": true, "wrong": true, "note": true}
					if d := cmp.Diff(want, got); d != "" {
						t.Error(d)
					}
				})
			}
		}
	})
	t.Run("inspector", func(t *testing.T) {
		node, modules := assets.NPM(t, clients.MCPInspector)
		cli := []string{filepath.Join(modules, "@modelcontextprotocol", "inspector", "clients", "launcher", "build", "index.js"), "--cli"}
		for _, kv := range p.own { // it hands over nothing else
			cli = append(cli, "-e", kv)
		}
		for transport, target := range map[string][]string{"stdio": {p.bin, "serve", "--root", p.dir}, "http": {url, "--transport", "http"}} {
			t.Run(transport, func(t *testing.T) {
				tools := string(p.outside(t, node, slices.Concat(cli, target, []string{"--method", "tools/list"})...))
				if n := strings.Count(tools, `"inputSchema"`); n != 14 {
					t.Errorf("%d tools:\n%s", n, tools)
				}
				found := string(p.outside(t, node, slices.Concat(cli, target, []string{"--method", "tools/call", "--tool-name", "search_documents", "--tool-arg", "query=" + vault.Question})...))
				if !strings.Contains(found, vault.Answer) {
					t.Error(found)
				}
			})
		}
	})
}

var setupLine = regexp.MustCompile(`(?m)^amalfa (setup-mcp --client (\S+) --write --check)`)

// TestReadmeSetsUpClients runs README's line for each client, as a user of their own, and calls a tool through the entry.
func TestReadmeSetsUpClients(t *testing.T) {
	p := newPlace(t)
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, m := range setupLine.FindAllStringSubmatch(string(readme), -1) {
		named = append(named, m[2])
		t.Run(m[2], func(t *testing.T) {
			home := t.TempDir()
			cmd := p.command(strings.Fields(m[1])...)
			cmd.Env = append(p.env, "HOME="+home, "XDG_CONFIG_HOME="+home+"/.config")
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "written to "+home) || !strings.Contains(string(out), "14 tools") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	var known []string
	for _, c := range setup.Clients() {
		known = append(known, c.Name)
	}
	slices.Sort(named)
	slices.Sort(known)
	if d := cmp.Diff(known, named); d != "" {
		t.Errorf("README's lines and the clients differ (-clients +README):\n%s", d)
	}
}

// A talk is one client on standard input and output.
type talk struct {
	t   testing.TB
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func (p *place) talk() *talk {
	p.t.Helper()
	w := &talk{t: p.t, cmd: p.command("mcp")}
	in, err := w.cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	w.in, w.out = in, bufio.NewReaderSize(out, 1<<20)
	p.t.Cleanup(func() {
		w.in.Close()
		if err := w.cmd.Wait(); err != nil {
			p.t.Errorf("mcp ended with %v", err)
		}
	})
	w.ask(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`)
	fmt.Fprintln(w.in, `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	return w
}

func (w *talk) ask(line string) string {
	w.t.Helper()
	fmt.Fprintln(w.in, line)
	answer, err := w.out.ReadString('\n')
	if err != nil {
		w.t.Fatal(err)
	}
	return answer
}

const (
	askStatus = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"memory_status","arguments":{}}}`
	askList   = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}`
)

func askSearch(query string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search_documents","arguments":{"query":%q}}}`, query)
}

// warm searches until the model answers.
func (w *talk) warm() {
	w.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-time.After(100 * time.Millisecond) {
		if strings.Contains(w.ask(askSearch(vault.Question)), `"degraded":[]`) {
			return
		}
	}
	w.t.Fatal("the model does not answer")
}

// BenchmarkMCP reports the median round trip over standard input and output, demo vault, warm.
func BenchmarkMCP(b *testing.B) {
	p := newPlace(b)
	w := p.talk()
	w.warm()
	questions := []string{vault.Question, "who repairs the card readers", "what did we decide about the database", "storm weekend", "offline tickets"}
	for name, line := range map[string]func(int) string{
		"memory_status":    func(int) string { return askStatus },
		"search_documents": func(i int) string { return askSearch(fmt.Sprintf("%s %d", questions[i%len(questions)], i)) },
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				if answer := w.ask(line(i)); strings.Contains(answer, `"isError":true`) || strings.Contains(answer, `"error":`) {
					b.Fatal(answer)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms/median")
		})
	}
}

// TestMCPIdleMemory holds the resident size of an idle server against its limit.
func TestMCPIdleMemory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	p := newPlace(t)
	w := p.talk()
	w.ask(askList)
	w.ask(askStatus)
	kb := 0
	for range 600 { // it becomes idle some time after the last request, and the machine may be busy
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.cmd.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
		if kb, err = strconv.Atoi(string(m[1])); err != nil {
			t.Fatal(err)
		}
		if kb <= 60_000 {
			t.Logf("%d kB", kb)
			return
		}
		<-time.After(100 * time.Millisecond)
	}
	t.Errorf("an idle server takes %d kB, more than 60 MB", kb)
}

// TestMCPManyHTTPClients lets 50 clients ask for AMALFA_MCP_LOAD, three seconds if that is not set.
func TestMCPManyHTTPClients(t *testing.T) {
	lasts, err := time.ParseDuration(os.Getenv("AMALFA_MCP_LOAD"))
	if err != nil {
		lasts = 3 * time.Second
	}
	p := newPlace(t)
	url, _ := p.serveHTTP()
	ctx, cancel := context.WithTimeout(context.Background(), lasts)
	defer cancel()
	var asked atomic.Int64
	var clients sync.WaitGroup
	for i := range 50 {
		clients.Go(func() {
			hc := &http.Client{Transport: &http.Transport{Proxy: nil}, Timeout: patience}
			defer hc.CloseIdleConnections()
			lines := []string{askStatus, askSearch(vault.Question), askList, askSearch(fmt.Sprintf("ferry %d", i))}
			for n := 0; ctx.Err() == nil; n++ {
				if err := askHTTP(hc, url, lines[n%len(lines)]); err != nil {
					t.Errorf("client %d, request %d: %v", i, n, err)
					return
				}
				asked.Add(1)
			}
		})
	}
	clients.Wait()
	t.Logf("%d answers in %s", asked.Load(), lasts)
}

func askHTTP(hc *http.Client, url, line string) error {
	req, err := http.NewRequest(http.MethodPost, url, strings.NewReader(line))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json, text/event-stream")
	resp, err := hc.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"result":`)) || bytes.Contains(body, []byte(`"isError":true`))) {
		err = fmt.Errorf("%s: %.300s", resp.Status, body)
	}
	return err
}
