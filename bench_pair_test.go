package main

import (
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

// A contender is one build of the program with a workspace, a HOME and services of its own.
type contender struct {
	dir  string
	run  func(args ...string) []byte
	pipe func(input string, args ...string)
	// spends runs it and returns the processor's time that it took.
	spends func(args ...string) time.Duration
}

func newContender(b *testing.B, bin, tree string) contender {
	b.Helper()
	dir, home := b.TempDir(), b.TempDir()
	env := append(os.Environ(), "AMALFA_ROOT="+dir, "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_STATE_HOME="+home, "AMALFA_STATE_DIR="+home+"/state",
		"AMALFA_CACHE_DIR="+filepath.Join(assets.Dir(b), "script-cache"), "VECTOR_PORT=0", "RERANKER_PORT=0", "SONAR_PORT=0", "DASHBOARD_PORT=0", "AMALFA_OFFLINE=1",
		"AMALFA_RERANKER_MODEL="+filepath.Join(tree, "testdata", "models", "xlmr"))
	command := func(args ...string) *exec.Cmd {
		cmd := exec.Command(bin, args...)
		cmd.Dir, cmd.Env = dir, env
		return cmd
	}
	return contender{dir, runner(b, command), func(input string, args ...string) {
		cmd := command(args...)
		cmd.Stdin = strings.NewReader(input)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("amalfa %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}, func(args ...string) time.Duration {
		cmd := command(args...)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("amalfa %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}}
}

func sourceRoot(b *testing.B) string {
	b.Helper()
	root, err := os.Getwd()
	if err != nil {
		b.Fatal(err)
	}
	return root
}

// BenchmarkAgainst sets the program beside another build of it, the file AMALFA_BASE, in alternating pairs of whole processes:
// AMALFA_BASE=/path/to/amalfa go test -run '^$' -bench Against -benchtime 1x -timeout 60m .
// Each line gives the median of the ratios new/old and its upper 95 % bound, which a change of structure keeps at 1.05 or less.
func BenchmarkAgainst(b *testing.B) {
	base := os.Getenv("AMALFA_BASE")
	if base == "" {
		b.Skip("AMALFA_BASE names no other build")
	}
	bin, tree := program(b), sourceRoot(b)
	now, old := newContender(b, bin, tree), newContender(b, base, tree)
	both := []contender{now, old}
	b.Run("version", func(b *testing.B) { comparePairs(b, now, old, runs("version")) })
	b.Run("vector-start", func(b *testing.B) {
		comparePairs(b, now, old, func(c contender) time.Duration {
			defer c.run("vector", "stop")
			return clock(func() { c.run("vector", "start") })
		})
	})
	each(both, func(c contender) { c.run("vector", "start"); c.run("reranker", "start") })
	b.Run("embed", func(b *testing.B) { comparePairs(b, now, old, pipes("%q\n", "embed", "--jsonl")) })
	b.Run("rerank", func(b *testing.B) {
		comparePairs(b, now, old, pipes("%s\n", "rerank", "when does the ferry leave", "-"))
	})
	shareNotes(b, now, old)
	b.Run("search", func(b *testing.B) { comparePairs(b, now, old, runs("search", "--json", zipfWords(7)(5))) })
	b.Run("init-unchanged", func(b *testing.B) {
		now, old := newContender(b, bin, tree), newContender(b, base, tree)
		each([]contender{now, old}, func(c contender) { b.Chdir(c.dir); writeNotes(b, 10_000); c.run("init", "--quiet") })
		comparePairs(b, now, old, runs("init", "--quiet"))
	})
}

// BenchmarkVectorsAgainst sets whole inits with their vectors beside those of AMALFA_BASE, in the way of BenchmarkAgainst: the wall's
// time and the processor's, in one process each, so that all of it is counted. Loading the model is a second of it. Of 5 pairs the most is
// the upper bound of the median with a confidence of 97 %.
func BenchmarkVectorsAgainst(b *testing.B) {
	base := os.Getenv("AMALFA_BASE")
	if base == "" {
		b.Skip("AMALFA_BASE names no other build")
	}
	bin, tree := program(b), sourceRoot(b)
	now, old := newContender(b, bin, tree), newContender(b, base, tree)
	each([]contender{now, old}, func(c contender) {
		b.Chdir(c.dir)
		writeLong(b, vectoredNotes)
		c.run("config", "set", "--user", "cache.maxBytes", "0") // both would find the other's vectors
	})
	compareWork(b, now, old)
}

// runs times a command.
func runs(args ...string) func(contender) time.Duration {
	return func(c contender) time.Duration { return clock(func() { c.run(args...) }) }
}

// pipes times a command that reads 20 texts of 30 words, each in the given form. They are fresh each time, so that no cache
// answers.
func pipes(form string, args ...string) func(contender) time.Duration {
	w := zipfWords(3)
	return func(c contender) time.Duration {
		var input strings.Builder
		for range 20 {
			fmt.Fprintf(&input, form, w(30))
		}
		return clock(func() { c.pipe(input.String(), args...) })
	}
}

func clock(do func()) time.Duration {
	from := time.Now()
	do()
	return time.Since(from)
}

func each(all []contender, do func(contender)) {
	for _, c := range all {
		do(c)
	}
}

// shareNotes gives both the same 100,000 passages with the same vectors: the older reads an export of the newer.
func shareNotes(b *testing.B, now, old contender) {
	b.Helper()
	b.Chdir(now.dir)
	now.run("init", "--quiet")
	old.run("init", "--quiet")
	fillWorkspace(b, benchModel(b, now.run))
	export := filepath.Join(b.TempDir(), "index.jsonl")
	now.run("export", "--jsonl", export)
	for i := range 100 {
		folder := fmt.Sprintf("d%d", i)
		if err := os.CopyFS(filepath.Join(old.dir, folder), os.DirFS(filepath.Join(now.dir, folder))); err != nil {
			b.Fatal(err)
		}
	}
	old.run("import", export)
}

// pairs is how often the two take turns.
const pairs = 30

// comparePairs times the same work of both, who goes first changing with each pair.
func comparePairs(b *testing.B, now, old contender, work func(contender) time.Duration) {
	b.Helper()
	each([]contender{now, old}, func(c contender) { work(c) })
	for b.Loop() {
		ratios, times := make([]float64, pairs), make([]time.Duration, pairs)
		for i := range ratios {
			var theirs time.Duration
			if i%2 == 0 {
				times[i], theirs = work(now), work(old)
			} else {
				theirs, times[i] = work(old), work(now)
			}
			ratios[i] = times[i].Seconds() / theirs.Seconds()
		}
		slices.Sort(ratios)
		b.ReportMetric(ms(middle(times)), "ms-median")
		b.ReportMetric(ratios[pairs/2], "ratio-median")
		b.ReportMetric(ratios[upperBound], "ratio-upper95")
	}
}

// Whole inits, of some seven seconds each.
const (
	vectoredNotes = 40 // of 400 words
	vectoredPairs = 5
)

func compareWork(b *testing.B, now, old contender) {
	b.Helper()
	work := func(c contender) (wall, spent time.Duration) {
		if err := os.RemoveAll(filepath.Join(c.dir, ".amalfa")); err != nil {
			b.Fatal(err)
		}
		wall = clock(func() { spent = c.spends("init", "--quiet", "--no-daemon") })
		return wall, spent
	}
	for b.Loop() {
		var walls, works []float64
		for i := range vectoredPairs {
			var ours, theirs [2]time.Duration
			if i%2 == 0 {
				ours[0], ours[1] = work(now)
				theirs[0], theirs[1] = work(old)
			} else {
				theirs[0], theirs[1] = work(old)
				ours[0], ours[1] = work(now)
			}
			walls, works = append(walls, ours[0].Seconds()/theirs[0].Seconds()), append(works, ours[1].Seconds()/theirs[1].Seconds())
			b.Logf("wall %.1f and %.1f s, processor %.1f and %.1f s", ours[0].Seconds(), theirs[0].Seconds(), ours[1].Seconds(), theirs[1].Seconds())
		}
		slices.Sort(walls)
		slices.Sort(works)
		b.ReportMetric(walls[len(walls)/2], "wall-ratio-median")
		b.ReportMetric(walls[len(walls)-1], "wall-ratio-most")
		b.ReportMetric(works[len(works)/2], "work-ratio-median")
		b.ReportMetric(works[len(works)-1], "work-ratio-most")
	}
}

// upperBound is the place, in 30 sorted ratios, of the upper bound of their median: the median lies above the 20th smallest
// only if fewer than 20 of 30 fair coins fall low, 0.049 of the time.
const upperBound = 19
