package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"amalfa/edit"
	"amalfa/notes"
)

// A LinkAnswer is what linking a note to another one did, or would do.
type LinkAnswer struct {
	Source   string `json:"source"`
	Target   string `json:"target"`
	Relation string `json:"relation"`
	Line     int    `json:"line"` // where the link stands; 0 where the note had it already
	Text     string `json:"text"`
	Changed  bool   `json:"changed"`
	DryRun   bool   `json:"dryRun"`
	Patch    string `json:"patch"`
}

// checkRelation returns an error for what is no relation: no name, or a key that says something else.
func checkRelation(name string) error {
	if name == "" {
		return nil
	}
	if _, ok := notes.RelationOf(name); !ok || strings.ContainsAny(name, " .") {
		return &UsageError{Message: fmt.Sprintf("%q is no relation", name),
			Advice: "letters, digits, - and _, for example --relation extends; not a key that says something about the note itself, such as date"}
	}
	return nil
}

// LinkNotes writes a link from one note to another, with a relation where that is not ""; dry changes nothing.
func (w *Workspace) LinkNotes(ctx context.Context, from, to, relation string, dry bool) (ans LinkAnswer, err error) {
	if err := checkRelation(relation); err != nil {
		return ans, err
	}
	if notes.EdgeType(relation) == notes.LinksTo { // what a plain link is called
		relation = ""
	}
	if err := w.Refresh(ctx); err != nil {
		return ans, err
	}
	source, err := w.oneID(ctx, from)
	if err != nil {
		return ans, err
	}
	target, err := w.oneID(ctx, to)
	if err != nil {
		return ans, err
	}
	if source == target {
		return ans, &UsageError{Message: source + " is one note: a note is not linked to itself", Advice: "name two notes"}
	}
	ws, done, err := w.editable(ctx)
	if err != nil {
		return ans, err
	}
	defer done()
	l, err := ws.AddLink(source, target, relation)
	if errors.Is(err, edit.ErrNoPlace) {
		err = WithHint(err, "write the link by hand; nothing was changed")
	}
	if err != nil {
		return ans, err
	}
	ans = LinkAnswer{Source: source, Target: target, Relation: relation, Line: l.Line, Text: l.Text, Changed: l.Text != "", DryRun: dry}
	if !ans.Changed {
		return ans, nil
	}
	if dry {
		ans.Patch = string(edit.Diff(w.aboveRoot(), []edit.FileChange{l.Change}))
		return ans, nil
	}
	if err := w.change("link "+source+" "+target, l.Change); err != nil {
		return ans, err
	}
	return ans, w.settle(ctx, []string{source})
}
