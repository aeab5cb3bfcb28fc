package access

import (
	"context"
	"time"

	"amalfa/store/people"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"
)

// maxPeople bounds whose requests are counted.
const maxPeople = 10_000

func (d *Door) caches() {
	d.limits, _ = lru.New[string, *rate.Limiter](maxPeople) // errors come of sizes below one only
	d.used, _ = lru.New[string, time.Time](maxPeople)
}

// limit is how long a person has to wait; a tenth of a minute's requests may come at once.
func (d *Door) limit(p Person) time.Duration {
	if d.PerMinute <= 0 || p.Name == "" {
		return 0
	}
	d.once.Do(d.caches)
	who := p.Name + "\x00" + p.token
	l, ok := d.limits.Get(who)
	if !ok {
		l = rate.NewLimiter(rate.Limit(float64(d.PerMinute)/60), max(1, d.PerMinute/10))
		if before, met, _ := d.limits.PeekOrAdd(who, l); met {
			l = before
		}
	}
	r := l.Reserve()
	wait := r.Delay()
	if wait > 0 {
		r.Cancel()
	}
	return wait
}

// noteUse writes down now and then that a token was brought. Where that cannot be written nobody is kept out for it.
func (d *Door) noteUse(ctx context.Context, p Person) {
	if p.token == "" {
		return
	}
	d.once.Do(d.caches)
	now := time.Now()
	if at, ok := d.used.Get(p.token); ok && now.Sub(at) < people.UsedWithin {
		return
	}
	d.used.Add(p.token, now)
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	_ = d.Tokens.Used(ctx, p.token, now)
}
