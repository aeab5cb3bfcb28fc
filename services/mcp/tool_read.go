package mcp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"amalfa/notes"
	"amalfa/store"

	"github.com/google/jsonschema-go/jsonschema"
)

type readIn struct {
	ID        string `json:"id" jsonschema:"id, id:first-last, ref, unique end of a path, or title"`
	StartLine int    `json:"start_line,omitempty"`
	EndLine   int    `json:"end_line,omitempty"`
	MaxTokens int    `json:"max_tokens,omitempty"`
	Cursor    string `json:"cursor,omitempty"`
}

type readOut struct {
	quoted
	ID         string  `json:"id"`
	Title      string  `json:"title" brief:"-"`
	Content    string  `json:"content"`
	Lines      [2]int  `json:"lines" jsonschema:"first and last line of content, from 1"`
	TotalLines int     `json:"total_lines" brief:"-" jsonschema:"lines when the note was indexed"`
	Hash       *string `json:"hash" brief:"-" jsonschema:"of the whole file as it is now: the expected_hash of a change; null for a file too large to change"`
	Stale      bool    `json:"stale" jsonschema:"the file changed since it was indexed"`
	NextCursor *string `json:"next_cursor"`
	HiddenText bool    `json:"hidden_text" brief:"-" jsonschema:"characters that a reader would not see were removed, or content holds an HTML comment"`

	Elsewhere *elsewhere `json:"elsewhere,omitempty" jsonschema:"the file is on another machine: content is what the team's index holds"`
}

// An elsewhere is a store.Rebuilt, as agents are told of it.
type elsewhere struct {
	Whole   bool     `json:"whole" jsonschema:"content is the file, byte for byte"`
	Missing [][2]int `json:"missing_lines" jsonschema:"first and last line, from 1, of what the index does not hold: empty in content"`
}

func (e elsewhere) String() string {
	text := "from the team's index, its file is on another machine"
	if lacks := store.Rebuilt(e).Lacks(); lacks != "" {
		text += "; not in it: " + lacks
	}
	return text
}

func readTool() tool {
	return tool{
		name:  "read_node_content",
		title: "Read a note",
		description: "Read a note or a range of its lines, numbered. Use it after search_documents to see a passage in full or what stands " +
			"around it. Long notes come in parts: pass next_cursor.",
		limit: func(p map[string]*jsonschema.Schema) {
			one := 1.0
			p["start_line"].Minimum, p["end_line"].Minimum = &one, &one
			limitTokens(p)
		},
	}
}

func (s *Server) read(ctx context.Context, in readIn) (a answer[readOut], err error) {
	at, err := decodeCursor(in.Cursor, fingerprint("read_node_content", in.ID, in.StartLine, in.EndLine))
	if err != nil {
		return a, err
	}
	err = s.index.with(ctx, func(h *handle) error {
		n, lines, err := resolve(ctx, h, in.ID)
		if err != nil {
			return err
		}
		from, to := lines.First, lines.Last
		if in.StartLine > 0 || in.EndLine > 0 {
			from, to = in.StartLine, in.EndLine
		}
		if to > 0 && from > to {
			return fmt.Errorf("line %d comes after line %d", from, to)
		}
		if in.Cursor == "" {
			at.Line = max(from, 1)
		}
		r, err := s.readLines(ctx, h, n, at, to, func(out readOut) (*budget, budget) {
			b := s.budget(in.MaxTokens, out.head(), out)
			return b, *b
		})
		a = answer[readOut]{r.out, r.out.head() + untrustedNotice + r.body + moreText(r.out.NextCursor), in.MaxTokens < briefBelow}
		return err
	})
	return a, err
}

// A part is what one answer shows of a note.
type part struct {
	out  readOut
	body string
	next *cursor // where it goes on; nil when all was shown
}

// readLines reads a note from a position to line last (0: its end), as far as the budget goes that budgetOf gives for
// what is known before the text, nil when there is none; with it comes what the budget of an answer is in whole.
func (s *Server) readLines(ctx context.Context, st store.Store, n store.Note, at cursor, last int, budgetOf func(readOut) (*budget, budget)) (p part, err error) {
	f, err := s.openNote(ctx, st, n)
	if err != nil {
		return p, err
	}
	defer f.Close()
	out := readOut{quoted: fromNotes(), ID: n.ID, Title: cleanTitle(n.Title), Lines: [2]int{at.Line, at.Line}, TotalLines: n.Lines}
	out.Elsewhere = (*elsewhere)(f.rebuilt)
	if out.Hash, out.Stale, err = compare(f, n); err != nil {
		return p, fmt.Errorf("read %s: %w", oneLine(n.ID), err)
	}
	b, whole := budgetOf(out)
	if b == nil {
		return p, whole.tooSmall()
	}
	r := excerpt{in: bufio.NewReaderSize(notes.LineFeeds(f), 64<<10), at: at, budget: b, whole: whole}
	if err := r.run(ctx, last); err != nil {
		return p, fmt.Errorf("read %s: %w", n.ID, err)
	}
	switch {
	case r.full:
		return p, b.tooSmall()
	case r.lines == 0 && at.Line > 1:
		return p, fmt.Errorf("%s has only %d lines", oneLine(n.ID), r.number-1)
	}
	out.Content, out.HiddenText = strings.Join(r.content, "\n"), r.hidden
	out.Lines[1] = max(r.number-1, at.Line)
	if r.more {
		out.Lines[1] = max(r.lastShown, at.Line)
		p.next, out.NextCursor = &r.at, orNull(r.at.encode())
	}
	p.out, p.body = out, r.shown.String()
	return p, nil
}

// head is the line above the text. It leaves room for what is known only after the text.
func (out readOut) head() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d-%d of %d · %s", oneLine(out.ID), out.Lines[0], out.Lines[1], out.TotalLines, out.Title)
	if out.Stale {
		b.WriteString(" · changed since it was indexed")
	}
	if out.HiddenText {
		b.WriteString(" · holds hidden text")
	}
	if out.Elsewhere != nil {
		b.WriteString(" · " + out.Elsewhere.String())
	}
	return b.String() + "\n"
}

// maxLine bounds how much of one line is looked at for one answer; a longer line comes in parts.
const maxLine = 64 << 10

// An excerpt reads lines of a file until the budget is spent.
type excerpt struct {
	in     *bufio.Reader
	budget *budget
	whole  budget // what it was at the beginning
	at     cursor // where to begin; when more, where to go on

	number    int // the line that was looked at last, from 1; one more at the end of the file
	lines     int // lines that were shown, also in part
	lastShown int
	content   []string
	shown     strings.Builder
	hidden    bool
	more      bool
	full      bool // there was no room for anything
}

func (x *excerpt) run(ctx context.Context, last int) error {
	for x.number = 1; last == 0 || x.number <= last; x.number++ {
		if x.number%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		skip := 0
		if x.number == x.at.Line {
			skip = x.at.Byte
		}
		line, cut, err := x.next(skip, x.number >= x.at.Line)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if x.number >= x.at.Line && !x.add(line, skip, cut) {
			return nil
		}
	}
	return nil
}

// next reads one line without its ending. It keeps up to maxLine bytes after the first skip; cut reports that there was more.
func (x *excerpt) next(skip int, keep bool) (line []byte, cut bool, err error) {
	for read := 0; ; {
		part, err := x.in.ReadSlice('\n')
		read += len(part)
		full := errors.Is(err, bufio.ErrBufferFull)
		if !full && read == 0 {
			return nil, false, err
		}
		drop := min(skip, len(part))
		skip -= drop
		if part = part[drop:]; keep && !cut {
			room := maxLine - len(line)
			cut = len(part) > room
			line = append(line, part[:min(room, len(part))]...)
		}
		if !full {
			return []byte(strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")), cut, nil
		}
	}
}

// add shows a line, or as much of it as fits, and reports whether there is room for another one.
func (x *excerpt) add(line []byte, skip int, cut bool) bool {
	text, hidden := clean(string(line))
	form := numberLines(text, x.number)
	if !cut && x.budget.spend(form, jsonLine(text)) {
		x.hidden = x.hidden || hidden
		x.push(text, form)
		return true
	}
	x.more = true
	x.at.Line, x.at.Byte = x.number, skip
	if x.lines > 0 && !cut && x.whole.fits(form, jsonLine(text)) {
		return false // it fits into the next answer as a whole, so it is not split
	}
	raw := x.budget.truncate(string(line), func(part string) (string, string) {
		text, _ := clean(part)
		return numberLines(text, x.number), jsonLine(text)
	})
	if raw == "" {
		x.full = x.lines == 0
		return false
	}
	text, hidden = clean(raw)
	x.hidden = x.hidden || hidden
	x.push(text, numberLines(text, x.number))
	x.at.Byte += len(raw)
	return false
}

// jsonLine is a line as it stands in the content of a structure.
func jsonLine(text string) string { return `\n` + quoteText(text) }

func (x *excerpt) push(text, form string) {
	x.content = append(x.content, text)
	x.shown.WriteString(form)
	x.lines++
	x.lastShown = x.number
}
