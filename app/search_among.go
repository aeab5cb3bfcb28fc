package app

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"amalfa/search"
)

// searchedAtOnce is how many workspaces are searched at a time: each reads its own index, and their questions share one embedder.
const searchedAtOnce = 4

// SearchAmong answers a question from several workspaces, each asked as Search asks one: scores are probabilities, so the hits of all
// stand in one order, those that do not satisfy the whole question below the others. Filters alone give the newest of each in turn. What
// kept one workspace from its full answer, or from any, is told in Degraded by its name; it is an error where all fail. A pack is made of one
// workspace: o.Pack must be nil. No language model is asked.
func (w *Workspace) SearchAmong(ctx context.Context, names []string, o SearchOptions) (Found, error) {
	started := time.Now()
	opened, named, err := w.OpenNamed(ctx, names)
	if err != nil {
		return Found{}, err
	}
	o, o.NoStages = shareBudget(o, w, len(opened)), true
	parts := make([]Found, len(opened))
	errs := make([]error, len(opened))
	var beside sync.WaitGroup
	free := make(chan struct{}, searchedAtOnce)
	for i, one := range opened {
		beside.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			parts[i], errs[i] = one.Search(ctx, o)
		})
	}
	beside.Wait()
	if ctx.Err() != nil {
		return Found{}, ctx.Err()
	}
	found, err := joined(parts, errs, named, cmp.Or(o.Limit, search.DefaultLimit))
	if err != nil {
		return Found{}, fmt.Errorf("%s: %w", named[0].Name, err)
	}
	found.Took = time.Since(started)
	return found, nil
}

// shareBudget gives each workspace its part of the time for reranking, since one reranker reads for all.
func shareBudget(o SearchOptions, w *Workspace, workspaces int) SearchOptions {
	budget := w.ReadyRerank().Budget
	if o.Budget != nil {
		budget = *o.Budget
	}
	budget /= time.Duration(max(workspaces, 1))
	o.Budget = &budget
	return o
}

// joined makes one answer of those that there are.
func joined(parts []Found, errs []error, named []NamedWorkspace, limit int) (all Found, err error) {
	answers, names := make([]search.Answer, len(parts)), make([]string, len(parts))
	all.Roots = map[string]string{}
	for i, part := range parts {
		answers[i], names[i] = part.Answer, named[i].Name
		if errs[i] != nil {
			continue
		}
		all.Roots[names[i]] = named[i].Path
		all.Lag = Lag{all.Lag.Files + part.Lag.Files, all.Lag.AtLeast || part.Lag.AtLeast}
	}
	all.Answer, err = search.JoinAnswered(answers, errs, names, limit, error.Error)
	return all, err
}
