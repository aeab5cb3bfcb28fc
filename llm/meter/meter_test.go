package meter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"amalfa/llm"
)

func at(t *testing.T, l Limits, now *time.Time) *Meter {
	t.Helper()
	m := New(filepath.Join(t.TempDir(), "state", "spending.json"), l, nil)
	m.now = func() time.Time { return *now }
	return m
}

// fixed answers with a usage.
type fixed llm.Usage

func (f fixed) Chat(context.Context, llm.Request, func(string) error) (llm.Reply, error) {
	return llm.Reply{Content: "four", Usage: llm.Usage(f)}, nil
}

func length(s string) int { return len(s) }

var question = llm.Request{Messages: []llm.Message{{Role: "user", Content: "0123456789"}}}

func TestGuardCounts(t *testing.T) {
	now := time.Date(2026, 5, 6, 14, 20, 0, 0, time.UTC)
	m := at(t, Limits{}, &now)
	for _, u := range []llm.Usage{{Prompt: 12, Completion: 3, Cost: 0.5}, {}} { // the second provider says nothing: 10 and 4 are a guess
		if _, err := m.Guard(fixed(u), length).Chat(t.Context(), question, nil); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(time.Hour)
	if _, err := m.Guard(fixed{Prompt: 1}, length).Chat(t.Context(), question, nil); err != nil {
		t.Fatal(err)
	}
	s, err := m.Spending(t.Context())
	if err != nil || s.Hour != (Taken{1, llm.Usage{Prompt: 1}}) || s.Day != (Taken{3, llm.Usage{Prompt: 23, Completion: 7, Cost: 0.5}}) {
		t.Errorf("%+v %v", s, err)
	}
	if info, err := os.Stat(m.file.path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestLimits(t *testing.T) {
	start := time.Date(2026, 5, 6, 14, 20, 0, 0, time.UTC)
	for _, tt := range []struct {
		name  string
		l     Limits
		after llm.Usage
		want  string
		ends  time.Duration
	}{
		{"hour", Limits{TokensPerHour: 30}, llm.Usage{Prompt: 20, Completion: 1}, "21 of the 30 tokens an hour (sonar.limits.tokensPerHour) are used, and this would take about 10 more; it begins anew at 15:00", 40 * time.Minute},
		{"day", Limits{TokensPerDay: 30, TokensPerHour: 30}, llm.Usage{Prompt: 25}, "sonar.limits.tokensPerDay", 9*time.Hour + 40*time.Minute},
		{"money", Limits{CostPerDay: 1}, llm.Usage{Prompt: 1, Cost: 1.5}, "$1.50 of the $1.00 a day (sonar.limits.costPerDay) are spent", 9*time.Hour + 40*time.Minute},
		{"money an hour", Limits{CostPerHour: 1}, llm.Usage{Prompt: 1, Cost: 1}, "sonar.limits.costPerHour", 40 * time.Minute},
		{"one that is larger than the limit", Limits{TokensPerHour: 9}, llm.Usage{}, "would take about 10 more", 40 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := start
			m := at(t, tt.l, &now)
			g := m.Guard(fixed(tt.after), length)
			if tt.after != (llm.Usage{}) {
				if _, err := g.Chat(t.Context(), question, nil); err != nil {
					t.Fatal(err)
				}
			}
			_, err := g.Chat(t.Context(), question, nil)
			f, ok := errors.AsType[*llm.Fault](err)
			if !ok || f.Kind != llm.KindSpent || !strings.Contains(f.Message, tt.want) || f.RetryAfter != tt.ends {
				t.Fatalf("%+v", err)
			}
			now = now.Add(tt.ends)
			if _, err := g.Chat(t.Context(), question, nil); err != nil && tt.after != (llm.Usage{}) {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// TestClockJumps sets the clock back by a day and by years: what was taken still counts, and for no longer than a day.
func TestClockJumps(t *testing.T) {
	for _, back := range []time.Duration{time.Hour, 26 * time.Hour, 10 * 365 * 24 * time.Hour} {
		now := time.Date(2026, 5, 6, 14, 20, 0, 0, time.UTC)
		m := at(t, Limits{TokensPerDay: 30}, &now)
		g := m.Guard(fixed{Prompt: 25}, length)
		if _, err := g.Chat(t.Context(), question, nil); err != nil {
			t.Fatal(err)
		}
		now = now.Add(-back)
		if _, err := g.Chat(t.Context(), question, nil); err == nil {
			t.Errorf("set back by %v: nothing counts any more", back)
		}
		now = now.Add(25 * time.Hour)
		if _, err := g.Chat(t.Context(), question, nil); err != nil {
			t.Errorf("a day after it was set back by %v: %v", back, err)
		}
	}
}

func TestFileIsBounded(t *testing.T) {
	now := time.Date(2026, 5, 6, 14, 20, 0, 0, time.UTC)
	m := at(t, Limits{}, &now)
	for range 200 {
		now = now.Add(time.Hour)
		if _, err := m.Begin(t.Context(), "m", 1); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := m.file.load(); err != nil || len(b.Hours) != kept {
		t.Errorf("%d hours, %v", len(b.Hours), err)
	}
}

func TestDamagedFile(t *testing.T) {
	now := time.Now()
	for _, text := range []string{"", "{", "[]", strings.Repeat("x", maxFile+1)} {
		m := at(t, Limits{TokensPerDay: 100}, &now)
		if err := errors.Join(os.MkdirAll(filepath.Dir(m.file.path), 0o700), os.WriteFile(m.file.path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Begin(t.Context(), "m", 1); err != nil {
			t.Errorf("%.10q: %v", text, err)
		}
		if s, err := m.Spending(t.Context()); err != nil || s.Day.Prompt != 1 {
			t.Errorf("%.10q: %+v %v", text, s, err)
		}
	}
	m := New(filepath.Join(os.DevNull, "x", "spending.json"), Limits{TokensPerDay: 1}, nil)
	if _, err := m.Begin(t.Context(), "m", 1); err == nil {
		t.Error("with a limit, what cannot be counted is refused")
	}
	m.limits = Limits{}
	if r, err := m.Begin(t.Context(), "m", 1); err != nil {
		t.Errorf("without limits nothing is refused: %v", err)
	} else {
		r.End(t.Context(), llm.Usage{Prompt: 1}, 0)
	}
}

// TestSeveralProcesses counts from four processes at once, one of which is killed again and again: nothing that ended is lost, and the
// file can always be read.
func TestSeveralProcesses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spending.json")
	if to := os.Getenv("METER_TEST_PATH"); to != "" {
		m := New(to, Limits{}, nil)
		for range 200 {
			r, err := m.Begin(t.Context(), "m", 1)
			if err != nil {
				t.Fatal(err)
			}
			r.End(t.Context(), llm.Usage{Prompt: 2, Completion: 1}, 0)
			fmt.Println("counted")
		}
		return
	}
	child := func() *exec.Cmd {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestSeveralProcesses$")
		c.Env = append(os.Environ(), "METER_TEST_PATH="+path)
		return c
	}
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			if out, err := child().CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	killed, counted := 0, 0
	for range 5 {
		c := child()
		out := &strings.Builder{}
		c.Stdout = out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(200*time.Millisecond, func() { _ = c.Process.Kill() })
		if c.Wait() != nil {
			killed++
		}
		counted += strings.Count(out.String(), "counted")
	}
	group.Wait()
	s, err := New(path, Limits{}, nil).Spending(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	least, most := 3*(3*200+counted), 3*(3*200+counted+2*killed) // a killed one may have ended a request that it could not tell of
	if s.Day.Tokens() < least || s.Day.Tokens() > most {
		t.Errorf("%d tokens, want %d to %d; %d killed", s.Day.Tokens(), least, most, killed)
	}
}

// priced returns a meter whose provider lists a price for the model "m": a cent for a token of the question, two for one of an answer.
func priced(t *testing.T, l Limits, now *time.Time) *Meter {
	m := at(t, l, now)
	m.prices = NewPrices(filepath.Join(t.TempDir(), "prices.json"), "h", func(context.Context) (map[string]llm.Price, error) {
		return map[string]llm.Price{"m": {Prompt: 0.01, Completion: 0.02}}, nil
	})
	return m
}

// TestCosts: what the provider says counts, then its prices; what goes beyond a limit is refused before it is asked.
func TestCosts(t *testing.T) {
	now := time.Date(2026, 5, 6, 14, 20, 0, 0, time.UTC)
	ask := question
	ask.Model = "m"
	for _, tt := range []struct {
		name  string
		model string
		says  llm.Usage
		want  float64
	}{
		{"said", "m", llm.Usage{Prompt: 10, Completion: 5, Cost: 0.7}, 0.7},
		{"by its prices", "m", llm.Usage{Prompt: 10, Completion: 5}, 0.2},
		{"guessed, by its prices", "m", llm.Usage{}, 0.1 + 0.08},
		{"a model without a price", "n", llm.Usage{Prompt: 10, Completion: 5}, 0},
	} {
		m := priced(t, Limits{}, &now)
		r := ask
		r.Model = tt.model
		if _, err := m.Guard(fixed(tt.says), length).Chat(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
		if s, err := m.Spending(t.Context()); err != nil || s.Day.Cost != tt.want {
			t.Errorf("%s: %+v %v, want %v", tt.name, s.Day, err, tt.want)
		}
	}
	m := priced(t, Limits{CostPerHour: 0.25}, &now)
	if _, err := m.Guard(fixed{Prompt: 10, Completion: 5}, length).Chat(t.Context(), ask, nil); err != nil {
		t.Fatal(err)
	}
	_, err := m.Guard(fixed{Prompt: 10, Completion: 5}, length).Chat(t.Context(), ask, nil)
	if f, ok := errors.AsType[*llm.Fault](err); !ok || f.Kind != llm.KindSpent || !strings.Contains(f.Message, "$0.20 of the $0.25 an hour (sonar.limits.costPerHour) are spent, and this would take about $0.1000 more") {
		t.Error(err)
	}
}

// failing answers with an error.
type failing struct {
	reply llm.Reply
	err   error
}

func (f failing) Chat(context.Context, llm.Request, func(string) error) (llm.Reply, error) {
	return f.reply, f.err
}

// TestRefusedIsFree: what a provider did not work for is not counted; what may have been, is.
func TestRefusedIsFree(t *testing.T) {
	now := time.Date(2026, 5, 6, 14, 20, 0, 0, time.UTC)
	ask := question
	ask.Model = "m"
	for _, tt := range []struct {
		f    failing
		want Taken
	}{
		{failing{err: &llm.Fault{Kind: llm.KindAuth}}, Taken{}},
		{failing{err: &llm.Fault{Kind: llm.KindBusy}}, Taken{}},
		{failing{err: &llm.Fault{Kind: llm.KindRefused}}, Taken{}},
		{failing{err: &llm.Fault{Kind: llm.KindDown}}, Taken{}},
		{failing{llm.Reply{Content: "four"}, &llm.Fault{Kind: llm.KindDown}}, Taken{1, llm.Usage{Prompt: 10, Completion: 4, Cost: 0.18}}},
		{failing{err: &llm.Fault{Kind: llm.KindTimeout}}, Taken{1, llm.Usage{Prompt: 10, Cost: 0.1}}},
		{failing{err: context.Canceled}, Taken{1, llm.Usage{Prompt: 10, Cost: 0.1}}},
	} {
		m := priced(t, Limits{}, &now)
		_, _ = m.Guard(tt.f, length).Chat(t.Context(), ask, nil)
		if s, err := m.Spending(t.Context()); err != nil || s.Day != tt.want {
			t.Errorf("%v: %+v %v", tt.f.err, s.Day, err)
		}
	}
}
