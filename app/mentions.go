package app

import (
	"context"

	"amalfa/edit"
	"amalfa/store"
)

// A Mention is where the name of a note stands in another one and no link does.
type Mention = edit.Mention

// MaxNamesakes is how many notes of one name are told in a line.
const MaxNamesakes = 5

// MentionsAnswer are the unlinked mentions of a note.
type MentionsAnswer struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	Names     []string  `json:"names"`     // looked for: title and aliases, folded, longest first
	Ambiguous []string  `json:"ambiguous"` // other notes with one of them as title or alias
	Total     int       `json:"total"`     // of mentions
	Notes     int       `json:"notes"`     // that they stand in
	Mentions  []Mention `json:"mentions"`
}

// Mentions are where a note's title or an alias stands unlinked in other notes, at most limit, 0 for all.
func (w *Workspace) Mentions(ctx context.Context, ref string, limit int) (ans MentionsAnswer, err error) {
	_, _, err = w.mentions(ctx, ref, func(_ *edit.Workspace, n store.Note, m edit.Mentions) error {
		ans = MentionsAnswer{ID: n.ID, Title: n.Title, Names: append([]string{}, m.Names...), Ambiguous: append([]string{}, m.Ambiguous...), Total: len(m.All)}
		for i, mention := range m.All {
			if i == 0 || mention.Source != m.All[i-1].Source {
				ans.Notes++
			}
		}
		if limit > 0 && limit < len(m.All) {
			m.All = m.All[:limit]
		}
		ans.Mentions = append([]Mention{}, m.All...)
		return nil
	})
	return ans, err
}

// A MentionsPatch is a diff that links mentions, and what it leaves out.
type MentionsPatch struct {
	ID        string   `json:"id"`
	Patch     string   `json:"patch"`
	Notes     int      `json:"notes"` // that it changes
	Ambiguous []string `json:"ambiguous"`
	Left      []Told   `json:"left"`
}

// PatchMentions writes a diff that makes a link of the first mention in each note that does not link to the note yet. Nothing is written.
func (w *Workspace) PatchMentions(ctx context.Context, ref string) (p MentionsPatch, err error) {
	_, _, err = w.mentions(ctx, ref, func(ws *edit.Workspace, n store.Note, m edit.Mentions) error {
		changes, left, err := ws.LinkMentions(n.ID, m.All)
		p = MentionsPatch{ID: n.ID, Patch: string(edit.Diff(w.aboveRoot(), changes)), Notes: len(changes),
			Ambiguous: append([]string{}, m.Ambiguous...), Left: append([]Told{}, left...)}
		return err
	})
	return p, err
}

func (w *Workspace) mentions(ctx context.Context, ref string, use func(*edit.Workspace, store.Note, edit.Mentions) error) (n store.Note, m edit.Mentions, err error) {
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return n, m, err
	}
	defer st.Close()
	if n, _, err = store.FindOne(ctx, st, w.Reference(ref)); err != nil {
		return n, m, err
	}
	ws, done, err := w.editable(ctx)
	if err != nil {
		return n, m, err
	}
	defer done()
	if m, err = ws.Mentions(ctx, n.ID); err != nil {
		return n, m, err
	}
	return n, m, use(ws, n, m)
}
