package meter

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"amalfa/llm"
)

// TestPricesAreKept: the provider is asked once a day, by all processes together, and for one host.
func TestPricesAreKept(t *testing.T) {
	path, now, asked := filepath.Join(t.TempDir(), "state", "prices.json"), time.Date(2026, 5, 6, 14, 20, 0, 0, time.UTC), 0
	open := func(host string) *Prices {
		p := NewPrices(path, host, func(context.Context) (map[string]llm.Price, error) {
			asked++
			return map[string]llm.Price{"m": {Prompt: float64(asked)}}, nil
		})
		p.now = func() time.Time { return now }
		return p
	}
	expect := func(p *Prices, price float64, times int) {
		t.Helper()
		if got, ok := p.Of(t.Context(), "m"); !ok || got.Prompt != price || asked != times {
			t.Errorf("%v %v, asked %d times", got, ok, asked)
		}
	}
	first := open("h")
	if _, ok := first.Kept("m"); ok || asked != 0 {
		t.Error("asked for what is kept")
	}
	expect(first, 1, 1)
	expect(first, 1, 1)
	expect(open("h"), 1, 1)
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	now = now.Add(pricesLast + time.Minute)
	expect(open("h"), 2, 2)
	expect(first, 2, 2) // it reads what the other has written
	now = now.Add(-48 * time.Hour)
	expect(open("h"), 3, 3)
	last := open("another")
	expect(last, 4, 4)
	if _, ok := last.Of(t.Context(), "unknown"); ok || asked != 4 {
		t.Error("a model without a price is asked for again and again")
	}
}

func TestPricesFail(t *testing.T) {
	now, asked := time.Now(), 0
	for _, text := range []string{"", "{", `{"host":"h","at":"yesterday"}`, `{"host":"h","models":[]}`, strings.Repeat("x", maxPrices+1)} {
		path := filepath.Join(t.TempDir(), "prices.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		asked = 0
		p := NewPrices(path, "h", func(ctx context.Context) (map[string]llm.Price, error) {
			if _, bounded := ctx.Deadline(); !bounded {
				t.Error("nobody waits for prices without end")
			}
			asked++
			return nil, errors.New("down")
		})
		p.now = func() time.Time { return now }
		for range 3 {
			if _, ok := p.Of(t.Context(), "m"); ok || asked != 1 {
				t.Errorf("%.10q: asked %d times", text, asked)
			}
		}
		now = now.Add(pricesRetry)
		if p.Of(t.Context(), "m"); asked != 2 {
			t.Errorf("%.10q: asked %d times after a while", text, asked)
		}
	}
	var none *Prices
	if _, ok := none.Of(t.Context(), "m"); ok {
		t.Error("no prices have one")
	}
}
