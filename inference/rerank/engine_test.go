//go:build cgo

package rerank

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/inference"
	"amalfa/models"
	"amalfa/onnx"
	"amalfa/testdata/onnxtest"
	"amalfa/testdata/testmodels"
	"amalfa/tokenizer"
)

func newEngine(t testing.TB, l *testmodels.Loader, o inference.Options) *Engine {
	return testmodels.Closing(t, NewEngine(l.Load, o))
}

const panda = "what is panda?"

func pandas() []string {
	return []string{
		"hi", "The giant panda (Ailuropoda melanoleuca), sometimes called a panda bear or simply panda, is a bear species endemic to China.",
		"Paris is the capital of France.", "Berlin ist die Hauptstadt Deutschlands.", "東京の天気は晴れです", "", "naïve café ﬁ ½",
		"Панда — это медведь", "hi", "</s> [SEP] <s>", "a\r\n\r\nb\tc", strings.Repeat("bamboo ", 60),
	}
}

// forms are the committed models in their precisions.
var forms = []struct{ name, precision string }{
	{"xlmr", models.Full}, {"xlmr", models.Half}, {"xlmr", models.Int8}, {"bert", models.Full}, {"pair", models.Full},
}

// TestScoresAreTheReferences holds every score against Python's on the same
// files, and the order with it.
func TestScoresAreTheReferences(t *testing.T) {
	for _, form := range forms {
		t.Run(form.name+" "+form.precision, func(t *testing.T) {
			files := testmodels.Committed(t, form.name, form.precision)
			texts := append(pandas(), strings.Repeat("The giant panda eats bamboo in the mountains of China. ", 40))
			want := testmodels.Scores(t, files, panda, texts)
			e := newEngine(t, testmodels.Of(t, files), inference.Options{})
			got, err := e.Score(t.Context(), Request{Query: panda, Documents: texts, Long: Cut})
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range got.Scores {
				if !s.Judged || math.Abs(s.Raw-want[i]) > 1e-5 || math.Abs(s.Value-1/(1+math.Exp(-want[i]))) > 1e-5 {
					t.Errorf("%q: %+v, the reference has %v", texts[i], s, want[i])
				}
			}
			if !got.Scores[len(texts)-1].Truncated || got.Scores[0].Truncated || got.Judged != len(texts) {
				t.Errorf("judged %d, last %+v", got.Judged, got.Scores[len(texts)-1])
			}
			order := inference.UpTo(len(texts))
			slices.SortStableFunc(order, func(i, j int) int {
				if math.Abs(want[i]-want[j]) < 1e-9 {
					return 0
				}
				return map[bool]int{true: -1, false: 1}[want[i] > want[j]]
			})
			if diff := cmp.Diff(order, got.Ranked()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestScoreIsAloneWithItsPair holds each score, alone, against the same pair in
// company, in another order and from many clients at once.
func TestScoreIsAloneWithItsPair(t *testing.T) {
	e := newEngine(t, testmodels.Of(t, testmodels.Committed(t, "xlmr", models.Int8)), inference.Options{Workers: 4})
	texts := pandas()
	alone := make([]Score, len(texts))
	for i, text := range texts {
		a, err := e.Score(t.Context(), Request{Query: panda, Documents: []string{text}})
		if err != nil {
			t.Fatal(err)
		}
		alone[i] = a.Scores[0]
	}
	var all sync.WaitGroup
	for client := range 8 {
		all.Go(func() {
			turn := func(s []Score) []Score { return slices.Concat(s[client:], s[:client]) }
			a, err := e.Score(t.Context(), Request{Query: panda, Documents: slices.Concat(texts[client:], texts[:client])})
			if diff := cmp.Diff(turn(alone), a.Scores); err != nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
	all.Wait()
	glued, err := e.Score(t.Context(), Request{Query: "x", Documents: []string{panda + " </s></s> " + texts[1]}})
	if err != nil || glued.Scores[0].Raw == alone[1].Raw {
		t.Errorf("a glued string scores as the pair does: %v", err)
	}
}

// TestWindows scores a long text by hand, window for window.
func TestWindows(t *testing.T) {
	for _, name := range []string{"xlmr", "bert"} {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, testmodels.Of(t, testmodels.Committed(t, name, "")), inference.Options{})
			var parts []string
			for i := range 60 {
				parts = append(parts, strings.Repeat("né ", i%4)+"Berlin "+strings.Repeat("熊猫 ", i%3)+"Paris is the capital")
			}
			text := strings.Join(parts, ". ")
			a, err := e.Score(t.Context(), Request{Query: panda, Documents: []string{text, "hi"}})
			if err != nil {
				t.Fatal(err)
			}
			l, release, err := e.lazy.Acquire(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer release()
			p, err := l.pairBuilder(Request{Query: panda})
			if err != nil {
				t.Fatal(err)
			}
			d, err := p.build(text)
			if err != nil || len(d.pairs) < 4 || d.truncated {
				t.Fatalf("%d windows, %v", len(d.pairs), err)
			}
			best, at := math.Inf(-1), 0
			for i, pair := range d.pairs {
				score, err := l.score(pair)
				if err != nil || len(pair.IDs) != l.model.MaxTokens {
					t.Fatalf("%d tokens, %v", len(pair.IDs), err)
				}
				if score > best {
					best, at = score, i
				}
				if i > 0 && d.parts[i].Start >= d.parts[i-1].End {
					t.Errorf("windows %d and %d do not overlap: %v %v", i-1, i, d.parts[i-1], d.parts[i])
				}
			}
			if d.parts[0].Start != 0 || d.parts[len(d.parts)-1].End != len(text) {
				t.Errorf("windows from %d to %d of %d bytes", d.parts[0].Start, d.parts[len(d.parts)-1].End, len(text))
			}
			if got := a.Scores[0]; got.Raw != best || got.Part == nil || *got.Part != d.parts[at] || got.Truncated {
				t.Errorf("got %+v, want %v of window %v", got, best, d.parts[at])
			}
			if a.Scores[1].Part != nil {
				t.Errorf("a short text has the part %v", a.Scores[1].Part)
			}
			first, err := e.Score(t.Context(), Request{Query: panda, Documents: []string{text}, MaxWindows: 1})
			if err != nil || !first.Scores[0].Truncated || first.Scores[0].Part.Start != 0 {
				t.Errorf("one window: %+v, %v", first.Scores, err)
			}
		})
	}
}

func TestWindowStarts(t *testing.T) {
	for _, test := range []struct {
		n, size int
		want    []int
	}{
		{101, 100, []int{0, 1}},
		{188, 100, []int{0, 88}},
		{189, 100, []int{0, 44, 89}},
		{3, 1, []int{0, 1, 2}},
	} {
		if diff := cmp.Diff(test.want, windowStarts(test.n, test.size)); diff != "" {
			t.Errorf("%d by %d: %s", test.n, test.size, diff)
		}
	}
}

// TestLongQueries keeps the query whole as long as one token of the document fits.
func TestLongQueries(t *testing.T) {
	files := testmodels.Committed(t, "bert", "")
	e := newEngine(t, testmodels.Of(t, files), inference.Options{})
	query := "panda"
	tok, err := tokenizer.Load(files.TokenizerPath)
	if err != nil {
		t.Fatal(err)
	}
	for tok.Count(query) < files.Model.MaxTokens-4 { // three special tokens and one of the document
		query += " a"
	}
	texts := []string{"hi hi hi", "hi"}
	want := testmodels.Scores(t, files, query, texts[:1])
	a, err := e.Score(t.Context(), Request{Query: query, Documents: texts})
	if err != nil || math.Abs(a.Scores[0].Raw-want[0]) > 1e-5 || !a.Scores[0].Truncated {
		t.Errorf("%+v, %v; the reference has %v", a.Scores, err, want)
	}
	longer, err := e.Score(t.Context(), Request{Query: query + strings.Repeat(" bear", 300), Documents: texts})
	if err != nil || !longer.Scores[0].Truncated || longer.Scores[0].Raw == longer.Scores[1].Raw {
		t.Errorf("a query that fills the model: %+v, %v", longer.Scores, err)
	}
	if _, err := e.Score(t.Context(), Request{Query: query, Documents: texts, Long: Refuse}); !errors.Is(err, ErrTooLong) {
		t.Errorf("refused: %v", err)
	}
}

func TestDuplicatesAreScoredOnce(t *testing.T) {
	e := newEngine(t, testmodels.Of(t, testmodels.Committed(t, "xlmr", "")), inference.Options{})
	texts := slices.Repeat([]string{"one", "two"}, 500)
	l, release, err := e.lazy.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	p, err := l.pairBuilder(Request{Query: panda})
	if err != nil {
		t.Fatal(err)
	}
	if h := newJob(p, Request{Documents: texts}, inference.UpTo(len(texts))); len(h.texts) != 2 {
		t.Errorf("%d texts of 2", len(h.texts))
	}
	a, err := e.Score(t.Context(), Request{Query: panda, Documents: texts})
	if err != nil || a.Judged != 1000 {
		t.Fatalf("judged %d, %v", a.Judged, err)
	}
	for i := range texts {
		if a.Scores[i] != a.Scores[i%2] {
			t.Fatalf("document %d: %+v", i, a.Scores[i])
		}
	}
	if a.Scores[0].Raw == a.Scores[1].Raw {
		t.Error("two texts have one score")
	}
}

// TestBudget gives a budget that is over at once, one that never is, and one
// that ends while the documents are judged in the order of their promise.
func TestBudget(t *testing.T) {
	e := newEngine(t, testmodels.Of(t, testmodels.Committed(t, "xlmr", "")), inference.Options{Workers: 1})
	texts := make([]string, 400)
	order := make([]int, len(texts))
	for i := range texts {
		texts[i] = strings.Repeat("panda ", 1+i%30) + string(rune('a'+i%26)) + strings.Repeat("b", i/26)
		order[i] = len(texts) - 1 - i
	}
	full, err := e.Score(t.Context(), Request{Query: panda, Documents: texts})
	if err != nil {
		t.Fatal(err)
	}
	none, err := e.Score(t.Context(), Request{Query: panda, Documents: texts, Budget: time.Nanosecond, Order: order})
	if err != nil || none.Judged != 0 || !slices.Equal(none.Ranked(), order) {
		t.Errorf("no time: judged %d, %v", none.Judged, err)
	}
	hour, err := e.Score(t.Context(), Request{Query: panda, Documents: texts, Budget: time.Hour, Order: order})
	if diff := cmp.Diff(full.Scores, hour.Scores); err != nil || diff != "" {
		t.Error(err, diff)
	}
	some, err := e.Score(t.Context(), Request{Query: panda, Documents: texts, Budget: 5 * time.Millisecond, Order: order})
	if err != nil || some.Judged == len(texts) {
		t.Fatalf("judged %d, %v", some.Judged, err)
	}
	for place, i := range order {
		if want := place < some.Judged; some.Scores[i].Judged != want || want && some.Scores[i].Raw != full.Scores[i].Raw {
			t.Fatalf("place %d of %d judged: %+v", place, some.Judged, some.Scores[i])
		}
	}
	if ranked := some.Ranked(); !slices.Equal(ranked[some.Judged:], order[some.Judged:]) {
		t.Errorf("the rest is ranked %v", ranked[some.Judged:])
	}
}

// TestBudgetCoversLoading answers in time while the model still loads, and the
// load goes on.
func TestBudgetCoversLoading(t *testing.T) {
	l := testmodels.Of(t, testmodels.Committed(t, "bert", ""))
	l.Hold = make(chan struct{})
	e := newEngine(t, l, inference.Options{})
	a, err := e.Score(t.Context(), Request{Query: panda, Documents: pandas(), Budget: 10 * time.Millisecond})
	if err != nil || a.Judged != 0 || len(a.Ranked()) != len(pandas()) {
		t.Errorf("%+v, %v", a, err)
	}
	close(l.Hold)
	testmodels.Eventually(t, "the load", e.lazy.Loaded)
	if n := l.Count(); n != 1 {
		t.Errorf("%d loads", n)
	}
}

func TestRefusals(t *testing.T) {
	l := testmodels.Of(t, testmodels.Committed(t, "xlmr", ""))
	e := newEngine(t, l, inference.Options{})
	for name, test := range map[string]struct {
		r    Request
		want error
	}{
		"empty query":     {Request{Documents: []string{"a"}}, ErrEmpty},
		"no documents":    {Request{Query: "a"}, ErrEmpty},
		"large query":     {Request{Query: strings.Repeat("a", MaxQueryBytes+1), Documents: []string{"a"}}, inference.ErrTooLarge},
		"large document":  {Request{Query: "a", Documents: []string{strings.Repeat("a", MaxTextBytes+1)}}, inference.ErrTooLarge},
		"many documents":  {Request{Query: "a", Documents: make([]string, 10_000)}, inference.ErrTooLarge},
		"too long":        {Request{Query: "a", Documents: []string{strings.Repeat("b ", 1000)}, Long: Refuse}, ErrTooLong},
		"order repeats":   {Request{Query: "a", Documents: []string{"a", "b"}, Order: []int{1, 1}}, nil},
		"order is beyond": {Request{Query: "a", Documents: []string{"a"}, Order: []int{1}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := e.Score(t.Context(), test.r); err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Score(gone, Request{Query: "a", Documents: []string{"b"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if a, err := e.Score(t.Context(), Request{Query: "a", Documents: []string{"b"}}); err != nil || a.Judged != 1 {
		t.Errorf("the next: %v", err)
	}
}

// TestOtherModels serves names that hosted services have, and refuses those of
// other models that we know.
func TestOtherModels(t *testing.T) {
	files := testmodels.Committed(t, "bert", "")
	files.Model.Name = models.DefaultReranker
	e := newEngine(t, testmodels.Of(t, files), inference.Options{})
	for name, want := range map[string]error{
		"": nil, "rerank-v3.5": nil, "bge-reranker-v2-m3": nil, "baai/BGE-reranker-v2-m3": nil, "default/not-specified": nil,
		"BAAI/bge-reranker-base": ErrOtherModel, "BAAI/bge-small-en-v1.5": ErrOtherModel,
	} {
		if _, err := e.Score(t.Context(), Request{Query: "a", Documents: []string{"b"}, Model: name}); !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestBrokenModels breaks each file in turn: an error that names the file, no
// crash, and the engine of sound files beside it goes on.
func TestBrokenModels(t *testing.T) {
	sound := newEngine(t, testmodels.Of(t, testmodels.Committed(t, "pair", "")), inference.Options{})
	for name, test := range map[string]struct {
		change func(t *testing.T, dir string)
		names  string
	}{
		"missing external data":   {func(t *testing.T, dir string) { remove(t, dir, "model.onnx_data") }, "model.onnx_data"},
		"truncated external data": {func(t *testing.T, dir string) { truncate(t, dir, "model.onnx_data") }, "model.onnx"},
		"truncated model":         {func(t *testing.T, dir string) { truncate(t, dir, "model.onnx") }, "model.onnx"},
		"truncated tokenizer":     {func(t *testing.T, dir string) { truncate(t, dir, "tokenizer.json") }, "tokenizer.json"},
		"tokenizer of another":    {func(t *testing.T, dir string) { copyFile(t, dir, "xlmr", "tokenizer.json") }, "another model"},
		"embedding model":         {func(t *testing.T, dir string) { replace(t, dir, onnxtest.Lookup(2500, 2)) }, "does not score pairs"},
		"three classes":           {func(t *testing.T, dir string) { replace(t, dir, testmodels.Classes(2500, 3)) }, "does not score pairs"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS("../../testdata/models/pair")); err != nil {
				t.Fatal(err)
			}
			test.change(t, dir)
			l := testmodels.Of(t, models.Files{Model: models.Model{Name: "broken", MaxTokens: 128},
				ModelPath: filepath.Join(dir, "model.onnx"), TokenizerPath: filepath.Join(dir, "tokenizer.json")})
			_, err := newEngine(t, l, inference.Options{}).Score(t.Context(), Request{Query: panda, Documents: []string{strings.Join(pandas(), " ")}})
			if !errors.Is(err, inference.ErrBroken) || !strings.Contains(err.Error(), test.names) {
				t.Errorf("got %v", err)
			}
			if _, err := sound.Score(t.Context(), Request{Query: "a", Documents: []string{"b"}}); err != nil {
				t.Errorf("beside it: %v", err)
			}
		})
	}
}

func remove(t *testing.T, dir, name string) {
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, dir, name string) {
	info, err := os.Stat(filepath.Join(dir, name))
	if err == nil {
		err = os.Truncate(filepath.Join(dir, name), info.Size()/2)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, dir, from, name string) {
	data, err := os.ReadFile(filepath.Join("../../testdata/models", from, name))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func replace(t *testing.T, dir string, m onnxtest.Model) {
	if err := os.WriteFile(filepath.Join(dir, "model.onnx"), m.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestNaNIsAnError(t *testing.T) {
	e := newEngine(t, testmodels.Of(t, testmodels.NaN(t)), inference.Options{})
	for _, budget := range []time.Duration{0, time.Minute} {
		if _, err := e.Score(t.Context(), Request{Query: "a", Documents: []string{"b", "z"}, Budget: budget}); !errors.Is(err, onnx.ErrNotFinite) || !errors.Is(err, inference.ErrBroken) {
			t.Errorf("got %v", err)
		}
		if a, err := e.Score(t.Context(), Request{Query: "a", Documents: []string{"b"}, Budget: budget}); err != nil || a.Judged != 1 {
			t.Errorf("the next: %v", err)
		}
	}
}

func TestLoadsOnceAndUnloadsWhenIdle(t *testing.T) {
	l := testmodels.Of(t, testmodels.Committed(t, "xlmr", ""))
	l.Hold = make(chan struct{})
	e := newEngine(t, l, inference.Options{Idle: 500 * time.Millisecond})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := e.Score(t.Context(), Request{Query: "a", Documents: []string{"b"}}); err != nil {
				t.Error(err)
			}
		})
	}
	testmodels.Eventually(t, "all to wait", func() bool { return e.Waiting() == 20 }) // one that came later might find it unloaded
	close(l.Hold)
	all.Wait()
	if n := l.Count(); n != 1 {
		t.Errorf("%d loads", n)
	}
	testmodels.Eventually(t, "the model to be unloaded", func() bool { return !e.lazy.Loaded() })
	if _, err := e.Score(t.Context(), Request{Query: "a", Documents: []string{"b"}}); err != nil || l.Count() != 2 {
		t.Errorf("%v, %d loads", err, l.Count())
	}
}
