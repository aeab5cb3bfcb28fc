package dashboard

import (
	"cmp"
	"context"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"amalfa/graph"
	"amalfa/services"
	"amalfa/site"
	"amalfa/store"
)

// A notePage is a note with what surrounds it.
type notePage struct {
	frame
	Note     store.Note
	Page     shown
	HasTitle bool
	Line     int
	At       string // the id of the block where Line stands
	Around   around
	Editor   template.URL // "" for none
}

// around is what leads to and from a note.
type around struct {
	In, Out, Tags, Broken []edge
}

// An edge is one end of a link.
type edge struct {
	ID, Title, Type, Href string
	Line                  int
}

// A change is what happened to a note's file.
type change struct {
	Event, From string
	Time        time.Time
}

// note shows a note of the index, and nothing else.
func (p *pages) note(w http.ResponseWriter, r *http.Request) error {
	id, ctx := r.PathValue("id"), r.Context()
	return p.withIndex(ctx, func(st store.Store) error {
		n, err := p.find(ctx, st, id)
		if err != nil {
			return err
		}
		if r.URL.Query().Get("part") == "related" {
			return p.related(w, r, st, id)
		}
		page := notePage{frame: p.frame(cmp.Or(n.Title, id), "note"), Note: n}
		if page.Page, err = p.render(ctx, n); err != nil {
			return err
		}
		page.HasTitle = len(page.Page.Contents) > 0 && page.Page.Contents[0].Level == 1
		page.Line, _ = strconv.Atoi(r.URL.Query().Get("line"))
		page.At = blockAt(string(page.Page.Body), page.Line)
		if page.Page.Elsewhere == nil {
			page.Editor = p.editorAddress(id, max(1, page.Line))
		}
		if page.Around, err = p.around(ctx, st, id); err != nil {
			return err
		}
		return p.show(w, http.StatusOK, "note.html.tmpl", page)
	})
}

// find returns the note with exactly this id.
func (p *pages) find(ctx context.Context, st store.Store, id string) (store.Note, error) {
	n, err := st.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return n, notFound("no note of the index has this address", "it may have been moved or deleted, or is not indexed yet")
	}
	return n, err
}

// A shown is a note as HTML, and what there is to say where that is not its file.
type shown struct {
	site.Page
	Elsewhere *store.Rebuilt
}

func (p *pages) render(ctx context.Context, n store.Note) (out shown, err error) {
	made, err := p.Note(ctx, n)
	if errors.Is(err, fs.ErrNotExist) {
		return out, notFound("the file of this note is gone", "the index will know at its next update: amalfa init")
	}
	if err != nil {
		return out, err
	}
	made.ID, made.Title = n.ID, n.Title
	made.Href = func(id string) string { return docHref(id, 0) }
	return shown{p.renderer.Render(made.Note), made.Elsewhere}, nil
}

// blockAt is the id of the last block of a page that begins on a line or before it; "" for none.
func blockAt(body string, line int) string {
	best := 0
	for line > 0 {
		_, rest, ok := strings.Cut(body, ` id="L`)
		if !ok {
			break
		}
		digits, rest, _ := strings.Cut(rest, `"`)
		if n, err := strconv.Atoi(digits); err == nil && n <= line {
			best = max(best, n)
		}
		body = rest
	}
	if best == 0 {
		return ""
	}
	return "L" + strconv.Itoa(best)
}

// editorAddress opens a note in an editor: the browser hands it to the program that takes its scheme.
func (p *pages) editorAddress(id string, line int) template.URL {
	address := p.Editor()
	if address == "" {
		return ""
	}
	path := (&url.URL{Path: filepath.ToSlash(filepath.Join(p.Root, filepath.FromSlash(id)))}).EscapedPath()
	// #nosec G203 -- the user's own setting, its scheme checked
	return template.URL(strings.NewReplacer("{path}", path, "{line}", strconv.Itoa(line)).Replace(address))
}

// shownEvents bounds the history of a note.
const shownEvents = 20

func (p *pages) around(ctx context.Context, st store.Store, id string) (a around, err error) {
	in, err := st.Edges(ctx, id, store.In)
	if err != nil {
		return a, err
	}
	out, err := st.Edges(ctx, id, store.Out)
	if err != nil {
		return a, err
	}
	titles, err := titlesOf(ctx, st, in, out)
	if err != nil {
		return a, err
	}
	for _, e := range in {
		if e.Source != id {
			a.In = append(a.In, edge{ID: e.Source, Title: titles[e.Source], Type: e.Type, Href: docHref(e.Source, e.Line), Line: e.Line})
		}
	}
	for _, e := range out {
		a.sort(e, titles)
	}
	return a, nil
}

// historyOf is what happened to a note's file, the last first.
func historyOf(ctx context.Context, st store.Store, id string) (out []change, err error) {
	events, err := st.ChangesOf(ctx, id, shownEvents)
	for _, e := range events {
		out = append(out, change{e.Event, e.OldPath, time.UnixMilli(e.Time)})
	}
	return out, err
}

// sort puts an edge that leads from the note where it belongs.
func (a *around) sort(e store.Edge, titles map[string]string) {
	title, isNote := titles[e.Target]
	switch tag, isTag := strings.CutPrefix(e.Target, "tag:"); {
	case isTag:
		a.Tags = append(a.Tags, edge{ID: e.Target, Title: "#" + tag, Href: homeHref("tag:"+tag, "")})
	case !e.Resolved:
		a.Broken = append(a.Broken, edge{ID: e.Target, Title: e.Target, Type: e.Type, Line: e.Line})
	case isNote && e.Target != e.Source:
		a.Out = append(a.Out, edge{ID: e.Target, Title: title, Type: e.Type, Href: docHref(e.Target, 0), Line: e.Line})
	}
}

func titlesOf(ctx context.Context, st store.Store, in, out []store.Edge) (map[string]string, error) {
	var ids []string
	for _, e := range in {
		ids = append(ids, e.Source)
	}
	for _, e := range out {
		ids = append(ids, e.Target)
	}
	all, err := st.GetAll(ctx, ids)
	titles := map[string]string{}
	for id, n := range all {
		titles[id] = cmp.Or(n.Title, id)
	}
	return titles, err
}

// shownRelated bounds the related notes of a page.
const shownRelated = 8

// related is the part of a note's page that takes longest: it compares vectors.
func (p *pages) related(w http.ResponseWriter, r *http.Request, st store.Store, id string) error {
	found, err := graph.Related(r.Context(), st, id, graph.RelatedOptions{Limit: shownRelated, SuperNode: p.SuperNode()})
	if err != nil {
		return err
	}
	ids := []string{}
	for _, n := range found.Notes {
		ids = append(ids, n.ID)
	}
	all, err := st.GetAll(r.Context(), ids)
	if err != nil {
		return err
	}
	type relative struct {
		graph.Relative
		Title, Href string
	}
	data := struct {
		Notes    []relative
		Degraded bool
		History  []change
	}{Degraded: found.Degraded}
	if data.History, err = historyOf(r.Context(), st, id); err != nil {
		return err
	}
	for _, n := range found.Notes {
		data.Notes = append(data.Notes, relative{n, cmp.Or(all[n.ID].Title, n.ID), docHref(n.ID, n.Passage.Lines[0])})
	}
	return p.show(w, http.StatusOK, "related", data)
}

// A NoteReply is GET /api/note/ID.
type NoteReply struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	HTML     string     `json:"html"`
	Lines    int        `json:"lines"`
	Shown    int        `json:"shown"` // lines that html shows
	Contents []Heading  `json:"contents"`
	Tags     []string   `json:"tags"`
	Linkers  []NoteLink `json:"linkers"`
	Links    []NoteLink `json:"links"`

	Elsewhere *store.Rebuilt `json:"elsewhere"` // null where html is made of the file
}

// A Heading is one of a note's table of contents; ID is that of its element.
type Heading struct {
	Level int    `json:"level"`
	ID    string `json:"id"`
	Text  string `json:"text"`
}

// A NoteLink is a link to or from a note, and the line that has it.
type NoteLink struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Type  string `json:"type"`
	Line  int    `json:"line"`
}

func (p *pages) apiNote(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	return p.withIndex(ctx, func(st store.Store) error {
		n, err := p.find(ctx, st, r.PathValue("id"))
		if err != nil {
			return err
		}
		page, err := p.render(ctx, n)
		if err != nil {
			return err
		}
		a, err := p.around(ctx, st, n.ID)
		if err != nil {
			return err
		}
		reply := NoteReply{ID: n.ID, Title: n.Title, HTML: string(page.Body), Lines: page.Lines, Shown: page.Shown, Contents: []Heading{}, Tags: list(n.Tags), Linkers: linksOf(a.In), Links: linksOf(a.Out), Elsewhere: page.Elsewhere}
		for _, h := range page.Contents {
			reply.Contents = append(reply.Contents, Heading{h.Level, h.ID, h.Text})
		}
		services.WriteJSON(w, http.StatusOK, reply)
		return nil
	})
}

func linksOf(all []edge) []NoteLink {
	out := []NoteLink{}
	for _, e := range all {
		out = append(out, NoteLink{e.ID, e.Title, e.Type, e.Line})
	}
	return out
}
