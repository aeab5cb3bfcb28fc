//go:build unix

package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"amalfa/testdata/limits"
	"amalfa/testdata/onnxtest"
)

// patience is how long something may take before it counts as hung: a minute beside the other rows, on a machine that is busy with more.
const patience = 3 * time.Minute

// yardRuns is how often a command that does nothing is run as the yardstick of all limits, and yard what that took on the machine where
// they were set (2 cores, nothing else at work).
const yardRuns, yard = 5, 110 * time.Millisecond

// keeps fails unless something keeps a limit of the table, which is longer on a busy machine ([limits.Limit]).
func (r *R) keeps(limit time.Duration, do func() (time.Duration, error)) (time.Duration, error) {
	return limits.Limit{Time: limit, Yard: yard, Measure: r.yardstick}.Kept(do)
}

func (r *R) yardstick() (time.Duration, error) {
	from := time.Now()
	for range yardRuns {
		if err := exec.Command(r.Bin, "version").Run(); err != nil {
			return 0, err
		}
	}
	return time.Since(from), nil
}

// A world is a user with a home, services on free ports, and a workspace.
type world struct {
	*R
	bin, home, root string
	env             map[string]string
}

// world makes one whose embedding model is a table of random vectors: everything but the weights is as released, in milliseconds.
func (r *R) world() *world {
	r.Helper()
	w := r.realWorld()
	w.env["EMBEDDING_MODEL"] = r.tinyModel(32)
	return w
}

// realWorld makes one with the model that the program carries.
func (r *R) realWorld() *world {
	r.Helper()
	w := &world{R: r, bin: r.Bin, home: r.TempDir(), root: r.TempDir()}
	w.env = map[string]string{
		"PATH": os.Getenv("PATH"), "TMPDIR": os.TempDir(), "LC_ALL": "C.UTF-8", "NO_COLOR": "1",
		"HOME": w.home, "XDG_CONFIG_HOME": w.home + "/config", "XDG_CACHE_HOME": w.home + "/cache", "XDG_STATE_HOME": w.home + "/state",
		"AMALFA_STATE_DIR": w.home + "/state/amalfa", "AMALFA_CACHE_DIR": r.Cache, "AMALFA_OFFLINE": "1",
		"VECTOR_PORT": "0", "RERANKER_PORT": "0", "SONAR_PORT": "0", "DASHBOARD_PORT": "0", "AMALFA_RERANKER_MODEL": filepath.Join(r.Models, "xlmr"),
	}
	r.Cleanup(func() { w.end() })
	return w
}

// end stops what runs, whatever the row did to the folders.
func (w *world) end() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.bin, "stop-all", "--all", "--root", w.root)
	cmd.Dir, cmd.Env = w.home, w.environ()
	_ = cmd.Run()
}

func (w *world) environ() []string {
	var out []string
	for _, key := range slices.Sorted(maps.Keys(w.env)) {
		out = append(out, key+"="+w.env[key])
	}
	return out
}

// tinyModel is a folder with a model that looks each token up in a table.
func (r *R) tinyModel(width int) string {
	r.Helper()
	dir := r.TempDir()
	data, err := os.ReadFile(filepath.Join(r.Models, "bert", "tokenizer.json"))
	if err != nil {
		r.Fatal(err)
	}
	var tokenizer struct {
		Model struct{ Vocab map[string]int }
	}
	if err := json.Unmarshal(data, &tokenizer); err != nil {
		r.Fatal(err)
	}
	m := onnxtest.Lookup(len(tokenizer.Model.Vocab), width)
	for i := range m.Initializers[0].Data {
		m.Initializers[0].Data[i] = float32((i*7919)%1009)/1009 - 0.5
	}
	r.write(filepath.Join(dir, "model.onnx"), string(m.Bytes()))
	r.write(filepath.Join(dir, "tokenizer.json"), string(data))
	r.write(filepath.Join(dir, "config.json"), fmt.Sprintf(`{"model_type":"bert","hidden_size":%d,"max_position_embeddings":512}`, width))
	return dir
}

// A said is what a command did.
type said struct {
	code     int
	out, err string
	took     time.Duration
	rss      int64 // bytes at its peak, 0 where the system does not say
}

func (s said) String() string { return fmt.Sprintf("exit %d\n%.2000s%.2000s", s.code, s.out, s.err) }

var crashed = regexp.MustCompile(`(?m)^(panic: |fatal error: |goroutine \d+ \[|SIGSEGV|unexpected fault)`)

// amalfa runs a command to its end, whatever its exit code. One that hangs or panics fails the row.
func (w *world) amalfa(args ...string) said {
	w.Helper()
	return w.through(nil, args...)
}

// through runs the program by another one, as strace or unshare.
func (w *world) through(wrap []string, args ...string) said {
	w.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := w.run(w.command(ctx, wrap, args...))
	if ctx.Err() != nil {
		w.Errorf("amalfa %s hangs", strings.Join(args, " "))
	} else if err != nil {
		w.Fatalf("amalfa %s: %v", strings.Join(args, " "), err)
	}
	return s
}

func (w *world) command(ctx context.Context, wrap []string, args ...string) *exec.Cmd {
	line := append(slices.Clone(wrap), w.bin)
	line = append(line, args...)
	cmd := exec.CommandContext(ctx, line[0], line[1:]...)
	cmd.Dir, cmd.Env = w.root, w.environ()
	cmd.WaitDelay = time.Second // a daemon may have inherited the pipes
	return cmd
}

func (w *world) run(cmd *exec.Cmd) (said, error) {
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	from := time.Now()
	err := cmd.Start()
	var peak func() int64
	if err == nil {
		peak = watchPeak(cmd.Process.Pid)
		err = cmd.Wait()
	}
	s := said{out: out.String(), err: errs.String(), took: time.Since(from)}
	if cmd.ProcessState != nil {
		s.code, s.rss = cmd.ProcessState.ExitCode(), peak()
	}
	if crashed.MatchString(s.err) || crashed.MatchString(s.out) {
		w.Errorf("%s crashed: %v", cmd, s)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) || errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	return s, err
}

// must runs a command that has to succeed.
func (w *world) must(args ...string) said {
	w.Helper()
	s := w.amalfa(args...)
	if s.code != 0 {
		w.Fatalf("amalfa %s: %v", strings.Join(args, " "), s)
	}
	return s
}

// expect fails unless a command ends with one of the codes and says what it should.
func (s said) expect(pattern string, codes ...int) error {
	if !slices.Contains(codes, s.code) {
		return fmt.Errorf("want exit %v, have %v", codes, s)
	}
	if !regexp.MustCompile(pattern).MatchString(s.out + s.err) {
		return fmt.Errorf("want %q, have %v", pattern, s)
	}
	return nil
}

func (w *world) note(name, text string) {
	w.Helper()
	w.write(filepath.Join(w.root, name), text)
}

func (w *world) path(name string) string { return filepath.Join(w.root, name) }

// notes writes n notes that link to each other; each has words of its own.
func (w *world) notes(n int) {
	w.Helper()
	for i := range n {
		w.note(fmt.Sprintf("n%d.md", i), noteText(i, n, ""))
	}
}

func noteText(i, n int, more string) string {
	return fmt.Sprintf("---\ntags: [t%d]\n---\n# Boat %d\n\nSee [[n%d]] and [the other](n%d.md).\n\n## Cargo\n\n%d sacks of salt, word%dx%s.\n\n## Same\n\nEvery boat has a keel.\n",
		i%9, i, i*7%n, i*13%n, i*7919%1000, i, more)
}

// eventually polls until ok returns nil, and returns how long that took and what was last wrong.
func eventually(limit time.Duration, ok func() error) (time.Duration, error) {
	from := time.Now()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ok()
		if err == nil {
			return time.Since(from), nil
		}
		if time.Since(from) > limit {
			return time.Since(from), fmt.Errorf("after %v: %w", limit, err)
		}
		<-tick.C
	}
}
