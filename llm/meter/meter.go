// Package meter counts what language models take, in tokens and in the money that providers say, and refuses more than the user's
// limits allow.
//
// What was taken is kept by the hour in one file of the user's state folder, for all workspaces and processes together:
//
//	spending.json       {"hours":[{"hour","requests","prompt","completion","cost"}]}, 0600, replaced whole
//	spending.json.lock  held while it is read and replaced
//
// What a provider says that an answer cost is counted; where it says nothing, the answer's tokens at the [Prices] that it lists.
//
// A request is counted before it goes out, with what its question will take as far as that can be known, and corrected when its
// answer is there: a process that is killed in between has counted its question.
package meter

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"amalfa/llm"
)

// Limits bound what is taken; 0 is no limit. A calendar hour and day of the local time count, not the last 60 minutes and 24 hours.
type Limits struct {
	TokensPerHour, TokensPerDay int     // questions and answers together
	CostPerHour, CostPerDay     float64 // US dollars, as far as providers say them
}

// Taken is what requests took.
type Taken struct {
	Requests int `json:"requests"`
	llm.Usage
}

// nanodollars are what sums are rounded to: what is added and taken back again then leaves nothing.
const nanodollars = 1e9

func (t Taken) add(u Taken) Taken {
	sum := Taken{t.Requests + u.Requests, t.Usage.Add(u.Usage)}
	sum.Cost = math.Round(sum.Cost*nanodollars) / nanodollars
	return sum
}

// Tokens are those of questions and answers together.
func (t Taken) Tokens() int { return t.Prompt + t.Completion }

// A Spending is what was taken up to now.
type Spending struct {
	Hour, Day         Taken
	HourEnds, DayEnds time.Time
	Limits            Limits
}

// A Meter counts. Safe for concurrent use, by several processes too.
type Meter struct {
	file   file
	limits Limits
	prices *Prices
	now    func() time.Time
}

// New returns a meter that counts in the file at path, which need not exist; "" is one that counts nothing. prices may be nil.
func New(path string, l Limits, prices *Prices) *Meter {
	return &Meter{file{path}, l, prices, time.Now}
}

// Price returns what is known of a model's price without asking for it.
func (m *Meter) Price(model string) (llm.Price, bool) { return m.prices.Kept(model) }

// Estimate is about what a model takes for a question and an answer of so many tokens; false where its price is not known.
func (m *Meter) Estimate(ctx context.Context, model string, prompt, completion int) (dollars float64, known bool) {
	price, known := m.prices.Of(ctx, model)
	return price.Of(llm.Usage{Prompt: prompt, Completion: completion}), known
}

// Spending tells what was taken up to now.
func (m *Meter) Spending(ctx context.Context) (Spending, error) {
	book, err := m.file.read(ctx, m.now())
	return book.spending(m.now(), m.limits), err
}

// A Request is one that was let through and has not ended yet.
type Request struct {
	m       *Meter
	began   time.Time
	guessed llm.Usage
	price   llm.Price
}

// Begin counts a request to a model that will take about so many tokens, or refuses it with a *llm.Fault of KindSpent that says when it may
// come again. Where nothing can be counted, it lets through what no limit is set for.
func (m *Meter) Begin(ctx context.Context, model string, tokens int) (*Request, error) {
	if m.file.path == "" {
		return &Request{}, nil
	}
	r := &Request{m: m, began: m.now(), guessed: llm.Usage{Prompt: tokens}}
	r.price, _ = m.prices.Of(ctx, model)
	r.guessed.Cost = r.price.Of(r.guessed)
	var refused error
	err := m.file.change(ctx, r.began, func(b *book) {
		if refused = b.spending(r.began, m.limits).refuse(r.began, r.guessed); refused == nil {
			b.add(r.began, Taken{1, r.guessed})
		}
	})
	switch {
	case refused != nil:
		return nil, refused
	case err != nil && m.limits != (Limits{}):
		return nil, &llm.Fault{Kind: llm.KindSpent, Message: "what was spent cannot be counted, and there are limits: " + err.Error()}
	case err != nil:
		r.m = nil
	}
	return r, nil
}

// End puts what the request took in the place of the guess; a provider that said nothing of it leaves the guess, and answered is
// about how many tokens its answer had.
func (r *Request) End(ctx context.Context, u llm.Usage, answered int) {
	if r.m == nil {
		return
	}
	if u.Prompt == 0 && u.Completion == 0 {
		u.Prompt, u.Completion = r.guessed.Prompt, answered
	}
	if u.Cost == 0 {
		u.Cost = r.price.Of(u)
	}
	u.Prompt, u.Cost = u.Prompt-r.guessed.Prompt, u.Cost-r.guessed.Cost
	_ = r.m.file.change(context.WithoutCancel(ctx), r.m.now(), func(b *book) { b.add(r.began, Taken{0, u}) }) // the question is counted
}

// TakeBack takes away what was counted for a request that its provider refused: it has nothing to bill.
func (r *Request) TakeBack(ctx context.Context) {
	if r.m == nil {
		return
	}
	back := Taken{-1, llm.Usage{Prompt: -r.guessed.Prompt, Cost: -r.guessed.Cost}}
	_ = r.m.file.change(context.WithoutCancel(ctx), r.m.now(), func(b *book) { b.add(r.began, back) }) // it stays counted
}

// refuse returns why so much more is too much.
func (s Spending) refuse(now time.Time, more llm.Usage) error {
	tokens := more.Prompt
	tooMany := func(used, limit int, key, per string, ends time.Time) error {
		if limit == 0 || used+tokens <= limit {
			return nil
		}
		return spent(now, ends, "%d of the %d tokens %s (sonar.limits.%s) are used, and this would take about %d more", used, limit, per, key, tokens)
	}
	tooDear := func(used, limit float64, key, per string, ends time.Time) error {
		if limit == 0 || used < limit && used+more.Cost <= limit {
			return nil
		}
		about := ""
		if more.Cost > 0 {
			about = fmt.Sprintf(", and this would take about $%.4f more", more.Cost)
		}
		return spent(now, ends, "$%.2f of the $%.2f %s (sonar.limits.%s) are spent%s", used, limit, per, key, about)
	}
	for _, err := range []error{
		tooMany(s.Day.Tokens(), s.Limits.TokensPerDay, "tokensPerDay", "a day", s.DayEnds),
		tooDear(s.Day.Cost, s.Limits.CostPerDay, "costPerDay", "a day", s.DayEnds),
		tooMany(s.Hour.Tokens(), s.Limits.TokensPerHour, "tokensPerHour", "an hour", s.HourEnds),
		tooDear(s.Hour.Cost, s.Limits.CostPerHour, "costPerHour", "an hour", s.HourEnds),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

func spent(now, ends time.Time, format string, args ...any) error {
	return &llm.Fault{Kind: llm.KindSpent, Message: fmt.Sprintf(format, args...) + "; it begins anew at " + ends.Format("15:04"), RetryAfter: ends.Sub(now)}
}

// Guard returns an Asker that asks next within the limits. count tells about how many tokens a text has.
func (m *Meter) Guard(next llm.Asker, count func(string) int) llm.Asker {
	return guarded{m, next, count}
}

type guarded struct {
	meter *Meter
	next  llm.Asker
	count func(string) int
}

// Chat implements llm.Asker.
func (g guarded) Chat(ctx context.Context, r llm.Request, onDelta func(string) error) (llm.Reply, error) {
	tokens := 0
	for _, m := range r.Messages {
		tokens += g.count(m.Content)
	}
	asked, err := g.meter.Begin(ctx, r.Model, tokens)
	if err != nil {
		return llm.Reply{}, err
	}
	reply, err := g.next.Chat(ctx, r, onDelta)
	if IsRefused(err, reply) {
		asked.TakeBack(ctx)
		return reply, err
	}
	asked.End(ctx, reply.Usage, g.count(reply.Content))
	return reply, err
}

// IsRefused tells whether the provider did nothing: it was not there, or it said no before its first word.
func IsRefused(err error, reply llm.Reply) bool {
	f, ok := errors.AsType[*llm.Fault](err)
	return ok && f.Kind != llm.KindTimeout && f.Kind != llm.KindGarbage && reply.Content == "" && reply.Usage == (llm.Usage{})
}
