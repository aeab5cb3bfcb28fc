package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"amalfa/testdata/assets"
	"amalfa/testdata/pgserver"
	"amalfa/testdata/testllm"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScript runs testdata/script/*.txtar against the program as it is
// released: built with everything inside, started as a real process. Each
// script has its own HOME, state folder and free ports.
func TestScript(t *testing.T) { runScripts(t, "testdata/script") }

// runScripts runs the scripts of a folder, each with more variables.
func runScripts(t *testing.T, dir string, more ...string) {
	bin := program(t)
	cache := filepath.Join(assets.Dir(t), "script-cache")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	refuseWorkspaceAbove(t, os.TempDir())
	testscript.Run(t, testscript.Params{
		Dir: dir,
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, ".home")
			if err := os.MkdirAll(home, 0o700); err != nil {
				return err
			}
			for _, kv := range append([]string{
				"HOME=" + home, "XDG_CONFIG_HOME=" + home + "/config", "XDG_CACHE_HOME=" + home + "/cache",
				"AMALFA_STATE_DIR=" + home + "/state", "AMALFA_CACHE_DIR=" + cache,
				"VECTOR_PORT=0", "RERANKER_PORT=0", "SONAR_PORT=0", "DASHBOARD_PORT=0", "AMALFA_OFFLINE=1", "NO_COLOR=1", "LC_ALL=C.UTF-8",
				"PATH=" + filepath.Dir(bin) + string(os.PathListSeparator) + os.Getenv("PATH"),
				"AMALFA=" + bin,
				"MODELS=" + filepath.Join(here, "testdata", "models"),
				"TALK=" + filepath.Join(here, "testdata", "clients", "talk.py"),
			}, more...) {
				key, value, _ := strings.Cut(kv, "=")
				env.Setenv(key, value)
			}
			env.Defer(func() { stopEverything(bin, env) })
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"eventually": eventually, "atonce": atonce, "http": httpCommand, "field": field,
			"hub": hub, "readme": readme, "page": page, "listen": listen, "alive": alive, "signal": signalCommand, "repeat": repeat, "plain": plain,
			"ollama": ollamaCommand, "llm": llmCommand, "cloud": cloudCommand, "elsewhere": elsewhereCommand,
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Getuid() == 0, nil
			case "unshare":
				return runtime.GOOS == "linux" && exec.Command("unshare", "-n", "true").Run() == nil, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
	})
}

// program builds the full program once per test run. What goes into it may not
// be to be had here, which skips the test; code that does not build fails it.
var program = func() func(testing.TB) string {
	build := sync.OnceValues(func() (string, error) { return buildProgram("amalfa", "-tags", "amalfa_full") })
	return func(t testing.TB) string {
		t.Helper()
		generate := exec.Command("go", "generate", "./models")
		if out, err := generate.CombinedOutput(); err != nil {
			assets.Missing(t, "the runtime and model of the full program", fmt.Errorf("%w\n%s", err, out))
		}
		bin, err := build()
		if err != nil {
			t.Fatal(err)
		}
		return bin
	}
}()

// programDir holds the program until the tests end.
var programDir string

func buildProgram(name string, flags ...string) (string, error) {
	bin := filepath.Join(programDir, name)
	args := append(append([]string{"build"}, flags...), "-o", bin, ".")
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return bin, nil
}

func TestMain(m *testing.M) {
	var err error
	if programDir, err = os.MkdirTemp("", "amalfa-bin-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := max(m.Run(), pgserver.Stop())
	_ = os.RemoveAll(programDir)
	os.Exit(code)
}

func stopEverything(bin string, env *testscript.Env) {
	cmd := exec.Command(bin, "stop-all", "--all", "--root", filepath.Join(env.WorkDir, ".home")) // where no settings are that a script has broken
	cmd.Env = env.Vars
	_ = cmd.Run() // a script may have broken its own state folder on purpose
}

// eventually DURATION PATTERN COMMAND ARGS... repeats a command until its
// output matches, or fails after the time.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	limit, err := time.ParseDuration(args[0])
	ts.Check(err)
	want := regexp.MustCompile(args[1])
	var out string
	for end := time.Now().Add(limit); time.Now().Before(end); <-time.After(50 * time.Millisecond) {
		cmd := exec.Command(lookup(ts, args[2]), args[3:]...)
		cmd.Dir, cmd.Env = ts.MkAbs("."), environ(ts)
		text, _ := cmd.CombinedOutput() // what it says decides, not its exit code
		out = string(text)
		if want.MatchString(out) != neg {
			return
		}
	}
	ts.Fatalf("after %s %q still prints:\n%s", limit, args[2:], out)
}

// atonce N COMMAND ARGS... runs N processes at the same time; all must exit 0.
// Their outputs become stdout, one after another.
func atonce(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	outs := make([]bytes.Buffer, n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			cmd := exec.Command(lookup(ts, args[1]), args[2:]...)
			cmd.Dir, cmd.Env = ts.MkAbs("."), environ(ts)
			cmd.Stdout, cmd.Stderr = &outs[i], &outs[i]
			errs[i] = cmd.Run()
		})
	}
	wg.Wait()
	var all strings.Builder
	for i := range outs {
		all.Write(outs[i].Bytes())
	}
	ts.Check(os.WriteFile(ts.MkAbs("atonce.txt"), []byte(all.String()), 0o600))
	if err := errors.Join(errs...); (err != nil) != neg {
		ts.Fatalf("%v\n%s", err, all.String())
	}
}

func lookup(ts *testscript.TestScript, name string) string {
	if name == "amalfa" {
		return ts.Getenv("AMALFA")
	}
	return name
}

func environ(ts *testscript.TestScript) []string {
	env := os.Environ()
	for _, key := range []string{
		"HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "AMALFA_STATE_DIR", "AMALFA_CACHE_DIR",
		"VECTOR_PORT", "RERANKER_PORT", "SONAR_PORT", "DASHBOARD_PORT", "AMALFA_OFFLINE", "NO_COLOR", "PATH", "AMALFA",
	} {
		env = append(env, key+"="+ts.Getenv(key))
	}
	return env
}

// http STATUS METHOD URL [BODY [HEADER...]] sends a request and writes the
// answer's body to http.txt.
func httpCommand(ts *testscript.TestScript, neg bool, args []string) {
	body := ""
	if len(args) > 3 {
		body = args[3]
	}
	req, err := http.NewRequest(args[1], args[2], strings.NewReader(body))
	ts.Check(err)
	req.Header.Set("Content-Type", "application/json")
	for _, h := range args[min(4, len(args)):] {
		key, value, _ := strings.Cut(h, ": ")
		if key == "Host" {
			req.Host = value
		}
		req.Header.Set(key, value)
	}
	resp, err := (&http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}).Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("http.txt"), data, 0o600))
	if (strconv.Itoa(resp.StatusCode) == args[0]) == neg {
		ts.Fatalf("%s %s: %s\n%s", args[1], args[2], resp.Status, data)
	}
}

// field VARIABLE FILE KEY sets a variable to a top-level value of a JSON file.
func field(ts *testscript.TestScript, neg bool, args []string) {
	var tree map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &tree))
	value, ok := tree[args[2]]
	if !ok || value == nil {
		if neg {
			return
		}
		ts.Fatalf("%s has no %s", args[1], args[2])
	}
	if n, isNumber := value.(float64); isNumber {
		ts.Setenv(args[0], strconv.FormatFloat(n, 'f', -1, 64))
		return
	}
	ts.Setenv(args[0], fmt.Sprint(value))
}

// plain VARIABLE sets a variable to the path of a build that carries nothing.
func plain(ts *testscript.TestScript, neg bool, args []string) {
	bin, err := buildPlain()
	ts.Check(err)
	ts.Setenv(args[0], bin)
}

var buildPlain = sync.OnceValues(func() (string, error) { return buildProgram("amalfa-plain") })

// listen VARIABLE opens a port as a stranger that answers every /health with
// {"status":"ok"}; what it receives besides goes to stranger.txt.
func listen(ts *testscript.TestScript, neg bool, args []string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	log := ts.MkAbs("stranger.txt")
	ts.Check(os.WriteFile(log, nil, 0o600))
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path != "/health" {
			_ = os.WriteFile(log, append([]byte(r.Method+" "+r.URL.Path+" "), body...), 0o600)
		}
		_, _ = io.WriteString(w, `{"status":"ok","ready":true,"state":"ready"}`)
	})}
	go func() { _ = srv.Serve(ln) }()
	ts.Defer(func() { _ = srv.Close() })
	ts.Setenv(args[0], strconv.Itoa(ln.Addr().(*net.TCPAddr).Port))
}

// hub VARIABLE FOLDER serves a folder's files as those of every repository of
// a model hub, and sets the variable to its address.
func hub(ts *testscript.TestScript, neg bool, args []string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(args[1], filepath.Base(r.URL.Path)))
	})}
	go func() { _ = srv.Serve(ln) }()
	ts.Defer(func() { _ = srv.Close() })
	ts.Setenv(args[0], "http://"+ln.Addr().String())
}

// llm VARIABLE RULES serves a model that answers by the rules of a file, writes what it is told to asked.txt, and sets the variable to
// its base URL.
func llmCommand(ts *testscript.TestScript, neg bool, args []string) {
	model := &testllm.Scripted{}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), model))
	log, err := os.OpenFile(ts.MkAbs("asked.txt"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	ts.Check(err)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	model.Log = log
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: testllm.ReadFirst(model.ServeHTTP)}
	go func() { _ = srv.Serve(ln) }()
	ts.Defer(func() { _, _ = srv.Close(), log.Close() })
	ts.Setenv(args[0], "http://"+ln.Addr().String()+"/v1")
}

// readme NAME FILE writes the commands that README shows under a name, a line each.
func readme(ts *testscript.TestScript, neg bool, args []string) {
	copyBlock(ts, filepath.Join("..", "README.md"), args[0], args[1])
}

// page FILE NAME TO copies the commands that stand below a comment of that name in a page of docs.
func page(ts *testscript.TestScript, neg bool, args []string) {
	copyBlock(ts, args[0], args[1], args[2])
}

func copyBlock(ts *testscript.TestScript, page, name, to string) {
	data, err := os.ReadFile(filepath.Join(ts.Getenv("MODELS"), "..", "..", "docs", page))
	ts.Check(err)
	block := regexp.MustCompile("(?s)<!-- " + name + " -->\n```sh\n(.*?)```").FindSubmatch(data)
	if block == nil {
		ts.Fatalf("%s shows no commands named %s", page, name)
	}
	ts.Check(os.WriteFile(ts.MkAbs(to), block[1], 0o600))
}

// alive PID fails if the process is gone (or, negated, if it is there).
func alive(ts *testscript.TestScript, neg bool, args []string) {
	// A zombie has ended; in a container nobody may collect it.
	stat, err := os.ReadFile("/proc/" + args[0] + "/stat")
	lives := err == nil && !strings.Contains(string(stat), ") Z ")
	if lives == neg {
		ts.Fatalf("process %s: alive is %v", args[0], lives)
	}
}

// signal NAME PID sends a signal to a process of this script.
func signalCommand(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(ts.Exec("kill", "-"+args[0], args[1]))
}

// repeat N FILE TEXT writes TEXT N times to a file.
func repeat(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	text, err := strconv.Unquote(`"` + args[2] + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Repeat(text, n)), 0o600))
}

// refuseWorkspaceAbove ends the test where a folder that holds all scripts'
// folders is somebody's workspace: every script would index it.
func refuseWorkspaceAbove(t *testing.T, dir string) {
	t.Helper()
	for {
		for _, mark := range []string{".amalfa", "amalfa.settings.json"} {
			if path := filepath.Join(dir, mark); exists(path) {
				t.Fatalf("%s makes a workspace of every script's parent: remove it, or set TMPDIR to another folder", path)
			}
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return
		}
		dir = parent
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
