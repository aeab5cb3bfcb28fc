package app

import (
	"context"
	"path"
	"strings"
	"unicode/utf8"

	"amalfa/notes"
	"amalfa/store"
)

// A NewLink is a link that is not there yet.
type NewLink struct{ From, To string }

// A LinkPatch is a diff that adds links, and the links that it could not add.
type LinkPatch struct {
	Diff string
	Left []NewLink // neither of the two notes is Markdown that a line can be added to
}

// PatchLinks writes a diff that adds links at the ends of notes, each in the style of the links that its note has, or that the workspace
// has most. Nothing is written.
func (w *Workspace) PatchLinks(ctx context.Context, st store.Store, links []NewLink) (p LinkPatch, err error) {
	l := linker{w: w, st: st, items: map[string][]string{}, text: map[string]string{}}
	if l.usual, err = l.usualStyle(ctx); err != nil {
		return p, err
	}
	for _, link := range links {
		ok, err := l.add(ctx, link)
		if err == nil && !ok {
			ok, err = l.add(ctx, NewLink{link.To, link.From})
		}
		if err != nil {
			return p, err
		}
		if !ok {
			p.Left = append(p.Left, link)
		}
	}
	for _, id := range l.order {
		after, _ := notes.AppendLines(l.text[id], l.items[id])
		p.Diff += notes.UnifiedDiff(id, l.text[id], after)
	}
	return p, nil
}

// A linker collects the links to add, by note.
type linker struct {
	w     *Workspace
	st    store.Store
	usual notes.LinkStyle
	items map[string][]string
	text  map[string]string
	order []string // notes as they were first asked for
}

// add is false where nothing can be added to the note.
func (l *linker) add(ctx context.Context, link NewLink) (bool, error) {
	if !notes.IsMarkdown(link.From) {
		return false, nil
	}
	if _, known := l.text[link.From]; !known {
		text, err := l.w.ReadNote(link.From)
		if err != nil {
			return false, err
		}
		l.text[link.From] = text
	}
	_, ok := notes.AppendLines(l.text[link.From], nil)
	if !ok || strings.ContainsRune(l.text[link.From], utf8.RuneError) { // read with substitutes, so that a diff would not fit
		return false, nil
	}
	style, err := l.style(ctx, link.From)
	if err != nil {
		return false, err
	}
	to, err := l.st.Get(ctx, link.To)
	if err != nil {
		return false, err
	}
	name, err := l.name(ctx, link.To)
	if err != nil {
		return false, err
	}
	if l.items[link.From] == nil {
		l.order = append(l.order, link.From)
	}
	l.items[link.From] = append(l.items[link.From], notes.NewLink(link.From, link.To, to.Title, name, style))
	return true, nil
}

// name is the shortest one that leads to a note alone: that of its file, else its path.
func (l *linker) name(ctx context.Context, id string) (string, error) {
	whole := strings.TrimSuffix(id, path.Ext(id))
	found, err := l.st.Find(ctx, path.Base(whole))
	if err != nil {
		return "", err
	}
	if len(found) == 1 && found[0].ID == id {
		return path.Base(whole), nil
	}
	return whole, nil
}

// style is that of most links of a note.
func (l *linker) style(ctx context.Context, id string) (notes.LinkStyle, error) {
	edges, err := l.st.Edges(ctx, id, store.Out)
	if err != nil {
		return l.usual, err
	}
	wiki, paths := 0, 0
	style := l.usual
	for _, e := range edges {
		switch e.Type {
		case "CITES", "EMBEDS":
			wiki++
		case "LINKS_TO":
			paths++
			if name := path.Base(e.Target); e.Resolved && !e.File && strings.Contains(e.Sentence, strings.TrimSuffix(name, path.Ext(name))+")") {
				style.BareEnd = true
			}
		}
	}
	if wiki != paths {
		style.Wiki = wiki > paths
	}
	return style, nil
}

// usualStyle is that of most links of the workspace.
func (l *linker) usualStyle(ctx context.Context) (style notes.LinkStyle, err error) {
	g, err := l.st.Graph(ctx)
	wiki := 0
	for _, e := range g.Edges {
		switch e.Type {
		case "CITES", "EMBEDS":
			wiki++
		case "LINKS_TO":
			wiki--
		}
	}
	style.Wiki = wiki > 0
	return style, err
}
