package app

import (
	"cmp"
	"context"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"amalfa/edit"
	"amalfa/ingest/inline"
	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/text"
)

// A BrokenLink is one that nothing answers.
type BrokenLink struct {
	Source string   `json:"source"`
	Line   int      `json:"line"`
	Target string   `json:"target"` // as written, without brackets
	Likely []string `json:"likely"` // notes that it may mean, likeliest first
	name   string   // what it names, as the index says
}

// maxLikely bounds Likely; likelyShare is how much of a name may differ: a letter in four, as in a word that was mistyped twice.
const (
	maxLikely   = 3
	likelyShare = 0.25
)

// BrokenLinks are all of them, with the notes that they may mean: one that was renamed from the target, else those whose name or title is spelled
// much like it.
func (w *Workspace) BrokenLinks(ctx context.Context, st store.Store) ([]BrokenLink, error) {
	edges, err := st.Broken(ctx)
	if err != nil {
		return nil, err
	}
	return w.unanswered(ctx, st, edges)
}

// UnnamedNotes are the bare words of front matter that should name a note, as in "up: tides", and name none, as BrokenLinks are.
func (w *Workspace) UnnamedNotes(ctx context.Context, st store.Store) ([]BrokenLink, error) {
	edges, err := st.Unnamed(ctx)
	if err != nil {
		return nil, err
	}
	return w.unanswered(ctx, st, edges)
}

func (w *Workspace) unanswered(ctx context.Context, st store.Store, edges []store.Edge) ([]BrokenLink, error) {
	if len(edges) == 0 {
		return []BrokenLink{}, nil
	}
	g, err := newGuesser(ctx, st)
	if err != nil {
		return nil, err
	}
	out := []BrokenLink{}
	lines := lineReader{read: func(id string) string {
		n, _ := st.Get(ctx, id)
		whole, _ := w.ReadNote(ctx, st, n) // a note that is gone has no lines
		return whole.Text
	}}
	for _, e := range edges {
		out = append(out, BrokenLink{Source: e.Source, Line: e.Line, Target: writtenTarget(lines.line(e.Source, e.Line), e), Likely: g.likely(e), name: e.Target})
	}
	return out, nil
}

// writtenTarget finds a link on its line; where it is not there, as when the link goes on over lines, it is the target as it is looked up.
func writtenTarget(line string, e store.Edge) string {
	for _, t := range inline.Parse([]byte(line), nil) {
		name := t.Text
		switch t.Kind {
		case inline.Wikilink, inline.Embed:
			name, _, _ = strings.Cut(name, "|")
			bare, _, _ := strings.Cut(name, "#")
			if strings.TrimSpace(bare) == e.Target || path.Join(path.Dir(e.Source), bare) == e.Target {
				return strings.TrimSpace(name)
			}
		case inline.Link, inline.Image:
			bare, _, _ := strings.Cut(name, "#")
			if decoded, err := url.PathUnescape(bare); err == nil {
				bare = decoded
			}
			if bare == e.Target || path.Join(path.Dir(e.Source), bare) == path.Clean(e.Target) || strings.TrimPrefix(bare, "/") == e.Target {
				return name
			}
		}
	}
	return e.Target
}

// A lineReader reads lines of notes, those of one note from memory.
type lineReader struct {
	read  func(id string) string
	id    string
	lines []string
}

// line is "" where the file has changed so that there is none.
func (r *lineReader) line(id string, n int) string {
	if r.id != id {
		r.id, r.lines = id, notes.SplitLines(r.read(id))
	}
	if n < 1 || n > len(r.lines) {
		return ""
	}
	return r.lines[n-1]
}

// A guesser knows all names.
type guesser struct {
	moved map[string]string // old path → path now
	names []guess
}

type guess struct {
	id   string
	name []rune // folded
}

func newGuesser(ctx context.Context, st store.Store) (*guesser, error) {
	all, err := st.List(ctx, "", "", 0)
	if err != nil {
		return nil, err
	}
	history, err := st.Changes(ctx, 0, 50_000)
	g := &guesser{moved: map[string]string{}}
	for _, e := range history.Events {
		if e.Event == store.Renamed {
			g.moved[e.OldPath] = e.Path
		}
	}
	for _, n := range all {
		for _, name := range append([]string{notes.Key(n.ID), n.Title}, n.Aliases...) {
			g.names = append(g.names, guess{n.ID, []rune(notes.Fold(name))})
		}
	}
	return g, err
}

func (g *guesser) likely(e store.Edge) []string {
	out := []string{}
	for _, ending := range notes.Endings() {
		now, ok := g.moved[e.Target+ending]
		for range 10 { // a file may be renamed again
			if next, again := g.moved[now]; again {
				now = next
			}
		}
		if ok {
			out = append(out, now)
		}
	}
	sought := []rune(notes.Fold(notes.Key(e.Target)))
	best := map[string]int{}
	for _, n := range g.names {
		longest := max(len(sought), len(n.name))
		if longest == 0 || float64(max(len(sought)-len(n.name), len(n.name)-len(sought))) > likelyShare*float64(longest) {
			continue
		}
		d := text.Distance(sought, n.name)
		if old, ok := best[n.id]; float64(d) <= likelyShare*float64(longest) && (!ok || d < old) {
			best[n.id] = d
		}
	}
	var near []string
	for id := range best {
		near = append(near, id)
	}
	slices.SortFunc(near, func(a, b string) int { return cmp.Or(best[a]-best[b], strings.Compare(a, b)) })
	for _, id := range near {
		if id != e.Source && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out[:min(len(out), maxLikely)]
}

// PatchBroken writes a diff that leads each broken link with one likely target there, written in its own way; left is how many it leaves.
func (w *Workspace) PatchBroken(ctx context.Context, broken []BrokenLink) (diff string, left int, err error) {
	ws, done, err := w.editable(ctx)
	if err != nil {
		return "", 0, err
	}
	defer done()
	var wrong []edit.Wrong
	for _, b := range broken {
		if len(b.Likely) == 1 {
			wrong = append(wrong, edit.Wrong{Source: b.Source, Line: b.Line, Target: b.name, To: b.Likely[0]})
		}
	}
	changes, left, err := ws.MendLinks(wrong)
	return string(edit.Diff(w.aboveRoot(), changes)), left + len(broken) - len(wrong), err
}

// An ExternalLink leads out of the workspace.
type ExternalLink struct {
	Source string `json:"source"`
	Line   int    `json:"line"`
	Target string `json:"target"` // as written
}

var (
	webLink  = regexp.MustCompile(`^(?i:[a-z][a-z0-9+.-]+:|//)`)
	bareLink = regexp.MustCompile(`(?i)\bhttps?://[^\s<>()\[\]"'` + "`" + `]+`)
)

// ExternalLinks are the addresses of the web in notes, and the links to files outside of the workspace, by note and line. None is followed.
func (w *Workspace) ExternalLinks(ctx context.Context, st store.Store) ([]ExternalLink, error) {
	all, err := st.List(ctx, "", "", 0)
	if err != nil {
		return nil, err
	}
	out := []ExternalLink{}
	for _, n := range all {
		if !notes.IsMarkdown(n.ID) {
			continue
		}
		whole, err := w.ReadNote(ctx, st, n)
		if err != nil {
			continue // gone since it was indexed
		}
		fence := ""
		for i, line := range notes.SplitLines(whole.Text) {
			if fence = notes.FenceAfter(fence, line); fence == "" {
				out = append(out, externalOf(n.ID, i+1, line)...)
			}
		}
	}
	return out, ctx.Err()
}

func externalOf(id string, number int, line string) (out []ExternalLink) {
	seen := map[string]bool{}
	add := func(target string) {
		if target = strings.TrimRight(target, ".,;:!?"); !seen[target] {
			seen[target] = true
			out = append(out, ExternalLink{id, number, target})
		}
	}
	for _, t := range inline.Parse([]byte(line), nil) {
		bare, _, _ := strings.Cut(t.Text, "#")
		isLink := t.Kind == inline.Link || t.Kind == inline.Image
		if isLink && (webLink.MatchString(t.Text) || strings.HasPrefix(path.Join(path.Dir(id), bare), "../")) {
			add(t.Text)
		}
	}
	for _, address := range bareLink.FindAllString(line, -1) {
		add(address)
	}
	return out
}
