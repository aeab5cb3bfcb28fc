package llm

import (
	"context"
	"encoding/json"
	"strconv"
)

// A Price is what a model takes, in US dollars.
type Price struct {
	Prompt     float64 `json:"prompt"`     // a token of the question
	Completion float64 `json:"completion"` // a token of the answer
	Request    float64 `json:"request"`    // each question besides
}

// Of is what a question and its answer cost at the price.
func (p Price) Of(u Usage) float64 {
	if p == (Price{}) {
		return 0
	}
	return p.Request + p.Prompt*float64(u.Prompt) + p.Completion*float64(u.Completion)
}

// HasPrices tells whether the provider says prices where it lists its models.
func (p *Provider) HasPrices() bool {
	named, _ := presetNamed(p.cfg.Name)
	return named.prices || presetAt(p.base).prices
}

// Prices asks a provider that has them for the prices of its models, by their names. A model whose price depends on what it is
// asked is not among them; one that costs nothing is.
func (p *Provider) Prices(ctx context.Context) (map[string]Price, error) {
	all, err := p.list(ctx)
	if err != nil {
		return nil, err
	}
	prices := map[string]Price{}
	for _, m := range all.Data {
		if ValidModel(m.ID) && m.Pricing.known && len(prices) < maxModels {
			prices[m.ID] = m.Pricing.Price
		}
	}
	return prices, nil
}

// pricing is what OpenRouter says of a model: dollars, as text. A form that it has not today, and prices below 0, which stand for one
// that depends, are unknown.
type pricing struct {
	Price
	known bool
}

// maxPrice bounds what is believed of a price, in dollars a token: the dearest model of 2026 took less than a thousandth of it.
const maxPrice = 1

func (p *pricing) UnmarshalJSON(data []byte) error {
	var v struct{ Prompt, Completion, Request any }
	if json.Unmarshal(data, &v) != nil {
		return nil
	}
	p.known = v.Prompt != nil && v.Completion != nil
	for _, f := range []struct {
		said any
		to   *float64
	}{{v.Prompt, &p.Prompt}, {v.Completion, &p.Completion}, {v.Request, &p.Request}} {
		amount, ok := dollars(f.said)
		*f.to, p.known = amount, p.known && ok
	}
	return nil
}

func dollars(said any) (amount float64, ok bool) {
	switch v := said.(type) {
	case nil:
		return 0, true
	case float64:
		amount = v
	case string:
		n, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return 0, false
		}
		amount = n
	default:
		return 0, false
	}
	return amount, amount >= 0 && amount <= maxPrice
}
