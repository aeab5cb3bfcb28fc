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
	Since     int64 `json:"since,omitempty" jsonschema:"cursor of an earlier answer; 0 for all that is kept"`
	Limit     int   `json:"limit,omitempty" jsonschema:"events in one answer"`
	MaxTokens int   `json:"max_tokens,omitempty" jsonschema:"longest answer in tokens"`
}

type changesOut struct {
	Changes   []event `json:"changes"`
	Cursor    int64   `json:"cursor" jsonschema:"ask with this as since for what comes after"`
	More      bool    `json:"more" jsonschema:"there are further events: ask again with cursor"`
	Pruned    bool    `json:"pruned" jsonschema:"events after since are gone: look at the notes themselves"`
	Untrusted bool    `json:"untrusted_content" jsonschema:"always true: names come from files"`
}

type event struct {
	ID      string  `json:"id"`
	Event   string  `json:"event" jsonschema:"added, changed, removed or renamed"`
	OldID   *string `json:"old_id" jsonschema:"of a renamed note"`
	OldHash *string `json:"old_hash"`
	NewHash *string `json:"new_hash"`
	Time    string  `json:"time" jsonschema:"RFC 3339, when the index heard of it"`
}

func changesTool() tool {
	return tool{
		name:  "changes_since",
		title: "What changed",
		description: "List the notes that were added, changed, removed or renamed since a cursor, oldest first. Use it at the start of a " +
			"session to catch up on what happened since the last one, and keep the cursor of the answer for the next time.",
		limit: func(p map[string]*jsonschema.Schema) {
			least := 0.0
			p["since"].Minimum = &least
			limitInteger(p["limit"], 1, 1000, 100)
			limitTokens(p)
		},
	}
}

func (s *Server) changesSince(ctx context.Context, in changesIn) (a answer[changesOut], err error) {
	out := changesOut{Cursor: in.Since, Untrusted: true}
	var h store.History
	err = s.index.with(ctx, func(idx *handle) error {
		h, err = idx.Changes(ctx, in.Since, in.Limit+1)
		return err
	})
	if err != nil {
		return a, err
	}
	out.Pruned = h.Pruned && in.Since > 0
	var body string
	out.Changes, body = pack(s.budget(in.MaxTokens, reservedTokens), h.Events[:min(in.Limit, len(h.Events))], func(_ int, e store.Event) []form[event] {
		row := newEvent(e)
		return []form[event]{{row, row.format()}}
	})
	if n := len(out.Changes); n > 0 {
		out.Cursor, out.More = h.Events[n-1].Cursor, n < len(h.Events)
	}
	return answer[changesOut]{out, out.format(body)}, nil
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

func (o changesOut) format(body string) string {
	var b strings.Builder
	if o.Pruned {
		b.WriteString("Older events are gone: look at the notes themselves.\n")
	}
	if len(o.Changes) == 0 {
		fmt.Fprintf(&b, "Nothing changed. Cursor: %d\n", o.Cursor)
		return b.String()
	}
	b.WriteString(untrustedNotice + body)
	if o.More {
		b.WriteString("There is more: ask again with this cursor.\n")
	}
	fmt.Fprintf(&b, "Cursor: %d\n", o.Cursor)
	return b.String()
}
