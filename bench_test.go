package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"amalfa/testdata/assets"
)

// The benchmarks of the whole program, as a user starts it: `task bench`. Each
// prints medians of ten runs; the limits they are held against stand beside
// them and hold on a quiet machine. The rooms have benchmarks of their own.

const benchRuns = 10

// BenchmarkVersion: a process from start to end, under 30 ms.
func BenchmarkVersion(b *testing.B) {
	run := benchProgram(b)
	for b.Loop() {
		b.ReportMetric(ms(median(b, func() { run("version") })), "ms/version")
	}
}

// BenchmarkVectorStart: from nothing to ready with a warm cache, under 1.5 s;
// and what the daemon then holds in memory, under 450 MB.
func BenchmarkVectorStart(b *testing.B) {
	run := benchProgram(b)
	run("vector", "start")
	run("vector", "stop")
	for b.Loop() {
		var spent []time.Duration
		for range benchRuns {
			from := time.Now()
			run("vector", "start")
			spent = append(spent, time.Since(from))
			run("vector", "stop")
		}
		b.ReportMetric(ms(middle(spent)), "ms/start")
		run("vector", "start")
		run("embed", strings.Repeat("tide tables of the old harbour ", 200))
		var row struct{ RSSBytes int64 }
		decode(b, run("vector", "status", "--json"), &row)
		b.ReportMetric(float64(row.RSSBytes)/1e6, "MB/vector")
		run("vector", "stop")
	}
}

// BenchmarkSearch: a question as a whole process with the daemon ready.
func BenchmarkSearch(b *testing.B) {
	run := benchProgram(b)
	writeNotes(b, 1000)
	run("init")
	for b.Loop() {
		b.ReportMetric(ms(median(b, func() { run("search", "which boat left the harbour") })), "ms/search")
	}
	run("stop-all")
}

// BenchmarkInitUnchanged: 10,000 files that did not change, under 1 s and
// without a single embedding; and one changed file among them, from its edit
// to the answer that shows it, by two processes, under 1 s.
func BenchmarkInitUnchanged(b *testing.B) {
	run := benchProgram(b)
	writeNotes(b, 10_000)
	run("init", "--quiet")
	for b.Loop() {
		b.ReportMetric(ms(median(b, func() {
			var sum struct{ Unchanged, Embedded int }
			decode(b, run("init", "--json", "--quiet"), &sum)
			if sum.Unchanged != 10_000 || sum.Embedded != 0 {
				b.Fatalf("unchanged %d, embedded %d", sum.Unchanged, sum.Embedded)
			}
		})), "ms/init")
		edit := 0
		b.ReportMetric(ms(median(b, func() {
			edit++
			word := fmt.Sprintf("lantern%dkeeper", edit)
			if err := os.WriteFile(filepath.Join("d7", "n7.md"), []byte("# Note 7\n\nThe "+word+" left.\n"), 0o644); err != nil {
				b.Fatal(err)
			}
			run("init", "--quiet")
			var answer struct{ Results []struct{ ID string } }
			decode(b, run("search", "--json", word), &answer)
			if len(answer.Results) == 0 || answer.Results[0].ID != "d7/n7.md" {
				b.Fatalf("%s is not found: %+v", word, answer)
			}
		})), "ms/changed-to-found")
	}
	run("stop-all")
}

// benchProgram returns a runner of the full program in an empty folder with
// its own HOME, state and ports.
func benchProgram(b *testing.B) func(args ...string) []byte {
	b.Helper()
	return runner(b, benchCommand(b))
}

// benchCommand returns what makes a process of the full program, not started.
func benchCommand(b *testing.B) func(args ...string) *exec.Cmd {
	b.Helper()
	bin := program(b)
	dir := b.TempDir()
	b.Chdir(dir)
	home := filepath.Join(b.TempDir(), "home")
	env := append(os.Environ(), "AMALFA_ROOT="+dir, "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_STATE_HOME="+home, "AMALFA_STATE_DIR="+home+"/state",
		"AMALFA_CACHE_DIR="+filepath.Join(assets.Dir(b), "script-cache"), "VECTOR_PORT=0", "SONAR_PORT=0", "DASHBOARD_PORT=0", "AMALFA_OFFLINE=1")
	return func(args ...string) *exec.Cmd {
		cmd := exec.Command(bin, args...)
		cmd.Env = env
		return cmd
	}
}

// runner runs such processes and returns what they print. At the end it stops
// what they left running.
func runner(b *testing.B, command func(args ...string) *exec.Cmd) func(args ...string) []byte {
	b.Helper()
	run := func(args ...string) []byte {
		cmd := command(args...)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			b.Fatalf("amalfa %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
		}
		return out
	}
	b.Cleanup(func() { run("stop-all", "--all") })
	return run
}

func writeNotes(b *testing.B, n int) {
	b.Helper()
	for i := range n {
		dir := fmt.Sprintf("d%d", i%100)
		text := fmt.Sprintf("# Note %d\n\nBoat %d left the harbour on day %d with %d sacks of salt.\n", i, i*7919%1000, i%365, i%13)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("n%d.md", i)), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
}

func median(b *testing.B, do func()) time.Duration {
	b.Helper()
	var spent []time.Duration
	for range benchRuns {
		from := time.Now()
		do()
		spent = append(spent, time.Since(from))
	}
	return middle(spent)
}

func middle(spent []time.Duration) time.Duration {
	slices.Sort(spent)
	return spent[len(spent)/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func decode(b *testing.B, data []byte, into any) {
	b.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		b.Fatalf("%v in %s", err, data)
	}
}
