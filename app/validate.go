package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"

	"amalfa/graph"
	"amalfa/notes/files"
	"amalfa/store"
)

// A ValidateReport is `validate --json`. Counts speak of the whole index; the lists name what was found.
type ValidateReport struct {
	OK       bool         `json:"ok"`
	Notes    int          `json:"notes"`
	Chunks   int          `json:"chunks"`
	Vectors  int          `json:"vectors"`
	Edges    int          `json:"edges"`
	Links    int          `json:"links"` // edges but those to tags
	Graph    *GraphReport `json:"graph"` // with ValidateOptions.Graph, else null
	Dangling []EdgeEnds   `json:"danglingEdges"`
	// Ambiguous are links that lead to one of several notes of one name.
	Ambiguous []Ambiguity `json:"ambiguousLinks"`
	Loops     []EdgeEnds  `json:"selfLoops"`
	Errors    []string    `json:"errors"`
	Warnings  []string    `json:"warnings"`
}

// EdgeEnds are an edge by its two notes and its place.
type EdgeEnds struct {
	Source string `json:"source"`
	Target string `json:"target"`
	Type   string `json:"type"`
	Line   int    `json:"line"`
}

// An Ambiguity is a link whose name several notes answer equally well.
type Ambiguity struct {
	Source string   `json:"source"`
	Line   int      `json:"line"`
	Name   string   `json:"name"`
	Chosen string   `json:"chosen"`
	Others []string `json:"others"`
	More   int      `json:"more"` // beyond Others
}

// ValidateOptions say what else is looked at.
type ValidateOptions struct{ Graph bool }

// A GraphReport is how the notes hang together by their links.
type GraphReport struct {
	Orphans    []string    `json:"orphans"`    // notes without a link to or from another one
	Components int         `json:"components"` // sets of notes that links connect, an orphan being one
	Largest    int         `json:"largest"`    // notes of the largest
	Density    float64     `json:"density"`    // pairs of linked notes for each note
	Hubs       []graph.Hub `json:"hubs"`       // most neighbours first
	SuperNodes int         `json:"superNodes"` // notes with more than graph.superNodeThreshold
	Duplicates [][]string  `json:"duplicates"` // notes with the same bytes, more than one of each
	Parallel   int         `json:"parallel"`   // links from a note to another beyond the first of the same type
	Snapshots  int         `json:"snapshots"`  // with which the counts were compared
}

// minDensity is what a graph of notes is warned about, as by the earlier system's validation: under 0.1 pairs of linked notes for each
// note little can be found by links.
const minDensity = 0.1

// Validate checks the index, and holds it against the files.
func (w *Workspace) Validate(ctx context.Context, o ValidateOptions) (ValidateReport, error) {
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return ValidateReport{}, err
	}
	defer st.Close()
	v := validation{w: w, st: st, options: o, sameHash: map[string][]string{}, report: ValidateReport{Dangling: []EdgeEnds{}, Ambiguous: []Ambiguity{}, Loops: []EdgeEnds{}, Errors: []string{}, Warnings: []string{}}}
	err = v.run(ctx)
	v.report.OK = len(v.report.Errors) == 0
	return v.report, err
}

// A validation collects what it finds; its methods fail only where nothing can be found out.
type validation struct {
	w       *Workspace
	st      store.Store
	report  ValidateReport
	options ValidateOptions

	sameHash map[string][]string // hash → notes
	parallel int
}

func (v *validation) fault(format string, args ...any) {
	v.report.Errors = append(v.report.Errors, fmt.Sprintf(format, args...))
}

func (v *validation) warn(format string, args ...any) {
	v.report.Warnings = append(v.report.Warnings, fmt.Sprintf(format, args...))
}

func (v *validation) run(ctx context.Context) error {
	if err := v.st.Check(ctx); errors.Is(err, store.ErrCorrupt) {
		v.fault("%v: run \"amalfa init\", which builds it again", err)
		return nil // what else the index says is not worth telling
	} else if err != nil {
		return err
	}
	notes, err := v.st.List(ctx, "", "", 0)
	if err != nil {
		return err
	}
	files, err := v.st.Files(ctx)
	if err != nil {
		return err
	}
	for _, n := range notes {
		if err := v.note(ctx, n, files[n.ID]); err != nil {
			return err
		}
	}
	v.report.Notes = len(notes)
	if err := errors.Join(v.vectors(ctx), v.links(ctx), v.graph(ctx)); err != nil {
		return err
	}
	return v.close(ctx)
}

// note checks one note's passages, links and file.
func (v *validation) note(ctx context.Context, n store.Note, f store.File) error {
	chunks, err := v.st.Chunks(ctx, n.ID)
	if err != nil {
		return err
	}
	if v.report.Chunks += len(chunks); len(chunks) != f.Chunks {
		v.fault("%s has %d passages, its record says %d", n.ID, len(chunks), f.Chunks)
	}
	edges, err := v.st.Edges(ctx, n.ID, store.Out)
	if err != nil {
		return err
	}
	v.sameHash[n.Hash] = append(v.sameHash[n.Hash], n.ID)
	v.parallel += graph.Parallel(edges)
	for _, e := range edges {
		if v.report.Edges++; e.Source == e.Target {
			v.report.Loops = append(v.report.Loops, endsOf(e))
		}
	}
	return v.file(n, f)
}

func endsOf(e store.Edge) EdgeEnds { return EdgeEnds{e.Source, e.Target, e.Type, e.Line} }

// links looks for those that lead nowhere, or to one of several notes.
func (v *validation) links(ctx context.Context) error {
	broken, err := v.st.Broken(ctx)
	if err != nil {
		return err
	}
	for _, e := range broken {
		v.report.Dangling = append(v.report.Dangling, endsOf(e))
	}
	if n := len(broken); n > 0 {
		v.warn("%s without a note that answers", Count(n, "link"))
	}
	ambiguous, err := v.st.Ambiguous(ctx)
	for _, l := range ambiguous {
		v.report.Ambiguous = append(v.report.Ambiguous, Ambiguity(l))
	}
	return err
}

// graph looks at how the notes hang together, where that is asked for.
func (v *validation) graph(ctx context.Context) error {
	if !v.options.Graph {
		return nil
	}
	shape, err := graph.Survey(ctx, v.st)
	if err != nil {
		return err
	}
	r := &GraphReport{Orphans: shape.Orphans, Components: shape.Components, Largest: shape.Largest, Hubs: shape.Hubs, SuperNodes: shape.Over(v.w.Settings.Graph.SuperNodeThreshold), Duplicates: v.duplicates(), Parallel: v.parallel}
	if v.report.Notes > 0 {
		r.Density = math.Round(100*float64(shape.Pairs)/float64(v.report.Notes)) / 100
	}
	v.report.Graph = r
	if v.report.Notes > 1 && r.Density < minDensity {
		v.warn("few links: %.2f pairs of linked notes for each note, under %.1f", r.Density, minDensity)
	}
	if n := len(r.Orphans); n > 0 {
		v.warn("%s without a link to or from another note", Count(n, "note"))
	}
	if r.SuperNodes > 0 {
		v.warn("%s with more than %d neighbours", Count(r.SuperNodes, "note"), v.w.Settings.Graph.SuperNodeThreshold)
	}
	if n := len(r.Duplicates); n > 0 {
		v.warn("%s that several notes have, byte by byte", Count(n, "text"))
	}
	return v.growth(ctx)
}

// growth compares with the last snapshots.
func (v *validation) growth(ctx context.Context) error {
	now, err := v.st.Stats(ctx)
	if err != nil {
		return err
	}
	all, err := Snapshots(ctx, v.st)
	v.report.Graph.Snapshots = len(all)
	for _, w := range growth(all, Snapshot{Notes: now.Notes, Links: now.Links}) {
		v.warn("%s", w)
	}
	return err
}

// duplicates are notes with the same bytes, those of a group by id.
func (v *validation) duplicates() [][]string {
	out := [][]string{}
	for _, ids := range v.sameHash {
		if len(ids) > 1 {
			out = append(out, ids)
		}
	}
	slices.SortFunc(out, slices.Compare[[]string])
	return out
}

// file compares by content, not by time: that is what init would miss.
//
// A file that another machine of a team has, or has in a newer version, is as it should be here.
func (v *validation) file(n store.Note, f store.File) error {
	root, err := os.OpenRoot(v.w.Folder.Root)
	if err != nil {
		return err
	}
	defer root.Close()
	data, err := files.Read(root, n.ID, MaxNote)
	switch {
	case errors.Is(err, os.ErrNotExist) && f.Elsewhere, err == nil && f.Held != "" && files.Hash(data) == f.Held:
	case err != nil:
		v.fault("%s is in the index, and its file cannot be read: %v", n.ID, cause(err))
	case files.Hash(data) != n.Hash:
		v.fault("%s changed since it was indexed", n.ID)
	}
	return nil
}

// cause leaves out the path, which the message names already.
func cause(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// vectors counts them; that each is as it was written, Check has seen.
func (v *validation) vectors(ctx context.Context) error {
	model, err := v.st.ActiveModel(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err == nil {
		all, err := v.st.VectorsOf(ctx, model.Digest, nil)
		if err != nil {
			return err
		}
		v.report.Vectors = len(all.IDs)
	}
	if without := v.report.Chunks - v.report.Vectors; without > 0 {
		v.warn("%s without a vector: found by words only", Count(without, "passage"))
	}
	return nil
}

// close compares totals and looks for files that the index does not hold.
func (v *validation) close(ctx context.Context) error {
	st, err := v.st.Stats(ctx)
	if err != nil {
		return err
	}
	if st.Notes != v.report.Notes || st.Chunks != v.report.Chunks || st.Edges != v.report.Edges {
		v.fault("the index counts %d notes, %d passages and %d links; its notes have %d, %d and %d",
			st.Notes, st.Chunks, st.Edges, v.report.Notes, v.report.Chunks, v.report.Edges)
	}
	v.report.Links = st.Links
	if n := len(v.report.Loops); n > 0 {
		v.warn("%s of a note to itself", Count(n, "link"))
	}
	lag, err := v.w.Lag(ctx, v.st)
	if err == nil && lag > 0 {
		v.warn("%s on disk changed since the last index: run \"amalfa init\"", Count(lag, "file"))
	}
	return err
}
