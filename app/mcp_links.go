package app

import (
	"context"

	"amalfa/services/mcp"
)

// linkFaults are the links that nothing answers, where broken, else those that several notes do.
func (w *Workspace) linkFaults(ctx context.Context, broken bool) (out []mcp.LinkFault, err error) {
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return nil, err
	}
	defer st.Close()
	if broken {
		found, err := w.BrokenLinks(ctx, st)
		for _, l := range found {
			out = append(out, mcp.LinkFault{Source: l.Source, Line: l.Line, Target: l.Target, Others: l.Likely})
		}
		return out, err
	}
	found, err := st.Ambiguous(ctx)
	for _, l := range found {
		out = append(out, mcp.LinkFault{Source: l.Source, Line: l.Line, Target: l.Name, Others: append([]string{l.Chosen}, l.Others...)})
	}
	return out, err
}

// unlinked are where the name of a note stands in others without a link.
func (w *Workspace) unlinked(ctx context.Context, id string) (out []mcp.Mention, err error) {
	ans, err := w.Mentions(ctx, id, 0)
	for _, m := range ans.Mentions {
		out = append(out, mcp.Mention{Source: m.Source, Line: m.Line, Sentence: m.Sentence})
	}
	return out, err
}
