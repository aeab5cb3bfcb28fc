package graph

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/store"
)

// Kinds of nodes.
const (
	KindNote       = "note"
	KindTag        = "tag"
	KindTerm       = "term"
	KindFile       = "file"       // a file or folder that is no note
	KindUnresolved = "unresolved" // a name that nothing answers to
)

// A Node is one of an exported graph.
type Node struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Title string `json:"title"`
	State string `json:"state,omitempty"` // of a term: active, deprecated or historical
}

// An Arrow is an edge of an exported graph, by the ids of its nodes.
type Arrow struct {
	Source string  `json:"source"`
	Target string  `json:"target"`
	Type   string  `json:"type"`
	Line   int     `json:"sourceLine"`
	Weight float64 `json:"weight"`
}

// A Drawing is a graph as other programs read it.
type Drawing struct {
	Nodes []Node  `json:"nodes"`
	Edges []Arrow `json:"edges"`
}

// Drawing is all notes and tags, by id, with an edge for each link between them, parallel ones too, and those of Follows; with the rest, also the files that
// links lead to, and the names that nothing answers to.
func (n *Network) Drawing(rest bool) Drawing {
	d := Drawing{Nodes: []Node{}, Edges: []Arrow{}}
	for _, note := range n.Notes {
		d.Nodes = append(d.Nodes, Node{ID: note.ID, Kind: KindNote, Title: note.Title})
	}
	known := map[string]bool{}
	for _, e := range slices.Concat(n.Edges, n.Follows()) {
		a := Arrow{Source: n.Notes[e.Source].ID, Type: e.Type, Line: int(e.Line), Weight: e.Weight}
		if e.Target >= 0 {
			a.Target = n.Notes[e.Target].ID
			d.Edges = append(d.Edges, a)
			continue
		}
		node := otherNode(e.Name, e.File)
		if node.Kind != KindTag && !rest {
			continue
		}
		if a.Target = node.ID; !known[node.ID] {
			known[node.ID] = true
			d.Nodes = append(d.Nodes, node)
		}
		d.Edges = append(d.Edges, a)
	}
	return d
}

// AddTerms adds the terms of notes, with their edges.
func (d *Drawing) AddTerms(all []store.Term) {
	for _, t := range all {
		d.Nodes = append(d.Nodes, Node{t.ID, KindTerm, t.Name, t.State})
	}
	for _, t := range all {
		for _, e := range t.Edges {
			d.Edges = append(d.Edges, Arrow{e.Source, e.Target, e.Type, e.Line, e.Weight})
		}
	}
}

// Drawing is what was walked, with where the walk began.
func (h Neighbourhood) Drawing(id string) Drawing {
	d := Drawing{Nodes: []Node{}, Edges: []Arrow{}}
	known := map[string]bool{}
	add := func(n Node) string {
		if !known[n.ID] {
			known[n.ID] = true
			d.Nodes = append(d.Nodes, n)
		}
		return n.ID
	}
	node := func(id string) Node {
		if tag, ok := strings.CutPrefix(id, notes.TagPrefix); ok {
			return Node{ID: id, Kind: KindTag, Title: tag}
		}
		if term, ok := strings.CutPrefix(id, notes.TermPrefix); ok {
			return Node{ID: id, Kind: KindTerm, Title: term}
		}
		return Node{ID: id, Kind: KindNote, Title: id}
	}
	add(node(id))
	for _, l := range h.Links {
		target := node(l.Target)
		if !l.Resolved || l.File {
			target = otherNode(l.Target, l.File)
		}
		d.Edges = append(d.Edges, Arrow{add(node(l.Source)), add(target), l.Type, l.Line, l.Weight})
	}
	return d
}

// otherNode is the node of what is no note. A name may be that of a file and of nothing at once, in two notes of two folders.
func otherNode(name string, file bool) Node {
	tag, isTag := strings.CutPrefix(name, notes.TagPrefix)
	switch {
	case isTag:
		return Node{ID: name, Kind: KindTag, Title: tag}
	case file:
		return Node{ID: "file:" + name, Kind: KindFile, Title: name}
	}
	return Node{ID: "unresolved:" + name, Kind: KindUnresolved, Title: name}
}

// WriteDOT writes what Graphviz reads.
func (d Drawing) WriteDOT(w io.Writer) error {
	p := printer{w: w}
	p.line("digraph amalfa {")
	p.line("  node [shape=box];")
	shape := map[string]string{KindTag: ", shape=ellipse", KindTerm: ", shape=hexagon", KindFile: ", shape=note", KindUnresolved: ", style=dashed"}
	for _, n := range d.Nodes {
		p.line("  %s [label=%s, kind=%s%s];", dotQuote(n.ID), dotQuote(n.Title), n.Kind, shape[n.Kind])
	}
	for _, e := range d.Edges {
		p.line("  %s -> %s [label=%s, source_line=%d];", dotQuote(e.Source), dotQuote(e.Target), dotQuote(e.Type), e.Line)
	}
	p.line("}")
	return p.err
}

// dotQuote quotes for Graphviz, for which only a quotation mark is special, and a backslash begins the escapes of labels.
func dotQuote(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ", "\r", " ", "\x00", "").Replace(s)
	return `"` + s + `"`
}

// WriteMermaid writes a flowchart of Mermaid.
func (d Drawing) WriteMermaid(w io.Writer) error {
	p := printer{w: w}
	p.line("flowchart LR")
	number := map[string]int{}
	form := map[string][2]string{KindTag: {"([", "])"}, KindTerm: {"[/", "/]"}, KindUnresolved: {"{{", "}}"}}
	for i, n := range d.Nodes {
		number[n.ID] = i
		f, ok := form[n.Kind]
		if !ok {
			f = [2]string{"[", "]"}
		}
		p.line("  n%d%s\"%s\"%s", i, f[0], mermaidText(n.ID), f[1])
	}
	for _, e := range d.Edges {
		p.line("  n%d -- %s --> n%d", number[e.Source], mermaidText(e.Type), number[e.Target])
	}
	return p.err
}

// mermaidText escapes what ends a label, as Mermaid's entities.
func mermaidText(s string) string {
	return strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "`", "#96;", "\n", " ", "\r", " ").Replace(s)
}

// A printer keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
