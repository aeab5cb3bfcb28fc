package meter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"amalfa/llm"

	"github.com/natefinch/atomic"
)

const (
	pricesLast  = 24 * time.Hour
	pricesRetry = 10 * time.Minute // after prices could not be had
	pricesTime  = 3 * time.Second  // a question waits no longer for them
	maxPrices   = 4 << 20          // bytes of the file: 2,000 models take a quarter of it
)

// Prices are those of one provider, kept for a day in a file of the state folder. Safe for concurrent use; nil has no prices.
//
//	prices.json  {"host","at","models":{NAME:{"prompt","completion","request"}}}, 0600, replaced whole
type Prices struct {
	path, host string
	ask        func(context.Context) (map[string]llm.Price, error)
	now        func() time.Time

	mu     sync.Mutex
	known  priceList
	failed time.Time
}

type priceList struct {
	Host   string               `json:"host"`
	At     time.Time            `json:"at"`
	Models map[string]llm.Price `json:"models"`
}

// NewPrices returns the prices of the provider at a host, kept in the file at path. ask asks the provider for them.
func NewPrices(path, host string, ask func(context.Context) (map[string]llm.Price, error)) *Prices {
	return &Prices{path: path, host: host, ask: ask, now: time.Now}
}

// Of returns the price of a model, false where it is not known. It asks the provider where what is kept is older than a day.
func (p *Prices) Of(ctx context.Context, model string) (llm.Price, bool) {
	if p == nil || model == "" {
		return llm.Price{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.load(); !p.fresh() && p.now().Sub(p.failed) >= pricesRetry {
		p.fetch(ctx)
	}
	price, ok := p.known.Models[model]
	return price, ok
}

// Kept is Of without asking anybody.
func (p *Prices) Kept(model string) (llm.Price, bool) {
	if p == nil {
		return llm.Price{}, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.load()
	price, ok := p.known.Models[model]
	return price, ok
}

// fresh tells whether what is known is of this day. A clock that was set back makes nothing last longer.
func (p *Prices) fresh() bool {
	age := p.now().Sub(p.known.At)
	return p.known.Models != nil && age >= 0 && age < pricesLast
}

// load reads what another process may have written since. What cannot be read, or is of another host, is as if it were not there.
func (p *Prices) load() {
	if p.fresh() {
		return
	}
	in, err := os.Open(p.path)
	if err != nil {
		return
	}
	defer in.Close()
	var l priceList
	if json.NewDecoder(io.LimitReader(in, maxPrices)).Decode(&l) == nil && l.Host == p.host && l.Models != nil {
		p.known = l
	}
}

// fetch asks the provider. Where that fails, older prices stay in use.
func (p *Prices) fetch(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, pricesTime)
	defer cancel()
	models, err := p.ask(ctx)
	if err != nil {
		p.failed = p.now()
		return
	}
	p.known = priceList{p.host, p.now(), models}
	_ = p.save() // the next process asks once more
}

func (p *Prices) save() error {
	data, err := json.Marshal(p.known)
	return errors.Join(err, os.MkdirAll(filepath.Dir(p.path), 0o700), atomic.WriteFile(p.path, bytes.NewReader(data)))
}
