package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// saves is how many saved files are measured, and beside is how many other notes there are.
const (
	saves  = 120
	beside = 10_000
)

// BenchmarkSavedToAnswer: the time from a save to the answer of a whole `amalfa search` that holds it, while 10,000 other notes of 400 words
// are there and their vectors are being made: by words 1 s in the median and 3 s at p99 at most. By meaning it is stated.
func BenchmarkSavedToAnswer(b *testing.B) {
	run := runner(b, benchCommand(b))
	w := zipfWords(3)
	for i := range beside {
		writeNote(b, fmt.Sprintf("d%d/n%d.md", i/100, i), "# "+w(3)+"\n\n"+w(395)+"\n")
	}
	run("watcher", "start")
	settled(b, run, beside, 5*time.Minute)
	until(b, func() bool { return vectorsOf(b, run) > 0 })
	before := vectorsOf(b, run)
	for b.Loop() {
		var words, meaning []time.Duration
		for i := range saves {
			name, word := fmt.Sprintf("saved/s%d.md", i), fmt.Sprintf("kingfisher%dq", i)
			writeNote(b, name, fmt.Sprintf("# Bird %d\n\nThe %s sleeps. %s\n", i, word, w(100)))
			words = append(words, until(b, func() bool { return finds(b, run, name, "search", "--mode", "keyword", "--json", word) }))
			if i%6 == 0 {
				meaning = append(meaning, words[len(words)-1]+until(b, func() bool {
					return finds(b, run, name, "search", "--mode", "vector", "--json", "--limit", "200", "which bird sleeps: "+word)
				}))
			}
		}
		report(b, words, "words")
		report(b, meaning, "meaning")
	}
	after := vectorsOf(b, run)
	b.ReportMetric(float64(after-before), "vectors-meanwhile")
	if after <= before || after >= beside {
		b.Errorf("vectors were not being made all the time: %d before, %d after", before, after)
	}
}

// BenchmarkCheckout: `git checkout` of a branch in which 5,000 of 10,000 files are others, gone or moved; the time until the index holds it, and
// whether it is the one that an init of the same files makes.
func BenchmarkCheckout(b *testing.B) {
	if _, err := exec.LookPath("git"); err != nil {
		b.Skip("no git")
	}
	run := runner(b, benchCommand(b))
	writeNote(b, "amalfa.settings.json", `{"search": {"mode": "keyword"}}`)
	w := zipfWords(4)
	for i := range beside {
		writeNote(b, fmt.Sprintf("d%d/n%d.md", i/100, i), "# "+w(3)+"\n\n"+w(100)+"\n")
	}
	git := func(args ...string) {
		b.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "gc.auto=0"}, args...)...)
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q", "-b", "first")
	git("add", "d*", "amalfa.settings.json")
	git("commit", "-q", "-m", "first")
	git("checkout", "-q", "-b", "second")
	r := rand.New(rand.NewPCG(1, 2))
	for _, i := range r.Perm(beside)[:5000] {
		name := fmt.Sprintf("d%d/n%d.md", i/100, i)
		switch i % 5 {
		case 0:
			_ = os.Remove(name)
		case 1:
			_ = os.MkdirAll(fmt.Sprintf("moved/m%d", i/100), 0o755)
			_ = os.Rename(name, fmt.Sprintf("moved/m%d/n%d.md", i/100, i))
		default:
			writeNote(b, name, "# "+w(3)+"\n\n"+w(100)+"\n")
		}
	}
	git("add", "-A", ".")
	git("commit", "-q", "-m", "second")
	git("checkout", "-q", "first")
	run("init", "--quiet")
	run("watcher", "start")
	settled(b, run, beside, time.Minute)
	for b.Loop() {
		for _, branch := range []string{"second", "first"} {
			from := time.Now()
			git("checkout", "-q", branch)
			b.ReportMetric(time.Since(from).Seconds(), "s-git/"+branch)
			settled(b, run, 0, 2*time.Minute)
			b.ReportMetric(time.Since(from).Seconds(), "s-settled/"+branch)
		}
		git("checkout", "-q", "second")
		settled(b, run, 0, 2*time.Minute)
	}
	var have []byte // what is read within 2 s after it changed is read again
	until(b, func() bool { have = run("export", "--jsonl"); return !strings.Contains(string(have), `"racy":true`) })
	run("watcher", "stop")
	run("init", "--quiet", "--force")
	if want := run("export", "--jsonl"); string(sorted(have)) != string(sorted(want)) {
		b.Error("the index differs from one that is made anew")
	}
}

func sorted(lines []byte) string {
	list := strings.Split(string(lines), "\n")
	slices.Sort(list)
	return strings.Join(list, "\n")
}

func writeNote(b *testing.B, name, text string) {
	b.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
}

type counts struct {
	Notes    int `json:"notes"`
	Vectors  int `json:"vectors"`
	IndexLag struct {
		Files int `json:"files"`
	} `json:"indexLag"`
}

func countsOf(b *testing.B, run func(args ...string) []byte) (c counts) {
	b.Helper()
	decode(b, run("stats", "--json"), &c)
	return c
}

func vectorsOf(b *testing.B, run func(args ...string) []byte) int { return countsOf(b, run).Vectors }

// settled waits until the index holds at least so many notes and all that is on disk.
func settled(b *testing.B, run func(args ...string) []byte, notes int, limit time.Duration) {
	b.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		c := countsOf(b, run)
		if c.Notes >= notes && c.IndexLag.Files == 0 {
			return
		}
		if time.Now().After(end) {
			b.Fatalf("not settled: %+v", c)
		}
	}
}

func finds(b *testing.B, run func(args ...string) []byte, id string, args ...string) bool {
	b.Helper()
	var found struct {
		Results []struct {
			ID string `json:"id"`
		} `json:"results"`
	}
	if err := json.Unmarshal(run(args...), &found); err != nil {
		b.Fatal(err)
	}
	for _, r := range found.Results {
		if r.ID == id {
			return true
		}
	}
	return false
}

// until returns how long it took until ok.
func until(b *testing.B, ok func() bool) time.Duration {
	b.Helper()
	for from := time.Now(); ; {
		if ok() {
			return time.Since(from)
		}
		if time.Since(from) > time.Minute {
			b.Fatal("not within a minute")
		}
	}
}

func report(b *testing.B, spent []time.Duration, of string) {
	slices.Sort(spent)
	b.ReportMetric(spent[len(spent)/2].Seconds(), "s-median/"+of)
	b.ReportMetric(spent[len(spent)*99/100].Seconds(), "s-p99/"+of)
}
