package app

import (
	"context"
	"os"

	"amalfa/search/grep"
	"amalfa/store"
	"amalfa/tasks/ember"
	"amalfa/tasks/harvest"
)

// A Squash is what was put into the graph.
type Squash struct {
	Files int `json:"files"` // notes that were harvested as they are
	Nodes int `json:"nodes"` // terms of theirs and of the notes that had some in the graph before
	Edges int `json:"edges"`
}

// Squash makes nodes of the index of the terms that were harvested: of all notes, or of those whose path, or whose sidecar's, fits a pattern;
// the others keep theirs.
func (w *Workspace) Squash(ctx context.Context, pattern string) (ans Squash, err error) {
	fits := func(string) bool { return true }
	if pattern != "" {
		globs, err := grep.ParseGlobs([]string{pattern})
		if err != nil {
			return ans, &UsageError{Message: err.Error(), Advice: `for example --pattern "docs/**"`}
		}
		fits = func(id string) bool { return globs.Match(id) || globs.Match(ember.SidecarOf(id)) }
	}
	h, done, err := w.harvester(ctx)
	if err != nil {
		return ans, err
	}
	defer done()
	before, err := h.st.Terms(ctx)
	if err != nil {
		return ans, err
	}
	had := map[string]bool{}
	for _, t := range before {
		for _, e := range t.Edges {
			had[e.Evidence] = true
		}
	}
	sources, err := h.sources(ctx, func(id string) bool { return fits(id) || had[id] })
	if err != nil {
		return ans, err
	}
	for _, s := range sources {
		if fits(s.ID) {
			ans.Files++
		}
	}
	all := harvest.Lexicon(sources)
	ans.Nodes = len(all)
	ans.Edges, err = w.putTerms(ctx, all)
	return ans, err
}

// putTerms makes the terms those of the index, and returns how many edges they have.
func (w *Workspace) putTerms(ctx context.Context, all []harvest.Term) (edges int, err error) {
	nodes := make([]store.Term, 0, len(all))
	for _, t := range all {
		node := t.Node()
		edges += len(node.Edges)
		nodes = append(nodes, node)
	}
	st, err := w.writeIndex(ctx, false)
	if err != nil {
		return 0, err
	}
	defer st.Close()
	return edges, st.SetTerms(ctx, nodes)
}

// restoreTerms gives an index that was begun anew the terms of the notes that were harvested before.
func (w *Workspace) restoreTerms(ctx context.Context, st Index) error {
	if _, err := os.Lstat(w.harvestCache()); err != nil {
		return nil
	}
	there, err := st.Terms(ctx)
	if err != nil || len(there) > 0 {
		return err
	}
	h, done, err := w.harvester(ctx)
	if err != nil {
		return err
	}
	defer done()
	all, err := h.lexicon(ctx, nil)
	if err != nil || len(all) == 0 {
		return err
	}
	_, err = w.putTerms(ctx, all)
	return err
}
