package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"

	"amalfa/app"
	"amalfa/notes/files"
	"amalfa/store"
	"amalfa/store/sqlite"

	"github.com/urfave/cli/v3"
)

// A validateAnswer is `validate --json`. Counts speak of the whole index; the lists name what was found.
type validateAnswer struct {
	OK       bool     `json:"ok"`
	Notes    int      `json:"notes"`
	Chunks   int      `json:"chunks"`
	Vectors  int      `json:"vectors"`
	Edges    int      `json:"edges"`
	Dangling []ending `json:"danglingEdges"`
	Loops    []ending `json:"selfLoops"`
	Errors   []string `json:"errors"`
	Warnings []string `json:"warnings"`
}

// An ending is an edge by its two ends and its place.
type ending struct {
	Source string `json:"source"`
	Target string `json:"target"`
	Type   string `json:"type"`
	Line   int    `json:"line"`
}

func (a *program) validateCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "validate", Category: categoryMemory, Usage: "check the index, and hold it against the files",
		Description: "Errors (exit 1): a damaged index, passages or vectors that do not add up, notes\nwhose file is gone or holds something else. Warnings: links that no note answers\nto, links of a note to itself, passages without vectors, files not indexed yet.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable, codeInterrupted),
		Action: checked(arguments(0, 0, ""), a.validate),
	})
}

func (a *program) validate(ctx context.Context, c *cli.Command) error {
	return a.withIndex(ctx, c, func(s *session, st *sqlite.Store) error {
		v := validation{session: s, st: st, ans: validateAnswer{Dangling: []ending{}, Loops: []ending{}, Errors: []string{}, Warnings: []string{}}}
		if err := v.run(ctx); err != nil {
			return err
		}
		v.ans.OK = len(v.ans.Errors) == 0
		if err := a.print(c, v.ans, func() { a.printValidation(v.ans) }); err != nil || v.ans.OK {
			return err
		}
		return errQuiet(codeFailed)
	})
}

// A validation collects what it finds; its methods fail only where nothing can be found out.
type validation struct {
	*session
	st  *sqlite.Store
	ans validateAnswer
}

func (v *validation) fault(format string, args ...any) {
	v.ans.Errors = append(v.ans.Errors, fmt.Sprintf(format, args...))
}

func (v *validation) warn(format string, args ...any) {
	v.ans.Warnings = append(v.ans.Warnings, fmt.Sprintf(format, args...))
}

func (v *validation) run(ctx context.Context) error {
	if err := v.st.Check(ctx); errors.Is(err, store.ErrCorrupt) {
		v.fault("%v: run \"amalfa init --force\"", err)
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
	v.ans.Notes = len(notes)
	if err := v.vectors(ctx); err != nil {
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
	if v.ans.Chunks += len(chunks); len(chunks) != f.Chunks {
		v.fault("%s has %d passages, its record says %d", n.ID, len(chunks), f.Chunks)
	}
	edges, err := v.st.Edges(ctx, n.ID, store.Out)
	if err != nil {
		return err
	}
	for _, e := range edges {
		end := ending{e.Source, e.Target, e.Type, e.Line}
		switch v.ans.Edges++; {
		case !e.Resolved:
			v.ans.Dangling = append(v.ans.Dangling, end)
		case e.Source == e.Target:
			v.ans.Loops = append(v.ans.Loops, end)
		}
	}
	return v.file(n)
}

// file compares by content, not by time: that is what init would miss.
func (v *validation) file(n store.Note) error {
	root, err := os.OpenRoot(v.Folder.Root)
	if err != nil {
		return err
	}
	defer root.Close()
	data, err := files.Read(root, n.ID, app.MaxNote)
	switch {
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

// vectors counts them and looks at each.
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
		v.ans.Vectors = len(all.IDs)
		for i, id := range all.IDs {
			if n := length(all.Data[i*model.Dim : (i+1)*model.Dim]); math.Abs(n-1) > 1e-3 || math.IsNaN(n) {
				v.fault("the vector of passage %d has length %.3g, not 1", id, n)
			}
		}
	}
	if without := v.ans.Chunks - v.ans.Vectors; without > 0 {
		v.warn("%s without a vector: found by words only", count(without, "passage"))
	}
	return nil
}

func length(x []float32) float64 {
	var sum float64
	for _, f := range x {
		sum += float64(f) * float64(f)
	}
	return math.Sqrt(sum)
}

// close compares totals and looks for files that the index does not hold.
func (v *validation) close(ctx context.Context) error {
	st, err := v.st.Stats(ctx)
	if err != nil {
		return err
	}
	if st.Notes != v.ans.Notes || st.Chunks != v.ans.Chunks || st.Edges != v.ans.Edges {
		v.fault("the index counts %d notes, %d passages and %d links; its notes have %d, %d and %d",
			st.Notes, st.Chunks, st.Edges, v.ans.Notes, v.ans.Chunks, v.ans.Edges)
	}
	if n := len(v.ans.Dangling); n > 0 {
		v.warn("%s without a note that answers", count(n, "link"))
	}
	if n := len(v.ans.Loops); n > 0 {
		v.warn("%s of a note to itself", count(n, "link"))
	}
	lag, err := v.Lag(ctx, v.st)
	if err == nil && lag > 0 {
		v.warn("%s on disk changed since the last index: run \"amalfa init\"", count(lag, "file"))
	}
	return err
}

func (a *program) printValidation(ans validateAnswer) {
	for _, e := range ans.Errors {
		a.line("%s %s", a.red("✗"), cleanLine(e))
	}
	for _, w := range ans.Warnings {
		a.line("%s %s", a.amber("!"), cleanLine(w))
	}
	for _, e := range ans.Dangling {
		a.line("    %s:%d %s %s: no such note", cleanLine(e.Source), e.Line, cleanLine(e.Type), cleanLine(e.Target))
	}
	for _, e := range ans.Loops {
		a.line("    %s:%d %s itself", cleanLine(e.Source), e.Line, cleanLine(e.Type))
	}
	a.line("%s, %s, %s, %s: %s", count(ans.Notes, "note"), count(ans.Chunks, "passage"), count(ans.Vectors, "vector"), count(ans.Edges, "link"),
		map[bool]string{true: a.green("sound"), false: a.red(count(len(ans.Errors), "error"))}[ans.OK])
}
