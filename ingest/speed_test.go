package ingest

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A made run is texts in order, and what each costs a model: a fixed share, one for each token and one for each pair of tokens.
type madeRun struct{ tokens, cost []float64 }

func (r *madeRun) add(tokens, factor float64) {
	r.tokens = append(r.tokens, tokens)
	r.cost = append(r.cost, factor*(0.002+tokens*0.0003+tokens*tokens*1e-7))
}

func (r *madeRun) sum() (tokens, seconds float64) {
	for i := range r.tokens {
		tokens, seconds = tokens+r.tokens[i], seconds+r.cost[i]
	}
	return tokens, seconds
}

// estimates calls f after each batch with the seconds so far, those that are left in truth, and those that are said to be left.
func (r *madeRun) estimates(f func(spent, truth, said float64)) {
	left, all := r.sum()
	var s speed
	now := time.Unix(0, 0)
	s.start(now)
	var spent float64
	for i := 0; i < len(r.tokens); {
		var read, took float64
		from := i
		for ; i < len(r.tokens) && (read == 0 || read < s.in(batchSeconds)); i++ {
			read, took = read+r.tokens[i], took+r.cost[i]
		}
		left, spent = left-read, spent+took
		now = now.Add(time.Duration(took * float64(time.Second)))
		s.add(int64(read), i-from, now)
		f(spent, all-spent, s.left(int64(left), len(r.tokens)-i).Seconds())
	}
}

// From the first tenth of the work on, the time left is within a fifth of the truth, however long the work and whatever its texts, also
// where the newest notes, which come first, are much longer or shorter than the older ones.
func TestTimeLeftIsSteady(t *testing.T) {
	orders := map[string]func(a, b float64) int{
		"in any order": nil, "longest first": func(a, b float64) int { return cmp.Compare(b, a) }, "shortest first": cmp.Compare[float64],
	}
	for name, longest := range map[string]float64{"texts of one length": 1, "mixed": 30, "very mixed": 500} {
		for order, compare := range orders {
			for _, texts := range []int{400, 4000, 40_000} {
				r := rand.New(rand.NewPCG(uint64(texts), 7))
				lengths := make([]float64, texts)
				for i := range lengths {
					lengths[i] = max(math.Ceil(320/math.Pow(longest, r.Float64())), leastPassage)
				}
				if compare != nil {
					slices.SortFunc(lengths, compare)
				}
				var run madeRun
				for _, n := range lengths {
					run.add(n, 1)
				}
				_, all := run.sum()
				worst := 0.0
				run.estimates(func(spent, truth, said float64) {
					if spent > all/10 && truth > all/100 {
						worst = max(worst, math.Abs(said-truth)/truth)
					}
				})
				t.Logf("%s, %s, %d of them, %.0f s: off by %.1f %% at most", name, order, texts, all, 100*worst)
				if worst > 0.2 {
					t.Errorf("%s, %s, %d of them: off by %.0f %%", name, order, texts, 100*worst)
				}
			}
		}
	}
}

// leastPassage is the tokens of a short passage with its headings and the special tokens.
const leastPassage = 12

// Another program that takes half of the machine half way, and one that leaves it, are noticed within a quarter of the run so far.
func TestTimeLeftFollowsTheMachine(t *testing.T) {
	for name, later := range map[string]float64{"slower": 2, "faster": 0.5} {
		for _, texts := range []int{4000, 40_000} {
			var run madeRun
			for i := range texts {
				factor := 1.0
				if i > texts/2 {
					factor = later
				}
				run.add(150, factor)
			}
			_, all := run.sum()
			changed := all / (1 + later)
			worst := 0.0
			run.estimates(func(spent, truth, said float64) {
				if spent > max(changed*1.25, changed+2*leastMemory.Seconds()) && truth > all/100 {
					worst = max(worst, math.Abs(said-truth)/truth)
				}
			})
			t.Logf("%s, %.0f s: off by %.1f %% at most", name, all, 100*worst)
			if worst > 0.2 {
				t.Errorf("%s, %d texts: off by %.0f %%", name, texts, 100*worst)
			}
		}
	}
}
