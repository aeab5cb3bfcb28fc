package search

import (
	"math"
	"testing"
)

func TestExpectation(t *testing.T) {
	at := func(pairs []pair, k float64) float64 { return expectation(pairs)(k) }
	if got := at(nil, 0.5); math.Abs(got-(priorLow+0.5*priorSlope)) > 1e-9 {
		t.Errorf("without candidates %v, not what the prior says", got)
	}
	var line, flat, against []pair
	for i := range 100 {
		k := float64(i) / 100
		line, flat, against = append(line, pair{k, 0.2 + 0.5*k}), append(flat, pair{k, 0.6}), append(against, pair{k, 1 - k})
	}
	if got := at(line, 0.6); math.Abs(got-0.5) > 0.02 {
		t.Errorf("on the line 0.2 + 0.5 k it is %v at 0.6", got)
	}
	if got := at(flat, 0.1); math.Abs(got-0.6) > 0.03 {
		t.Errorf("among 0.6 it is %v", got)
	}
	for k := 0.1; k <= 1; k += 0.1 {
		if at(against, k) < at(against, k-0.1) {
			t.Errorf("more words count less at %v", k)
		}
	}
}

func TestSharePercent(t *testing.T) {
	for _, c := range []struct {
		Share
		want int
	}{{Share{0, 0}, 100}, {Share{0, 5}, 0}, {Share{1, 40000}, 1}, {Share{34, 100}, 34}, {Share{39999, 40000}, 99}, {Share{5, 5}, 100}, {Share{6, 5}, 100}} {
		if got := c.Percent(); got != c.want {
			t.Errorf("%+v is %d %%, not %d", c.Share, got, c.want)
		}
	}
}
