// Package graph walks the edges between notes and finds notes that belong together without an edge.
//
// Its nodes are notes, tags ("tag:name") and terms ("term:name"); an edge may be walked from both ends. Edges of terms are shown where a
// walk begins, and walked where one asks for them: what two notes speak of connects most notes. An unresolved target is shown where it
// stands but leads nowhere: no two notes are connected by a name that nothing answers to. A passage is a chunk of a note; the
// place of a note among the others is the mean of its passages' vectors.
//
// Everything here reads a store.Store as it is now and keeps nothing between calls. All functions are safe for concurrent use.
package graph

import (
	"context"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/store"
)

// DefaultLinks is how many links Explore returns when Limit is 0.
const DefaultLinks = 1000

// ExploreOptions narrow a walk. The zero value is every link that touches the node, in both directions.
type ExploreOptions struct {
	Relation  string          // only edges of this type, as notes.EdgeType reads it; "" is all
	Direction store.Direction // of the edges, seen from the node where a step begins
	Depth     int             // how many links away from the node; 0 is 1
	Limit     int             // most links; 0 is DefaultLinks
	Terms     bool            // also the terms of the node, which are no links
}

// A Link is an edge and the way it was walked.
type Link struct {
	store.Edge
	Depth   int  // 1 for the links of the node itself
	Forward bool // walked from Source to Target
}

// From is the end where the step begins, To the one where it ends.
func (l Link) From() string {
	if l.Forward {
		return l.Source
	}
	return l.Target
}

// To is the end where the step ends.
func (l Link) To() string {
	if l.Forward {
		return l.Target
	}
	return l.Source
}

// A Neighbourhood is what Explore found: each edge once, nearest first.
type Neighbourhood struct {
	Links     []Link
	Nodes     int // other nodes that were reached, unresolved targets not counted
	Truncated bool
}

// Explore walks breadth first from a note's id or a tag. Within one depth, links stand in the order in which their nodes were
// reached, then as store.Edges orders them. A node without edges, or an unknown one, has no links.
func Explore(ctx context.Context, st store.Store, id string, o ExploreOptions) (Neighbourhood, error) {
	if o.Limit <= 0 {
		o.Limit = DefaultLinks
	}
	o.Relation = notes.EdgeType(o.Relation)
	st, err := following(ctx, st, o.Relation)
	if err != nil {
		return Neighbourhood{}, err
	}
	w := walker{store: st, relation: o.Relation, direction: o.Direction, came: map[string]Link{id: {}}, walked: map[edgeKey]bool{}}
	if o.Terms || notes.IsTerm(id) {
		w.start = id
	}
	var out Neighbourhood
	frontier := []string{id}
	for depth := 1; depth <= max(o.Depth, 1) && len(frontier) > 0; depth++ {
		var next []string
		for _, node := range frontier {
			links, err := w.step(ctx, node, depth)
			if err != nil {
				return Neighbourhood{}, err
			}
			if room := o.Limit - len(out.Links); len(links) > room {
				out.Links = append(out.Links, links[:room]...)
				out.Truncated, out.Nodes = true, len(w.came)-1
				return out, nil
			}
			out.Links = append(out.Links, links...)
			next = append(next, w.enter(links)...)
		}
		frontier = next
	}
	out.Nodes = len(w.came) - 1
	return out, nil
}

// A walker remembers where it has been.
type walker struct {
	store     store.Store
	relation  string
	direction store.Direction
	came      map[string]Link // node → the link that reached it first; the zero Link for where the walk began
	walked    map[edgeKey]bool
	start     string // the node whose terms are walked to; "" for none
	goal      string // a term that is looked for; "" for none
}

// edgeKey tells edges apart. Equal ones say the same thing twice.
type edgeKey struct {
	source, target, kind string
	line                 int
}

// step returns the links of a node that were not walked before.
func (w *walker) step(ctx context.Context, node string, depth int) ([]Link, error) {
	edges, err := w.store.Edges(ctx, node, w.direction)
	if err != nil {
		return nil, err
	}
	terms, err := w.terms(ctx, node)
	if err != nil {
		return nil, err
	}
	edges = append(edges, terms...)
	var links []Link
	for _, e := range edges {
		key := edgeKey{e.Source, e.Target, e.Type, e.Line}
		if w.walked[key] || w.relation != "" && e.Type != w.relation {
			continue
		}
		w.walked[key] = true
		links = append(links, Link{Edge: e, Depth: depth, Forward: e.Source == node})
	}
	return links, nil
}

// terms are the edges between a node and terms: all where a relation of theirs is walked, else those of the start, and those to the goal.
func (w *walker) terms(ctx context.Context, node string) (out []store.Edge, err error) {
	typed := w.relation == notes.AppearsIn || w.relation == notes.Defines || w.relation == isA
	if !typed && node != w.start && w.goal == "" {
		return nil, nil
	}
	edges, err := w.store.TermEdges(ctx, node, w.direction)
	for _, e := range edges {
		if typed || node == w.start || e.Source == w.goal || e.Target == w.goal {
			out = append(out, e.Edge)
		}
	}
	return out, err
}

// isA is the relation of a term to another one that says what kind of thing it is.
const isA = "IS_A"

// enter returns the nodes that links lead to for the first time: notes first, then tags and terms, which connect more loosely. A file that is no
// note is no node: a picture that many notes show connects none of them.
func (w *walker) enter(links []Link) []string {
	var fresh []string
	for _, l := range links {
		to := l.To()
		if _, known := w.came[to]; l.Resolved && !l.File && !known {
			w.came[to] = l
			fresh = append(fresh, to)
		}
	}
	slices.SortStableFunc(fresh, func(a, b string) int { return looseness(a) - looseness(b) })
	return fresh
}

func looseness(node string) int {
	switch {
	case notes.IsTerm(node):
		return 2
	case strings.HasPrefix(node, notes.TagPrefix):
		return 1
	}
	return 0
}

// A Route is a chain of links: the first begins at one node, each next one where the one before ended.
type Route struct {
	Found bool // false: nothing connects the two
	Steps []Link
}

// Path returns a shortest chain of links between two notes, tags or terms, walking edges from either end; relation narrows it as in
// Explore. Of equally short chains it prefers notes to tags, then the order of store.Edges, so that the answer is the same
// for the same index. The path from a node to itself is found and empty.
func Path(ctx context.Context, st store.Store, from, to, relation string) (Route, error) {
	relation = notes.EdgeType(relation)
	st, err := following(ctx, st, relation)
	if err != nil {
		return Route{}, err
	}
	w := walker{store: st, relation: relation, came: map[string]Link{from: {}}, walked: map[edgeKey]bool{}}
	if notes.IsTerm(from) {
		w.start = from
	}
	if notes.IsTerm(to) {
		w.goal = to
	}
	frontier := []string{from}
	for depth := 1; len(frontier) > 0; depth++ {
		if _, reached := w.came[to]; reached {
			return Route{Found: true, Steps: w.trace(from, to)}, nil
		}
		var next []string
		for _, node := range frontier {
			links, err := w.step(ctx, node, depth)
			if err != nil {
				return Route{}, err
			}
			next = append(next, w.enter(links)...)
		}
		frontier = next
	}
	return Route{}, nil
}

// trace follows the links back that reached a node.
func (w *walker) trace(from, to string) []Link {
	var steps []Link
	for node := to; node != from; node = w.came[node].From() {
		steps = append(steps, w.came[node])
	}
	slices.Reverse(steps)
	return steps
}
