package mcp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"amalfa/store"

	"github.com/google/jsonschema-go/jsonschema"
)

type changesIn struct {
	Since string `json:"since,omitempty" jsonschema:"2h, 3 days ago, yesterday, ISO date or time; or a cursor"`
	Until string `json:"until,omitempty" jsonschema:"as since; a day counts whole"`
	Limit int    `json:"limit,omitempty"`
	paging
}

type changesOut struct {
	quoted
	Changes    []event `json:"changes"`
	Cursor     int64   `json:"cursor" jsonschema:"ask with this as since for what comes after"`
	More       bool    `json:"more" brief:"-" jsonschema:"there are further events: ask again with cursor as since, or with next_cursor where there is one"`
	Pruned     bool    `json:"pruned" brief:"-" jsonschema:"events after since are gone: look at the notes themselves"`
	NextCursor *string `json:"next_cursor" jsonschema:"of a question by time"`
}

type event struct {
	ID      string  `json:"id"`
	Event   string  `json:"event" jsonschema:"added, changed, removed or renamed"`
	OldID   *string `json:"old_id" jsonschema:"of a renamed note"`
	OldHash *string `json:"old_hash" brief:"-"`
	NewHash *string `json:"new_hash" brief:"-"`
	Time    string  `json:"time" jsonschema:"RFC 3339: of the file, or when the index heard of it"`
}

func changesTool() tool {
	return tool{
		name:  "changes_since",
		title: "What changed",
		description: "List notes that were added, changed, removed or renamed in a time, newest first. Use it to catch up on what is new. " +
			"With the cursor of an earlier answer as since: all that followed, oldest first.",
		limit: func(p map[string]*jsonschema.Schema) {
			limitInteger(p["limit"], 1, 1000, 100)
			limitTokens(p)
		},
	}
}

func (s *Server) changesSince(ctx context.Context, in changesIn) (a answer[changesOut], err error) {
	at, err := decodeCursor(in.Cursor, fingerprint("changes_since", in.Since, in.Until))
	if err != nil {
		return a, err
	}
	err = s.index.with(ctx, func(h *handle) error {
		found, err := store.ChangesSince(ctx, h, in.Since, in.Until, in.Limit+1, time.Now())
		if err == nil {
			a, err = s.packChanges(in, at, found)
		}
		return err
	})
	return a, err
}

// packChanges goes on by a place in the history where the question named one, else by a cursor of ours.
func (s *Server) packChanges(in changesIn, at cursor, found store.Changes) (a answer[changesOut], err error) {
	out := changesOut{quoted: fromNotes(), Cursor: found.Cursor, Pruned: found.Pruned}
	rest := found.Events
	if found.ByTime {
		rest = rest[min(at.Line, len(rest)):]
	} else {
		out.Cursor = found.After
	}
	b, body, err := s.packEvents(&out, rest[:min(in.Limit, len(rest))], in.MaxTokens)
	n := len(out.Changes)
	out.More = n < len(rest)
	switch {
	case found.ByTime:
		out.NextCursor = at.next(n, len(rest))
	case n > 0:
		out.Cursor = rest[n-1].Cursor
	}
	return answer[changesOut]{out, out.format(body), b.brief}, err
}

func (s *Server) packEvents(out *changesOut, events []store.Event, tokens int) (b *budget, body string, err error) {
	b = s.budget(tokens, out.format(""), *out)
	out.Changes, body, err = pack(b, events, func(_ int, e store.Event) []form[event] {
		row := newEvent(e)
		bare := row
		bare.OldHash, bare.NewHash = nil, nil
		return []form[event]{{row, row.format()}, {bare, bare.format()}}
	})
	return b, body, err
}

func newEvent(e store.Event) event {
	return event{
		ID: e.Path, Event: e.Event, OldID: orNull(e.OldPath), OldHash: orNull(e.OldHash), NewHash: orNull(e.NewHash),
		Time: time.UnixMilli(e.Time).UTC().Format(time.RFC3339),
	}
}

func (e event) format() string {
	from := ""
	if e.OldID != nil {
		from = " from " + oneLine(*e.OldID)
	}
	return fmt.Sprintf("%s %s %s%s\n", e.Time, e.Event, oneLine(e.ID), from)
}

func (out changesOut) format(body string) string {
	var b strings.Builder
	if out.Pruned {
		b.WriteString("Older events are gone: look at the notes themselves.\n")
	}
	if len(out.Changes) == 0 {
		fmt.Fprintf(&b, "Nothing changed. Cursor: %d\n", out.Cursor)
		return b.String()
	}
	b.WriteString(untrustedNames + body)
	switch {
	case out.NextCursor != nil:
		b.WriteString(moreText(out.NextCursor))
	case out.More:
		b.WriteString("There is more: ask again with this cursor as since.\n")
	}
	fmt.Fprintf(&b, "Cursor: %d\n", out.Cursor)
	return b.String()
}
