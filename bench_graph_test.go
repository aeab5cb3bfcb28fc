package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"amalfa/ingest"
	"amalfa/store"
	"amalfa/store/sqlite"
)

// BenchmarkGraphCommands: commands over the graph of a vault of 20,000 notes (AMALFA_NOTES for another number) with ten links each,
// every one a whole process from start to end, with its processor time, which other work on the machine changes little, and its most memory. What begins with a look at all files, as mv, link and patches do, is
// there with that look.
func BenchmarkGraphCommands(b *testing.B) {
	command := benchCommand(b)
	run := runner(b, command)
	run("init", "--quiet")
	run("vector", "start")
	count := 20_000
	if text := os.Getenv("AMALFA_NOTES"); text != "" {
		count, _ = strconv.Atoi(text)
	}
	writeLinked(b, count)
	indexTopics(b, benchModel(b, run), count)
	run("init", "--quiet")
	for _, line := range []string{"stats --json", "find-gaps --json", "find-gaps --kind structural --json", "find-gaps --format patch", "explore n/000000.md --depth 2 --json",
		"path n/000001.md n/000002.md", "communities --json", "hubs --json", "orphans --json", "components --json", "graph stats --json", "graph export --format graphml", "map",
		"links --broken --json", "mentions n/000000.md --json", "list --missing-backlink --json", "timeline --json", "contradictions --json",
		"mv n/000000.md n/moved.md --dry-run", "link n/000003.md n/000004.md --relation supports --dry-run"} {
		b.Run(strings.ReplaceAll(line, " ", "_"), func(b *testing.B) {
			var own, cpu float64
			for b.Loop() {
				cmd := command(strings.Fields(line)...)
				if err := cmd.Start(); err != nil {
					b.Fatal(err)
				}
				own, _ = peakMemory(cmd.Process.Pid)
				if err := cmd.Wait(); err != nil {
					b.Fatal(err)
				}
				cpu = ms(cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime())
			}
			b.ReportMetric(cpu, "ms-cpu")
			b.ReportMetric(own, "MB-own")
		})
	}
}

// writeLinked writes notes of topics, which have power-law sizes: ten links each, nine in its topic and most to few of that. A note in a hundred
// names another one without a link, and says one of few keys.
func writeLinked(b *testing.B, count int) {
	b.Helper()
	r, w := rand.New(rand.NewPCG(16, 2)), zipfWords(16)
	topics := max(1, 3*count/1000)
	of, members := make([]int, count), make([][]int, topics)
	for i := range count {
		of[i] = int(float64(topics) * math.Pow(r.Float64(), 1.3))
		members[of[i]] = append(members[of[i]], i)
	}
	for i := range count {
		var text strings.Builder
		fmt.Fprintf(&text, "---\ndate: %s\ntags: [tag%d]\n---\n# Note %06d\n\n", time.Date(2020, 1, 1+i%2000, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), of[i]%40, i)
		for link := range 10 {
			among := members[of[i]]
			to := among[int(float64(len(among))*math.Pow(r.Float64(), 2.5))]
			if link == 9 {
				to = r.IntN(count)
			}
			fmt.Fprintf(&text, "Of topic%d, %s: see [%s](%06d.md).\n", of[i], w(8), w(1), to)
		}
		if i%100 == 0 {
			fmt.Fprintf(&text, "\nNote %06d is another one.\n\nlimit %d: %d\n", r.IntN(count), i%700, i%3)
		}
		writePage(b, fmt.Sprintf("n/%06d.md", i), text.String())
	}
}

// indexTopics indexes them by the normal pipeline, with vectors that lie around the middle of each topic, so that many pairs are near.
func indexTopics(b *testing.B, m store.Model, count int) {
	b.Helper()
	root, err := os.Getwd()
	if err != nil {
		b.Fatal(err)
	}
	st, err := sqlite.Open(b.Context(), filepath.Join(root, ".amalfa", "amalfa.db"), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	_, err = ingest.RunWhole(b.Context(), ingest.Options{Root: root, Store: st, Embedder: byTopic{m, rand.New(rand.NewPCG(5, 6))},
		Count: func(text string) int { return len(strings.Fields(text)) }, MaxTokens: 400})
	if err != nil {
		b.Fatal(err)
	}
	if stats, err := st.Stats(b.Context()); err != nil || stats.Notes != count || stats.Edges < 10*count {
		b.Fatalf("%+v, %v", stats, err)
	}
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
}

// byTopic gives a passage a vector near those of its topic.
type byTopic struct {
	model store.Model
	r     *rand.Rand
}

var topicWord = regexp.MustCompile(`topic(\d+)`)

func (e byTopic) Model(context.Context) (store.Model, error) { return e.model, nil }

func (e byTopic) Embed(_ context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, text := range texts {
		topic := uint64(0)
		if m := topicWord.FindStringSubmatch(text); m != nil {
			topic, _ = strconv.ParseUint(m[1], 10, 64)
		}
		out[i] = make([]float32, e.model.Dim)
		middle := rand.New(rand.NewPCG(topic, 7))
		for j := range out[i] {
			out[i][j] = float32(middle.NormFloat64() + 0.6*e.r.NormFloat64())
		}
	}
	return out, nil
}
