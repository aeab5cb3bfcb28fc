//go:build cgo

package onnx

import (
	"bytes"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"amalfa/testdata/assets"
)

func rewrite(path, output string, firstRow bool) (rewritten, error) {
	f, err := openFile(path)
	if err != nil {
		return rewritten{}, err
	}
	defer f.Close()
	return f.rewrite(output, firstRow)
}

// operators counts a model's operators as a rewriting leaves them, and what
// the tests ask for besides.
func operators(t testing.TB, path, output string, firstRow bool) map[string]int {
	t.Helper()
	r, err := rewrite(path, output, firstRow)
	if err != nil {
		t.Fatal(err)
	}
	p, err := readGraph(span{bytes.NewReader(r.data), 0, int64(len(r.data))})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, n := range p.nodes {
		count[n.op]++
		if n.input(1) == firstRows {
			count["Gather/first"]++
		}
		if n.op == "Add" && n.input(1) == "mask" {
			count["mask"]++
		}
	}
	return count
}

func sequence(seed uint64, n, vocabulary int) Tokens {
	r := rand.New(rand.NewPCG(seed, 0))
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = r.Int64N(int64(vocabulary))
	}
	return Tokens{IDs: ids}
}

// TestRewriteKeepsOutput holds real models against themselves as their files
// are. Of quantized ones no bit may change.
func TestRewriteKeepsOutput(t *testing.T) {
	for _, c := range []struct {
		model    string
		firstRow bool
		limit    float64
	}{
		{"bge-small-en-v1.5", true, 5e-5},
		{"bge-small-en-v1.5", false, 5e-5},
		{"bge-small-en-v1.5-q", true, 0},
		{"all-minilm-l6-v2-q", false, 0},
	} {
		path, _ := assets.Model(t, c.model)
		before, after := openModel(t, path, Options{AsWritten: true}), openModel(t, path, Options{FirstRow: c.firstRow})
		for _, n := range []int{1, 2, 3, 17, 64, 250, 512} {
			tokens := sequence(uint64(n), n, 30000)
			want, got := rows(t, before, tokens), rows(t, after, tokens)
			if after.shape.first {
				want = want[:1]
			}
			if off := furthest(want, got); !(off <= c.limit) {
				t.Errorf("%s, %d tokens: off by %g", c.model, n, off)
			}
		}
	}
}

// furthest is the largest difference between two outputs, NaN where they have
// not the same shape.
func furthest(a, b [][]float32) (off float64) {
	if len(a) != len(b) {
		return math.NaN()
	}
	for i := range a {
		for j := range a[i] {
			off = max(off, math.Abs(float64(a[i][j])-float64(b[i][j])))
		}
	}
	return off
}

// TestRewriteFinds counts what the rewritten models do, so that a pattern that
// is no longer found shows.
func TestRewriteFinds(t *testing.T) {
	for _, c := range []struct {
		model string
		want  map[string]int
	}{
		{"bge-small-en-v1.5", map[string]int{"SkipLayerNormalization": 24, "Sub": 1, "Gather/first": 2}},
		{"bge-small-en-v1.5-q", map[string]int{"SkipLayerNormalization": 0, "Sub": 25, "Gather/first": 0}},
	} {
		path, _ := assets.Model(t, c.model)
		got := operators(t, path, "last_hidden_state", true)
		for op, n := range c.want {
			if got[op] != n {
				t.Errorf("%s: %d of %s, want %d", c.model, got[op], op, n)
			}
		}
	}
}

// BenchmarkRewrite runs the fp32 model as it is loaded and as its file is, in
// turns, and reports how many times as fast the first is.
func BenchmarkRewrite(b *testing.B) {
	path, _ := assets.Model(b, "bge-small-en-v1.5")
	quicker, asWritten := openModel(b, path, Options{FirstRow: true}), openModel(b, path, Options{AsWritten: true})
	for _, n := range []int{16, 128, 250, 500} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			tokens := sequence(1, n, 30000)
			var with, without []time.Duration
			for b.Loop() {
				for range 20 {
					without = append(without, timed(b, asWritten, tokens))
					with = append(with, timed(b, quicker, tokens))
				}
			}
			slices.Sort(with)
			slices.Sort(without)
			b.ReportMetric(float64(without[len(without)/2])/float64(with[len(with)/2]), "x-as-written")
		})
	}
}

func timed(b *testing.B, s *Session, tokens Tokens) time.Duration {
	begin := time.Now()
	if err := s.Run(tokens, func(Output) {}); err != nil {
		b.Fatal(err)
	}
	return time.Since(begin)
}
