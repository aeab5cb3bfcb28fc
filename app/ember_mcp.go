package app

import (
	"context"

	"amalfa/services/mcp"
	"amalfa/tasks/ember"
)

// propose is EmberScan of one note, for agents. Nothing is squashed by them, whatever the settings say.
func (w *Workspace) propose(ctx context.Context, path string, dry bool) (p mcp.Proposal, err error) {
	ans, err := w.emberScan(ctx, EmberOptions{Notes: []string{path}, DryRun: dry})
	if err != nil {
		return p, err
	}
	for _, row := range append(ans.Sidecars, ans.Kept...) {
		p = mcp.Proposal{Path: row.Path, Note: row.Target, Confidence: row.Confidence, Kept: row.Why}
		c := row.Changes
		if c == nil {
			continue
		}
		if c.Tags != nil {
			p.Tags = c.Tags.Add
		}
		if c.Links != nil {
			p.Links = c.Links.Add
		}
		if c.FrontMatter != nil {
			p.Keyphrases = c.FrontMatter.Keyphrases
		}
		p.Summary = c.Summary
		return p, nil
	}
	return mcp.Proposal{Path: ember.SidecarOf(path), Note: path, Nothing: true}, nil
}
