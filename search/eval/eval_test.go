package eval

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"amalfa/testdata/assets"
)

func TestScore(t *testing.T) {
	grades := map[string]int{"a": 3, "b": 1, "c": 0, "d": -1}
	log3 := math.Log2(3)
	for _, c := range []struct {
		ranking []string
		want    Scores
	}{
		{[]string{"a", "b"}, Scores{1, 1, 1}},
		{[]string{"b", "a"}, Scores{(1 + 3/log3) / (3 + 1/log3), 1, 1}},
		{[]string{"c", "x", "b"}, Scores{(1.0 / 2) / (3 + 1/log3), 1.0 / 3, 0.5}},
		{[]string{"c", "d"}, Scores{}},
		{nil, Scores{}},
	} {
		if d := cmp.Diff(c.want, Score(c.ranking, grades), cmpopts.EquateApprox(0, 1e-12)); d != "" {
			t.Errorf("%v: %s", c.ranking, d)
		}
	}
	if s := Score([]string{"a"}, map[string]int{"a": 0}); s != (Scores{}) {
		t.Errorf("nothing is relevant: %+v", s)
	}
}

// Random rankings and grades, judged by pytrec_eval itself (its fork that comes built), from our run file.
func TestScoresAreThoseOfTrecEval(t *testing.T) {
	python := assets.Python(t, "pytrec-eval-terrier==0.5.11", "numpy")
	r := rand.New(rand.NewPCG(1, 1))
	judged := Judgements{}
	var rankings []Ranking
	var qrels strings.Builder
	for q := range 60 {
		id := fmt.Sprintf("q%d", q)
		judged[id] = map[string]int{}
		for range 1 + r.IntN(40) {
			doc := fmt.Sprintf("d%d", r.IntN(300))
			judged[id][doc] = r.IntN(6) - 1
		}
		for doc, g := range judged[id] {
			fmt.Fprintf(&qrels, "%s 0 %s %d\n", id, doc, g)
		}
		rk := Ranking{Question: id}
		for _, n := range r.Perm(300)[:r.IntN(150)] {
			rk.Documents = append(rk.Documents, fmt.Sprintf("d%d", n))
			rk.Values = append(rk.Values, float64(r.IntN(3))) // ties, and an order that the values do not give
		}
		if len(rk.Documents) > 0 {
			rankings = append(rankings, rk)
		}
	}
	dir := t.TempDir()
	var run bytes.Buffer
	if err := WriteRun(&run, "test", rankings); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"qrels": qrels.String(), "run": run.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(python, "-c", `
import pytrec_eval
qrels = pytrec_eval.parse_qrel(open("qrels"))
run = pytrec_eval.parse_run(open("run"))
for q, m in pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut.10", "recip_rank", "recall.100"}).evaluate(run).items():
    print(q, m["ndcg_cut_10"], m["recip_rank"], m["recall_100"])`)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := map[string]Scores{}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		f := strings.Fields(line)
		want[f[0]] = Scores{number(t, f[1]), number(t, f[2]), number(t, f[3])}
	}
	if len(want) != len(rankings) {
		t.Fatalf("%d questions judged, want %d", len(want), len(rankings))
	}
	for _, rk := range rankings {
		got, ref := Score(rk.Documents, judged[rk.Question]), want[rk.Question]
		if ref.MRR < 0.1 { // trec_eval looks further down
			ref.MRR = 0
		}
		if d := cmp.Diff(ref, got, cmpopts.EquateApprox(0, 1e-4)); d != "" {
			t.Errorf("%s: %s", rk.Question, d)
		}
	}
}

func number(t *testing.T, s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFuse(t *testing.T) {
	got := Fuse([]string{"a", "b", "c"}, []string{"c", "d", "b"})
	// a 1/61, b 1/62+1/63, c 1/63+1/61, d 1/62
	if d := cmp.Diff([]string{"c", "b", "a", "d"}, got); d != "" {
		t.Error(d)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(dir); !errors.Is(err, ErrCollection) || !strings.Contains(err.Error(), "corpus.jsonl") {
		t.Errorf("an empty folder: %v", err)
	}
	write("corpus.jsonl", "\ufeff"+`{"_id":"1","title":"A\nB","text":"one"}`+"\n\n"+`{"_id":"2","text":"two","metadata":{}}`)
	write("queries.jsonl", `{"_id":"q1","text":"?"}`+"\n"+`{"_id":"q2","text":"unjudged"}`)
	write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\t1\t2\n")
	c, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := Collection{
		Documents: []Document{{"1", "A\nB", "one"}, {"2", "", "two"}}, Questions: []Question{{"q1", "?"}},
		Judged: Judgements{"q1": {"1": 2}},
	}
	if d := cmp.Diff(want, c); d != "" {
		t.Error(d)
	}
	write("qrels.tsv", "q2 0 2 1\n") // TREC's own form, and first in order
	if c, err = Open(dir); err != nil || c.Judged["q2"]["2"] != 1 || len(c.Questions) != 1 {
		t.Errorf("%+v %v", c, err)
	}
	notes := t.TempDir()
	ids, err := c.Export(notes)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"c000/d000000.md": "1", "c000/d000001.md": "2"}, ids); d != "" {
		t.Error(d)
	}
	text, err := os.ReadFile(filepath.Join(notes, "c000", "d000000.md"))
	if err != nil || string(text) != "# A B\n\none\n" {
		t.Errorf("%q %v", text, err)
	}
	for name, text := range map[string]string{"qrels.tsv": "q1 1 high\nq1 1 x\n", "queries.jsonl": "{", "corpus.jsonl": `{"_id":"1"}` + "\n" + `{"_id":"1"}`} {
		write(name, text)
		if _, err := Open(dir); !errors.Is(err, ErrCollection) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzJudgements(f *testing.F) {
	f.Add("query-id\tcorpus-id\tscore\nq\td\t1\n")
	f.Add("q 0 d -1")
	f.Fuzz(func(t *testing.T, text string) {
		judged, err := readJudgements(strings.NewReader(text))
		for q, grades := range judged {
			if err == nil && (q == "" || len(grades) == 0) {
				t.Errorf("%q gives %q %v", text, q, grades)
			}
		}
	})
}

func TestAUROC(t *testing.T) {
	for _, test := range []struct {
		above, below []float64
		want         float64
	}{
		{[]float64{3, 4}, []float64{2, 1}, 1}, {[]float64{1}, []float64{2, 3}, 0}, {[]float64{1, 1}, []float64{1}, 0.5},
		{[]float64{2, 0.5}, []float64{1, 0.5}, 0.625}, {nil, []float64{1}, 0},
	} {
		if got := AUROC(test.above, test.below); got != test.want {
			t.Errorf("%v above %v: %v, not %v", test.above, test.below, got, test.want)
		}
	}
}
