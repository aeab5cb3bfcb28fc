package edit

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"amalfa/ingest"
	"amalfa/notes"
)

// Mentions are all places where the title or an alias of a note stands unlinked in other notes of Markdown, by note and line.
type Mentions struct {
	Names     []string // under which it was looked for, folded
	Ambiguous []string // other notes that have one of them as title or alias
	All       []Mention
}

// Mentions looks through all notes. A name counts as a whole, whatever its case and accents, and not within a longer word or the
// longer name of another note; neither in code, links, tags, front matter, nor in the heading that names its note.
func (ws *Workspace) Mentions(ctx context.Context, id string) (m Mentions, err error) {
	s := newSeeker(id, ws.World.notes)
	m.Names, m.Ambiguous = s.names, ws.namesakes(id, s.names)
	if len(s.names) == 0 {
		return m, nil
	}
	var sources []string
	for other := range ws.World.notes {
		if other != id && notes.IsMarkdown(other) {
			sources = append(sources, other)
		}
	}
	slices.Sort(sources)
	holding := make([][]byte, len(sources)) // the content of those that may hold a name
	var wg sync.WaitGroup
	workers := max(2, runtime.GOMAXPROCS(0)) // files are waited for, too
	for worker := range workers {
		wg.Go(func() {
			f := newFolding()
			for i := worker; i < len(sources) && ctx.Err() == nil; i += workers {
				if content, err := ws.Read(sources[i]); err == nil && s.mayHold(content, f) { // one that is gone since has none
					holding[i] = content
				}
			}
		})
	}
	wg.Wait()
	f := newFolding()
	for i, content := range holding {
		if content != nil {
			m.All = append(m.All, ws.mentionsIn(sources[i], content, id, s, f)...)
		}
	}
	return m, ctx.Err()
}

// namesakes are the other notes that bear one of some names.
func (ws *Workspace) namesakes(id string, names []string) (out []string) {
	f := newFolding()
	for other, n := range ws.World.notes {
		bears := func(name string) bool { return slices.Contains(names, f.name(name)) }
		if other != id && slices.ContainsFunc(append([]string{n.Title}, n.Aliases...), bears) {
			out = append(out, other)
		}
	}
	slices.Sort(out)
	return out
}

func (ws *Workspace) mentionsIn(source string, content []byte, id string, s seeker, f folding) (out []Mention) {
	v := ws.World.Vault(source)
	for _, p := range ws.reader.Prose(source, content, v) {
		if p.Title {
			continue
		}
		folded := f.phrase(p.Text)
		found, names := s.find(folded.text)
		for i, at := range found {
			from, to := folded.from[at[0]], folded.to[at[1]-1]
			start, end, whole := p.Source(from, to)
			text := string(p.Text[from:to])
			out = append(out, Mention{
				Source: source, Line: 1 + bytes.Count(content[:start], []byte("\n")), Text: strings.Join(strings.Fields(text), " "), Sentence: p.Sentence(start),
				name: names[i], from: start, to: end, whole: whole && !p.Heading, cell: p.Cell, wikiBreak: strings.ContainsAny(text, "\r\n"),
			})
		}
	}
	if len(out) > 0 && slices.ContainsFunc(ws.reader.Links(source, content, v), func(l ingest.Link) bool { return ws.leadsTo(source, l, id) }) {
		for i := range out {
			out[i].Linked = true
		}
	}
	slices.SortStableFunc(out, func(a, b Mention) int { return a.from - b.from })
	return out
}

// leadsTo tells whether a link makes an edge to a note.
func (ws *Workspace) leadsTo(source string, l ingest.Link, id string) bool {
	p, ok := ws.World.meaning(source, l)
	return ok && p.ID == id && l.Type != ""
}

// LinkMentions plans to make a link of the first mention in each note that has no link to the note yet, in the way of the note's own
// links. left are the notes where no mention can become one.
func (ws *Workspace) LinkMentions(id string, all []Mention) (changes []FileChange, left []Told, err error) {
	for len(all) > 0 {
		source := all[0].Source
		n := slices.IndexFunc(all, func(m Mention) bool { return m.Source != source })
		if n < 0 {
			n = len(all)
		}
		mine := all[:n]
		all = all[n:]
		if mine[0].Linked {
			continue
		}
		before, err := ws.Read(source)
		if err != nil {
			return nil, nil, err
		}
		after, ok := ws.linkFirst(source, id, before, mine)
		if !ok {
			left = append(left, Told{source, mine[0].Line, mine[0].Text, "no link can be written there"})
			continue
		}
		changes = append(changes, FileChange{From: source, To: source, Before: before, After: after})
	}
	return changes, left, nil
}

// linkFirst is a note with a link in the place of the first mention that can be one.
func (ws *Workspace) linkFirst(source, id string, before []byte, mine []Mention) ([]byte, bool) {
	a := linkAdder{ws: ws, from: source, to: id, text: before, links: ws.reader.Links(source, before, ws.World.Vault(source))}
	for _, m := range mine {
		if !m.whole || m.to > len(before) {
			continue
		}
		put, ok := a.around(string(before[m.from:m.to]), m)
		if !ok {
			continue
		}
		after := slices.Concat(before[:m.from], []byte(put), before[m.to:])
		if _, err := a.adds(after, ""); err == nil {
			return after, true
		}
	}
	return nil, false
}

// around is a link with a text, in the way of the note's links.
func (a *linkAdder) around(text string, m Mention) (string, bool) {
	s := a.style()
	if s.form != ingest.Wiki {
		put, ok := a.target(s)
		return "[" + text + "](" + put + ")", ok
	}
	if m.wikiBreak || strings.ContainsAny(text, "[]|") {
		return "", false
	}
	w, v := a.ws.World, a.ws.World.Vault(a.from)
	if t, inside := readTarget(v, a.from, ingest.Wiki, text); inside && w.Leads(a.from, t).ID == a.to && len(w.Rivals(t)) == 0 {
		return "[[" + text + "]]", true
	}
	bar := "|"
	if m.cell {
		bar = `\|`
	}
	put, ok := a.target(s)
	return "[[" + put + bar + text + "]]", ok
}

// adds is the link that a text has and the note has not: the only one, which leads where it shall and has a type, where that is not "".
func (a *linkAdder) adds(text []byte, kind string) (added ingest.Link, err error) {
	failed := fmt.Errorf("link %s to %s: %w", a.from, a.to, ErrNoPlace)
	after := a.ws.reader.Links(a.from, text, a.ws.World.Vault(a.from))
	if len(after) != len(a.links)+1 {
		return added, failed
	}
	same := func(x, y ingest.Link) bool { return x.Type == y.Type && x.Target == y.Target }
	first, last := 0, len(a.links) // of those that the new one may be: all before and behind it are there already
	for last > 0 && same(a.links[last-1], after[last]) {
		last--
	}
	for first < len(a.links) && same(a.links[first], after[first]) {
		first++
	}
	for i := last; i <= first; i++ {
		p, ok := a.ws.World.meaning(a.from, after[i])
		if ok && p.ID == a.to && after[i].Type != "" && (kind == "" || after[i].Type == kind) {
			return after[i], nil
		}
	}
	return added, failed
}
