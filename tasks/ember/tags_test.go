//go:build cgo

package ember

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/inference/embed"
	"amalfa/ingest"
	"amalfa/models"
	"amalfa/store"
	"amalfa/store/sqlite"
	"amalfa/testdata/assets"
	"amalfa/tokenizer"
)

var (
	update = flag.Bool("update", false, "write the golden figures anew")
	fit    = flag.Bool("fit", false, "fit the weights of tags to generated vaults, and print them")
)

// seeds, with -sharpness, says which vaults the constants of calibration are fitted to: others than those by which they are measured.
const seeds = 100

var sharpen = flag.Bool("sharpness", false, "fit the sharpness of calibrations to generated vaults, and print it")

// Vaults by which tags are measured, and others that weights are fitted to.
var measured = map[string]recipe{
	"topics":    {seed: 1, notes: 160, topics: 16, noise: 0.3, named: 0.5, links: 2, homely: 0.8, untagged: 0.1},
	"kinds":     {seed: 2, notes: 160, topics: 12, noise: 0.4, named: 0.3, links: 2, homely: 0.6, kinds: true, untagged: 0.2},
	"noise":     {seed: 3, notes: 160, topics: 20, noise: 0.7, named: 0.2, links: 1, homely: 0.5, kinds: true, untagged: 0.3},
	"unlinked":  {seed: 4, notes: 160, topics: 20, noise: 0.5, named: 0.2, kinds: true, untagged: 0.3},
	"no-topics": {seed: 5, notes: 160, topics: 24, noise: 0.95, named: 0, links: 3, homely: 0.7, untagged: 0.2},
	"nested":    {seed: 6, notes: 160, topics: 16, noise: 0.5, named: 0.3, links: 2, homely: 0.6, untagged: 0.2, form: "nested"},
	"inline":    {seed: 7, notes: 160, topics: 16, noise: 0.5, named: 0.3, links: 2, homely: 0.6, kinds: true, untagged: 0.2, form: "inline"},
	"german":    {seed: 8, notes: 160, topics: 10, noise: 0.5, named: 0.2, links: 1, homely: 0.6, untagged: 0.2, language: "german"},
	"russian":   {seed: 9, notes: 160, topics: 8, noise: 0.5, named: 0.2, links: 1, homely: 0.6, untagged: 0.2, language: "russian"},
	"japanese":  {seed: 10, notes: 160, topics: 8, noise: 0.5, named: 0.2, links: 1, homely: 0.6, untagged: 0.2, language: "japanese"},
	"small":     {seed: 11, notes: 40, topics: 6, noise: 0.4, named: 0.3, links: 2, homely: 0.7, untagged: 0.1},
}

// vaults are the names of those, in the order of the table.
func vaults() []string {
	return []string{"topics", "kinds", "noise", "unlinked", "no-topics", "nested", "inline", "german", "russian", "japanese", "small"}
}

// Of tags that were taken from notes, at least half are among the first five that a scan proposes. Stated beside the nearest notes alone.
func TestTags(t *testing.T) {
	m := newModel(t)
	var got bytes.Buffer
	fmt.Fprintln(&got, "vault      hidden  first 5  nearest alone  first 5 without vectors  precision at 0.5  brier")
	var pooled reliability
	for _, name := range vaults() {
		g := measured[name].generate()
		with, without := m.index(t, g, true), m.index(t, g, false)
		all, bare := g.score(t, with), g.score(t, without)
		fmt.Fprintf(&got, "%-10s %6d  %.2f     %.2f           %.2f                     %.2f              %.3f\n", name, all.hidden, all.five, all.nearest, bare.five, all.precision, all.brier)
		if all.five < 0.5 {
			t.Errorf("%s: %.3f of hidden tags are among the first five", name, all.five)
		}
		pooled.add(all.stated)
		pooled.add(bare.stated)
	}
	pooled.check(t, &got)
	path := filepath.Join("..", "..", "testdata", "golden", "eval", "ember-tags.txt")
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Errorf("proposals changed; if for the better, run with -update: %s", d)
	}
}

// A tagScore is how well the tags of a vault are guessed.
type tagScore struct {
	hidden                          int
	five, nearest, precision, brier float64
	stated                          reliability
}

// A reliability is how often suggestions were right, by tenths of the confidence that they were told with.
type reliability [10]struct{ n, sum, right float64 }

func (r *reliability) note(p, truth float64) {
	bin := &r[min(int(p*10), 9)]
	bin.n, bin.sum, bin.right = bin.n+1, bin.sum+p, bin.right+truth
}

func (r *reliability) add(other reliability) {
	for i, b := range other {
		r[i].n, r[i].sum, r[i].right = r[i].n+b.n, r[i].sum+b.sum, r[i].right+b.right
	}
}

// check writes the table, and demands that the share of right ones be within 0.1 of what is stated, wherever enough were stated to tell.
func (r *reliability) check(t *testing.T, w io.Writer) {
	t.Helper()
	const enough = 40 // a share of so many has a standard error of 0.08 at most
	fmt.Fprintln(w, "\nstated    suggestions  mean  right")
	for i, b := range r {
		if b.n == 0 {
			continue
		}
		mean, share := b.sum/b.n, b.right/b.n
		fmt.Fprintf(w, "%.1f-%.1f   %11.0f  %.2f  %.2f\n", float64(i)/10, float64(i+1)/10, b.n, mean, share)
		if b.n >= enough && math.Abs(mean-share) > 0.1 {
			t.Errorf("of %.0f stated at %.2f on average, %.2f are right", b.n, mean, share)
		}
	}
}

func (g generated) score(t *testing.T, st store.Store) (s tagScore) {
	c := open(t, st)
	given, right, weighed := 0, 0, 0
	for id, hidden := range g.hidden {
		node, _ := c.net.At(id)
		all, err := c.tagCandidates(t.Context(), node)
		if err != nil {
			t.Fatal(err)
		}
		var byVote []proposal
		for tag, f := range all {
			byVote = append(byVote, proposal{tag: tag, confidence: f[byNearest]})
		}
		slices.SortFunc(byVote, func(a, b proposal) int {
			return cmpOr(b.confidence-a.confidence, a.tag, b.tag)
		})
		ranked := c.rankTags(all)
		for _, tag := range hidden {
			s.hidden++
			is := func(p proposal) bool { return p.tag == tag }
			if slices.ContainsFunc(ranked[:min(5, len(ranked))], is) {
				s.five++
			}
			if slices.ContainsFunc(byVote[:min(5, len(byVote))], is) {
				s.nearest++
			}
		}
		for i, p := range ranked {
			hit := slices.Contains(hidden, p.tag)
			truth := 0.0
			if hit {
				truth = 1
			}
			if i < maxTags && p.confidence >= floor {
				s.stated.note(p.confidence, truth)
			}
			weighed++
			s.brier += (p.confidence - truth) * (p.confidence - truth)
			if p.confidence >= 0.5 {
				if given++; hit {
					right++
				}
			}
		}
	}
	n := float64(s.hidden)
	s.five, s.nearest, s.brier = s.five/n, s.nearest/n, s.brier/float64(max(weighed, 1))
	s.precision = float64(right) / float64(max(given, 1))
	return s
}

func cmpOr(d float64, a, b string) int {
	switch {
	case d < 0:
		return -1
	case d > 0:
		return 1
	case a < b:
		return -1
	}
	return 1
}

func open(t *testing.T, st store.Store) *corpus {
	t.Helper()
	c, err := newCorpus(t.Context(), st, ingest.NewReader().Visible)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The weights of tags, by Newton's method on vaults of other seeds; run with -fit.
func TestFit(t *testing.T) {
	if !*fit {
		t.Skip("only with -fit")
	}
	m := newModel(t)
	var xs []features
	var ys []float64
	for _, name := range []string{"topics", "kinds", "noise", "unlinked", "no-topics"} {
		for seed := range uint64(2) {
			r := measured[name]
			r.seed += 100 * (seed + 1)
			g := r.generate()
			for _, vectors := range []bool{true, false} {
				c := open(t, m.index(t, g, vectors))
				for id, hidden := range g.hidden {
					node, _ := c.net.At(id)
					all, err := c.tagCandidates(t.Context(), node)
					if err != nil {
						t.Fatal(err)
					}
					for tag, f := range all {
						y := 0.0
						if slices.Contains(hidden, tag) {
							y = 1
						}
						xs, ys = append(xs, f), append(ys, y)
					}
				}
			}
		}
	}
	l := descend(xs, ys)
	t.Logf("%d rows\nvar tagWeights = %#v", len(xs), l)
	fmt.Printf("%d rows %#v\n", len(xs), l)
}

// The sharpness of calibrations, fitted to vaults of other seeds and of the first five kinds alone; run with -sharpness.
func TestSharpness(t *testing.T) {
	if !*sharpen {
		t.Skip("only with -sharpness")
	}
	m := newModel(t)
	var all []trial
	for _, name := range vaults()[:5] {
		r := measured[name]
		r.seed += seeds
		g := r.generate()
		for _, vectors := range []bool{true, false} {
			c := open(t, m.index(t, g, vectors))
			for id, hidden := range g.hidden {
				node, _ := c.net.At(id)
				found, err := c.tagCandidates(t.Context(), node)
				if err != nil {
					t.Fatal(err)
				}
				ranked := c.rankTags(found)
				for _, p := range ranked[:min(maxTags, len(ranked))] {
					one := trial{sum: c.calibration.odds(tagWeights.sum(p.features))}
					if slices.Contains(hidden, p.tag) {
						one.true = 1
					}
					all = append(all, one)
				}
			}
		}
	}
	slope, shift := 1.0, 0.0
	for range 20000 {
		g0, g1 := 0.0, 0.0
		for _, x := range all {
			d := sigmoid(slope*x.sum+shift) - x.true
			g0, g1 = g0+d*x.sum, g1+d
		}
		n := float64(len(all))
		slope, shift = slope-0.3*g0/n, shift-0.3*g1/n
	}
	t.Logf("%d guesses: sharpness %.2f, %.2f", len(all), slope, shift)
}

// descend fits a logistic regression with a little ridge by gradient descent with momentum.
func descend(xs []features, ys []float64) (l logistic) {
	const steps, rate, keep, ridge = 6000, 0.5, 0.9, 1e-4
	var speed features
	var speed0 float64
	for range steps {
		var grad features
		var grad0 float64
		for i, x := range xs {
			d := l.probability(x) - ys[i]
			grad0 += d
			for j := range x {
				grad[j] += d * x[j]
			}
		}
		n := float64(len(xs))
		speed0 = keep*speed0 - rate*grad0/n
		l.intercept += speed0
		for j := range grad {
			speed[j] = keep*speed[j] - rate*(grad[j]/n+ridge*l.weights[j])
			l.weights[j] += speed[j]
		}
	}
	if math.IsNaN(l.intercept) {
		panic("diverged")
	}
	return l
}

// model is the default one, loaded here.
type model struct {
	*embed.Engine
	tokens *tokenizer.Tokenizer
	most   int
	dim    int
}

func newModel(t *testing.T) *model {
	t.Helper()
	known, ok := models.Lookup(models.DefaultName)
	if !ok {
		t.Fatal("no default model")
	}
	path, tokenizerPath := assets.Model(t, "bge-small-en-v1.5")
	lib := assets.Runtime(t)
	tok, err := tokenizer.Load(tokenizerPath)
	if err != nil {
		t.Fatal(err)
	}
	f := models.Files{Model: known, ModelPath: path, TokenizerPath: tokenizerPath, Digest: "golden"}
	m := &model{tokens: tok, most: known.MaxTokens, dim: known.Dim}
	m.Engine = embed.NewEngine(func(context.Context) (models.Files, string, error) { return f, lib, nil }, embed.EngineOptions{})
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

func (m *model) Model(context.Context) (store.Model, error) {
	return store.Model{Digest: "golden", Name: models.DefaultName, Dim: m.dim}, nil
}

func (m *model) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out, err := m.Engine.Embed(ctx, texts, embed.Options{Input: embed.Passage, Bulk: true})
	values := make([][]float32, len(out))
	for i, v := range out {
		values[i] = v.Values
	}
	return values, err
}

func (m *model) index(t *testing.T, g generated, vectors bool) store.Store {
	t.Helper()
	dir := t.TempDir()
	for id, text := range g.files {
		if err := os.WriteFile(filepath.Join(dir, id), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "amalfa.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	o := ingest.Options{Root: dir, Store: st, WriterLock: filepath.Join(t.TempDir(), "lock"), Now: time.Now, Count: m.tokens.Count, MaxTokens: m.most}
	if vectors {
		o.Embedder = m
	}
	sum, err := ingest.RunWhole(t.Context(), o)
	if err != nil || vectors && len(sum.Degraded) > 0 {
		t.Fatal(err, sum.Degraded)
	}
	return st
}
