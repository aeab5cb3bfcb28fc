package ingest

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// From the first tenth of the work on, the time left is within a fifth of the truth, however long the work and whatever its texts: each
// batch takes what its texts cost a model, with a fixed share, one for each token and one for each pair of tokens.
func TestTimeLeftIsSteady(t *testing.T) {
	for name, longest := range map[string]float64{"texts of one length": 1, "mixed": 30, "very mixed": 500} {
		for _, texts := range []int{400, 4000, 40_000} {
			r := rand.New(rand.NewPCG(uint64(texts), 7))
			tokens, cost := make([]float64, texts), make([]float64, texts)
			var left, all float64
			for i := range tokens {
				tokens[i] = math.Ceil(320 / math.Pow(longest, r.Float64()))
				cost[i] = 0.002 + tokens[i]*0.0003 + tokens[i]*tokens[i]*1e-7
				left, all = left+tokens[i], all+cost[i]
			}
			var s speed
			now := time.Unix(0, 0)
			s.start(now)
			var spent, worst float64
			for i := 0; i < texts; {
				var read, took float64
				for ; i < texts && (read == 0 || read < s.in(batchSeconds)); i++ {
					read, took = read+tokens[i], took+cost[i]
				}
				left, spent = left-read, spent+took
				now = now.Add(time.Duration(took * float64(time.Second)))
				s.add(int64(read), now)
				if truth := all - spent; spent > all/10 && truth > all/100 {
					worst = max(worst, math.Abs(left/s.rate-truth)/truth)
				}
			}
			t.Logf("%s, %d of them, %.0f s: off by %.1f %% at most", name, texts, all, 100*worst)
			if worst > 0.2 {
				t.Errorf("%s, %d of them: off by %.0f %%", name, texts, 100*worst)
			}
		}
	}
}
