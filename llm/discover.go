package llm

import (
	"context"
	"net/url"
	"sync"
	"time"
)

// discoverTime bounds how long servers on this machine are waited for, all together: they answer in milliseconds, or are not there.
const discoverTime = 700 * time.Millisecond

// A Found is a server on this machine, and the models that it lists.
type Found struct {
	Config Config
	Models []string
	Err    error // why it is none; nil for one that lists models
}

// LocalPlaces are the addresses at which a server on this machine is looked for.
func LocalPlaces() (places []string) {
	for _, p := range presets() {
		if u, err := url.Parse(p.base); p.local && err == nil {
			places = append(places, u.Host)
		}
	}
	return places
}

// Discover asks the usual ports of this machine for language model servers, all at once, with the limits of like, and returns those
// that list models, in the order of [Names].
func Discover(ctx context.Context, like Config) []Found {
	var found []Found
	for _, f := range probe(ctx, localConfigs(like)) {
		if f.Err == nil {
			found = append(found, f)
		}
	}
	return found
}

func localConfigs(like Config) (all []Config) {
	for _, p := range presets() {
		if p.local {
			c := like
			c.Provider, c.Name, c.BaseURL, c.Key, c.Guessed, c.Source = p.dialect, p.name, p.base, "", true, "discovery"
			all = append(all, c)
		}
	}
	return all
}

// probe asks providers for their models, at once.
func probe(ctx context.Context, configs []Config) []Found {
	ctx, cancel := context.WithTimeout(ctx, discoverTime)
	defer cancel()
	all := make([]Found, len(configs))
	var group sync.WaitGroup
	for i, c := range configs {
		group.Go(func() {
			all[i] = Found{Config: c}
			p, err := NewProvider(c)
			if err != nil {
				all[i].Err = err
				return
			}
			defer p.Close()
			all[i].Models, all[i].Err = p.Models(ctx)
		})
	}
	group.Wait()
	return all
}

// Reachable asks the configured provider, and all on this machine, for their models. The configured one is first, also where it
// does not answer; one of this machine that does not answer is left out.
func Reachable(ctx context.Context, configured Config) []Found {
	configs := localConfigs(configured)
	own, err := NewProvider(configured)
	if err != nil {
		return []Found{{Config: configured, Err: err}}
	}
	defer own.Close()
	all := []Found{{Config: configured}}
	all[0].Models, all[0].Err = own.Models(ctx)
	for _, f := range probe(ctx, configs) {
		if p, err := NewProvider(f.Config); err == nil && f.Err == nil && p.Host() != own.Host() {
			all = append(all, f)
		}
	}
	return all
}
