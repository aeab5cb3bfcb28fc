package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"amalfa/notes"
)

// An AmbiguousError reports a reference to which several notes answer equally well, or several passages, "id:first-last".
type AmbiguousError struct {
	Ref string
	IDs []string
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%.200q could be any of %d notes", e.Ref, len(e.IDs))
}

// Hint names the first of them.
func (e *AmbiguousError) Hint() string {
	return "say which: " + strings.Join(e.IDs[:min(10, len(e.IDs))], ", ")
}

// A Finder looks up the notes and passages that a person may mean; a Store is one.
type Finder interface {
	Get(ctx context.Context, id string) (Note, error)
	Find(ctx context.Context, ref string) ([]Note, error)
	ChunksByRef(ctx context.Context, ref string) ([]Chunk, error)
	FindTerm(ctx context.Context, name string) (Term, error)
}

// FindOne returns the one note that a person means, and the lines: ref is what Find takes, or else the reference of a passage,
// which means its lines, or one of these with a range of lines behind it, "docs/auth.md:10-24". What answers to the whole of ref
// wins. Its errors are ErrNotFound, an AmbiguousError, and notes.LinesError for a range that is none.
func FindOne(ctx context.Context, st Finder, ref string) (Note, notes.Lines, error) {
	n, lines, err := findOne(ctx, st, ref)
	name, text, ok := notes.CutLines(ref)
	if !ok || !errors.Is(err, ErrNotFound) {
		return n, lines, err
	}
	if lines, err = notes.ParseLines(text); err != nil {
		return Note{}, notes.Lines{}, err
	}
	if n, _, err = findOne(ctx, st, name); err != nil {
		return Note{}, notes.Lines{}, err
	}
	return n, lines, nil
}

func findOne(ctx context.Context, st Finder, ref string) (Note, notes.Lines, error) {
	found, err := st.Find(ctx, ref)
	switch {
	case err != nil:
		return Note{}, notes.Lines{}, err
	case len(found) == 0:
		return findPassage(ctx, st, ref)
	case len(found) == 1:
		return found[0], notes.Lines{}, nil
	}
	many := &AmbiguousError{Ref: ref}
	for _, n := range found {
		many.IDs = append(many.IDs, n.ID)
	}
	return Note{}, notes.Lines{}, many
}

// findPassage returns the note and the lines of the passage with a reference. Of equal passages of one note it is the first.
func findPassage(ctx context.Context, st Finder, typed string) (Note, notes.Lines, error) {
	ref, ok := ParseRef(typed)
	if !ok {
		return Note{}, notes.Lines{}, fmt.Errorf("note %q: %w", typed, ErrNotFound)
	}
	chunks, err := st.ChunksByRef(ctx, ref)
	if err != nil {
		return Note{}, notes.Lines{}, err
	}
	first := slices.CompactFunc(chunks, func(a, b Chunk) bool { return a.Note == b.Note && a.Hash == b.Hash })
	switch len(first) {
	case 0:
		return Note{}, notes.Lines{}, fmt.Errorf("passage %s, which may have changed since: %w", ref, ErrNotFound)
	case 1:
		n, err := st.Get(ctx, first[0].Note)
		return n, first[0].lines(), err
	}
	many := &AmbiguousError{Ref: typed}
	for _, c := range first {
		many.IDs = append(many.IDs, fmt.Sprintf("%s:%d-%d", c.Note, c.FirstLine, c.LastLine))
	}
	return Note{}, notes.Lines{}, many
}

func (c Chunk) lines() notes.Lines { return notes.Lines{First: c.FirstLine, Last: c.LastLine} }

// FindNode is FindOne for what may be a tag too, "tag:name", which is a node without a note, or a term, "term:name". It returns the
// node's id.
func FindNode(ctx context.Context, st Finder, ref string) (string, error) {
	if tag, ok := notes.TagNode(ref); ok {
		return tag, nil
	}
	if name, ok := strings.CutPrefix(ref, notes.TermPrefix); ok {
		if t, err := st.FindTerm(ctx, name); !errors.Is(err, ErrNotFound) {
			return t.ID, err
		}
	}
	n, _, err := FindOne(ctx, st, ref)
	return n.ID, err
}

// Condition is what Select demands of a note: that one of the values holds, or with Not that none does.
type Condition struct {
	By     By
	Values []string
	Not    bool
}

// By is what a condition looks at.
type By string

// What conditions look at.
const (
	ByPath   By = "path"   // a notes.PathPattern of the id
	ByTag    By = "tag"    // a tag of the note in its normal form, or one above it: "sea" holds for "sea/tides"
	ByType   By = "type"   // the kind of the note, or the extension of its file, in any case
	ByAfter  By = "after"  // dated on this RFC 3339 day or later, by what the note says, else by its file's time
	ByBefore By = "before" // dated before this day
	ByLink   By = "link"   // links to the note with this id
)

// Events of the history.
const (
	Added   = "added"
	Changed = "changed"
	Removed = "removed"
	Renamed = "renamed"
)

// Event is what happened to one file. It holds no text.
type Event struct {
	Cursor  int64  `json:"cursor"` // ascends; name it to hear what came after
	Path    string `json:"path"`
	Event   string `json:"event"`
	OldPath string `json:"oldPath,omitempty"` // of a renamed file
	OldHash string `json:"oldHash,omitempty"`
	NewHash string `json:"newHash,omitempty"`
	Time    int64  `json:"time"` // milliseconds since 1970, by this computer's clock
	// Elsewhere: another machine wrote it.
	Elsewhere bool `json:"elsewhere,omitempty"`
}

// History is some events in a row.
type History struct {
	Events []Event
	Cursor int64 // the last event there is up to Events' end: what to ask with next
	Pruned bool  // events after the cursor asked with are gone
}
