package mcp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"amalfa/services/mcp/scratchpad"
)

type scratchpadReadIn struct {
	ID        string `json:"id"`
	MaxTokens int    `json:"max_tokens,omitempty"`
	Cursor    string `json:"cursor,omitempty"`
}

type scratchpadReadOut struct {
	quoted
	ID         string  `json:"id"`
	Tool       string  `json:"tool" brief:"-" jsonschema:"the tool whose answer this is"`
	Title      string  `json:"title" brief:"-"`
	Content    string  `json:"content"`
	NextCursor *string `json:"next_cursor"`
}

type scratchpadListOut struct {
	Entries []scratchpadEntry `json:"entries"`
	Total   int               `json:"total"`
}

type scratchpadEntry struct {
	ID      string `json:"id"`
	Tool    string `json:"tool"`
	Title   string `json:"title"`
	Bytes   int64  `json:"bytes"`
	Created string `json:"created"`
}

func scratchpadReadTool() tool {
	return tool{
		name:        "scratchpad_read",
		title:       "Read a kept answer",
		description: "Read on in a search answer too large to be given in full, by its scratchpad_id. Entries stay about a day.",
		limit:       limitTokens,
	}
}

func scratchpadListTool() tool {
	return tool{
		name:        "scratchpad_list",
		title:       "List kept answers",
		description: "List the large answers that are kept.",
	}
}

var errNoScratchpad = errors.New("the scratchpad is turned off in this user's settings; use cursors instead")

func (s *Server) scratchpadRead(_ context.Context, in scratchpadReadIn) (a answer[scratchpadReadOut], err error) {
	if s.o.Scratchpad == nil {
		return a, errNoScratchpad
	}
	at, err := decodeCursor(in.Cursor, fingerprint("scratchpad_read", in.ID))
	if err != nil {
		return a, err
	}
	e, text, err := s.o.Scratchpad.Read(in.ID)
	if errors.Is(err, scratchpad.ErrNotFound) {
		return a, withHint(err, "scratchpad_list names the entries; an entry that is gone comes back with the same search")
	}
	if err != nil {
		return a, err
	}
	if at.Byte > len(text) {
		return a, errCursor
	}
	text, _ = clean(text[at.Byte:])
	out := scratchpadReadOut{quoted: fromNotes(), ID: e.ID, Tool: e.Tool, Title: cleanTitle(e.Title)}
	b := s.budget(in.MaxTokens, "", out)
	part := wholeLines(b.truncate(text, func(part string) (string, string) { return part, quoteText(part) }), text)
	if part == "" && text != "" {
		return a, b.tooSmall()
	}
	out.Content = part
	form := untrustedNotice + part
	if len(part) < len(text) {
		at.Byte += len(part)
		out.NextCursor = orNull(at.encode())
		form += fmt.Sprintf("\nMore: same id with cursor %s\n", *out.NextCursor)
	}
	return answer[scratchpadReadOut]{out, form, b.brief}, nil
}

// wholeLines cuts part, a start of text, back to its last line end, unless that would leave nothing.
func wholeLines(part, text string) string {
	if i := strings.LastIndexByte(part, '\n'); len(part) < len(text) && i >= 0 {
		return part[:i+1]
	}
	return part
}

// maxScratchpadList is how many entries one list names.
const maxScratchpadList = 50

func (s *Server) scratchpadList(context.Context, noIn) (a answer[scratchpadListOut], err error) {
	if s.o.Scratchpad == nil {
		return a, errNoScratchpad
	}
	entries, err := s.o.Scratchpad.List()
	if err != nil {
		return a, err
	}
	out := scratchpadListOut{Entries: []scratchpadEntry{}, Total: len(entries)}
	var b strings.Builder
	fmt.Fprintf(&b, "%d entries\n", len(entries))
	for _, e := range entries[:min(maxScratchpadList, len(entries))] {
		p := scratchpadEntry{e.ID, e.Tool, shorten(oneLine(e.Title), 200), e.Bytes, e.Created.Format(time.RFC3339)}
		out.Entries = append(out.Entries, p)
		fmt.Fprintf(&b, "%s · %s · %s · %d bytes · %s\n", p.ID, p.Tool, p.Title, p.Bytes, p.Created)
	}
	return answer[scratchpadListOut]{out: out, text: b.String()}, nil
}
