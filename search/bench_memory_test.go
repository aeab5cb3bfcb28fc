package search

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"amalfa/store/sqlite"
)

var benchReader = flag.String("reader", "", "index that TestReader asks")

// memory is what a process holds, in MB: what is its own, and the pages of files that it shares with all who map them.
type memory struct{ Own, Files float64 }

// benchMemory reports what a process holds that does nothing but answer: all 60 questions, in each mode.
func benchMemory(b *testing.B, index string) {
	for b.Loop() {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestReader$", "-reader", index)
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		var held memory
		if err := json.Unmarshal(regexp.MustCompile(`{.*}`).Find(out), &held); err != nil {
			b.Fatalf("%v in %s", err, out)
		}
		b.ReportMetric(held.Own, "MB-own")
		b.ReportMetric(held.Files, "MB-files")
	}
}

// TestReader is the process of benchMemory.
func TestReader(t *testing.T) {
	if *benchReader == "" {
		t.Skip("for BenchmarkSearch")
	}
	st, err := sqlite.Open(t.Context(), *benchReader, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for _, mode := range []string{Keyword, Vector, Hybrid} {
		askAll(t, New(st, randomEmbedder{rand.New(rand.NewPCG(3, 3))}, nil), mode)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("the system does not tell: ", err)
	}
	out, err := json.Marshal(memory{statusMB(status, "RssAnon"), statusMB(status, "RssFile")})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%s\n", out)
}

// statusMB is a line of /proc/PID/status in MB, 0 where the kernel has none such.
func statusMB(status []byte, name string) float64 {
	m := regexp.MustCompile(name + `:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		return 0
	}
	kb, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		return 0
	}
	return kb * 1024 / 1e6
}
