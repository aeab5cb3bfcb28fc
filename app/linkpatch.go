package app

import (
	"context"

	"amalfa/edit"
)

// A NewLink is a link that is not there yet.
type NewLink = edit.Pair

// A LinkPatch is a diff that adds links, and the links that it could not add.
type LinkPatch struct {
	Diff string
	Left []NewLink // neither of the two notes is Markdown that a line can be added to
}

// PatchLinks writes a diff that adds links, each where and as LinkNotes writes it. Nothing is written.
func (w *Workspace) PatchLinks(ctx context.Context, links []NewLink) (p LinkPatch, err error) {
	ws, done, err := w.editable(ctx)
	if err != nil {
		return p, err
	}
	defer done()
	changes, left, err := ws.AddLinks(links)
	return LinkPatch{string(edit.Diff(w.aboveRoot(), changes)), left}, err
}
