//go:build unix

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	collections "amalfa/search/eval"
)

// othersDepth is how many results each question is asked for: what ndcg@10 looks at.
const othersDepth = 10

// BenchmarkBesideQMD sets the program beside qmd, the file AMALFA_QMD, over the collections of AMALFA_EVAL (../shared/eval by default): each
// document a note, both index its words alone and are asked each question as it stands, in turns, by a process each. With qmd installed by npm:
// AMALFA_QMD=…/node_modules/.bin/qmd go test -run '^$' -bench BesideQMD -benchtime 1x -timeout 60m .
func BenchmarkBesideQMD(b *testing.B) {
	qmd := os.Getenv("AMALFA_QMD")
	if qmd == "" {
		b.Skip("AMALFA_QMD names no qmd")
	}
	for _, name := range []string{"adi", "med", "cranfield", "cacm"} {
		b.Run(name, func(b *testing.B) {
			c, err := collections.Open(filepath.Join(cmp.Or(os.Getenv("AMALFA_EVAL"), "../shared/eval"), name))
			if err != nil {
				b.Skip(err)
			}
			both := []rival{ourRival(b), qmdRival(b, qmd)}
			for b.Loop() {
				for _, r := range both {
					r.index(b, c.Documents)
				}
				besideQuestions(b, c, both)
			}
		})
	}
}

// A rival is a program that indexes a folder and answers questions.
type rival struct {
	name, dir, kept string // kept is where its index lies
	run             func(args ...string) ([]byte, *os.ProcessState)
	start, add      []string
	ask             func(question string) []string
	files           func(answer []byte) []string // ids of notes, the best first
}

// index times the start of the program and the making of an index.
func (r rival) index(b *testing.B, docs []collections.Document) {
	b.Helper()
	for _, d := range docs {
		if err := os.WriteFile(filepath.Join(r.dir, d.ID+".md"), []byte("# "+d.Title+"\n\n"+d.Text+"\n"), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(ms(median(b, func() { r.run(r.start...) })), "ms-start/"+r.name)
	from := time.Now()
	_, state := r.run(r.add...)
	b.ReportMetric(time.Since(from).Seconds(), "s-index/"+r.name)
	b.ReportMetric((state.UserTime() + state.SystemTime()).Seconds(), "cpu-s-index/"+r.name)
	b.ReportMetric(float64(state.SysUsage().(*syscall.Rusage).Maxrss)/1024, "MB-index/"+r.name)
	b.ReportMetric(float64(sizeOf(b, r.kept))/1e6, "MB-kept/"+r.name)
}

func sizeOf(b *testing.B, dir string) (sum int64) {
	b.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return sum
}

// besideQuestions asks both each question, and reports how good the answers are and how long they took.
func besideQuestions(b *testing.B, c collections.Collection, both []rival) {
	b.Helper()
	scores, spent, none := map[string][]collections.Scores{}, map[string][]time.Duration{}, map[string]float64{}
	for _, q := range c.Questions {
		for _, r := range both {
			from := time.Now()
			answer, _ := r.run(r.ask(q.Text)...)
			spent[r.name] = append(spent[r.name], time.Since(from))
			ids := r.files(answer)
			if len(ids) == 0 {
				none[r.name]++
			}
			scores[r.name] = append(scores[r.name], collections.Score(ids, c.Judged[q.ID]))
		}
	}
	for _, r := range both {
		b.ReportMetric(collections.Mean(scores[r.name]).NDCG, "ndcg@10/"+r.name)
		b.ReportMetric(none[r.name]/float64(len(c.Questions)), "unanswered/"+r.name)
		b.ReportMetric(ms(middle(spent[r.name])), "ms-search/"+r.name)
	}
}

func ourRival(b *testing.B) rival {
	b.Helper()
	dir, home := b.TempDir(), b.TempDir()
	return rival{
		name: "amalfa", dir: dir, kept: filepath.Join(dir, ".amalfa"), start: []string{"version"}, add: []string{"init", "--quiet"},
		run: runRival(b, program(b), dir, append(os.Environ(), "AMALFA_ROOT="+dir, "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_STATE_HOME="+home,
			"AMALFA_STATE_DIR="+home+"/state", "VECTOR_PORT=0", "AMALFA_OFFLINE=1", "AMALFA_ORT_LIB="+os.DevNull)), // words alone
		ask: func(q string) []string {
			return []string{"search", "--mode", "keyword", "--json", "--limit", fmt.Sprint(othersDepth), "--", q}
		},
		files: func(answer []byte) []string {
			var found struct{ Results []struct{ ID string } }
			decode(b, answer, &found)
			var ids []string
			for _, r := range found.Results {
				ids = append(ids, strings.TrimSuffix(r.ID, ".md"))
			}
			return firstOfEach(ids)
		},
	}
}

func qmdRival(b *testing.B, qmd string) rival {
	b.Helper()
	dir, home := b.TempDir(), b.TempDir()
	return rival{
		name: "qmd", dir: dir, kept: filepath.Join(home, ".cache", "qmd"), start: []string{"--version"}, add: []string{"collection", "add", ".", "--name", "c"},
		run: runRival(b, qmd, dir, append(os.Environ(), "HOME="+home, "XDG_CACHE_HOME="+home+"/.cache", "XDG_CONFIG_HOME="+home+"/.config", "PWD="+dir)), // "." is what PWD says
		ask: func(q string) []string {
			return []string{"search", "--json", "-n", fmt.Sprint(othersDepth), "--", q}
		},
		files: func(answer []byte) []string {
			var found []struct{ File string }
			if json.Unmarshal(answer, &found) != nil {
				return nil // it says so in words where it finds nothing
			}
			var ids []string
			for _, r := range found {
				ids = append(ids, strings.TrimSuffix(path.Base(r.File), ".md"))
			}
			return firstOfEach(ids)
		},
	}
}

// firstOfEach leaves one of each id, at the place of its first.
func firstOfEach(ids []string) (out []string) {
	seen := map[string]bool{}
	for _, id := range ids {
		if !seen[id] {
			out = append(out, id)
		}
		seen[id] = true
	}
	return out
}

func runRival(b *testing.B, bin, dir string, env []string) func(args ...string) ([]byte, *os.ProcessState) {
	return func(args ...string) ([]byte, *os.ProcessState) {
		b.Helper()
		cmd := exec.Command(bin, args...)
		cmd.Dir, cmd.Env = dir, env
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			b.Fatalf("%s %q: %v\n%s", bin, args, err, stderr.String())
		}
		return out, cmd.ProcessState
	}
}
