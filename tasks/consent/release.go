package consent

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/notes/files"
)

// A Passage is text of a note that somebody wants to put before a model. Lines are 1-based and inclusive, and say where it stands
// in the note; 0, 0 is the whole of it. Text may be longer or shorter than those lines, as a title or a summary.
type Passage struct {
	ID    string
	Lines [2]int
	Text  string
}

// A Held is something that stays here, and where it stands.
type Held struct {
	ID    string `json:"path"`
	Lines [2]int `json:"lines"`
	Kind  string `json:"kind"` // Private, Unreadable, or what a secret looks like
}

// Kinds of what is held back, besides those of secrets.
const (
	Private    = "private"
	Unreadable = "unreadable" // whether the note is private cannot be looked up any more
)

// String is "path:first-last: kind".
func (h Held) String() string {
	where := h.ID
	if h.Lines != [2]int{} {
		where = fmt.Sprintf("%s:%d-%d", h.ID, h.Lines[0], h.Lines[1])
	}
	return where + ": " + h.Kind
}

// Release returns the passages that may go to the model, in their order, and what was held back. Of a provider on this machine
// that is all of them, untouched. For another one the passages of private notes are left out whole; of others what looks like a
// secret is replaced, and invisible characters with it. Notes are looked at as they are on disk now, not as the index has them.
func (p *Policy) Release(model string, passages []Passage) (out []Passage, held []Held) {
	if !p.Remote(model) {
		return passages, nil
	}
	root, err := os.OpenRoot(p.o.Root)
	if err == nil {
		defer root.Close()
	}
	known := map[string]*note{}
	for _, passage := range passages {
		n := known[passage.ID]
		if n == nil {
			n = p.open(root, passage.ID)
			known[passage.ID] = n
		}
		if n.held != "" {
			held = append(held, Held{passage.ID, passage.Lines, n.held})
			continue
		}
		text, secrets := n.clean(passage)
		passage.Text = text
		out, held = append(out, passage), append(held, secrets...)
	}
	return out, slices.Compact(held)
}

// ReleaseContexts is Release for what folders say of their notes.
func (p *Policy) ReleaseContexts(model string, contexts []notes.Context) (out []notes.Context, held []Held) {
	if !p.Remote(model) {
		return contexts, nil
	}
	for _, c := range contexts {
		if p.isPrivatePath(c.Folder) || p.isPrivateFolder(c.Folder) {
			held = append(held, Held{ID: c.Folder, Kind: Private})
			continue
		}
		n := note{}
		text, secrets := n.clean(Passage{ID: c.Folder, Text: c.Text})
		c.Text = text
		out, held = append(out, c), append(held, secrets...)
	}
	return out, held
}

// isPrivateFolder asks whether all below a folder is private.
func (p *Policy) isPrivateFolder(folder string) bool {
	return folder != "." && p.isPrivatePath(folder+"/x")
}

// A note is one that passages are of, as it is on disk.
type note struct {
	held  string // why none of it may go
	lines []string
}

func (p *Policy) open(root *os.Root, id string) *note {
	if p.isPrivatePath(id) {
		return &note{held: Private}
	}
	if root == nil {
		return &note{held: Unreadable}
	}
	data, err := files.Read(root, id, files.MaxBytes)
	switch {
	case err != nil:
		return &note{held: Unreadable}
	case notes.IsPrivate(data):
		return &note{held: Private}
	}
	return &note{lines: strings.SplitAfter(string(data), "\n")}
}

// margin is how many lines around a passage are looked at for the beginning and end of what it holds a part of. A private key of 16,384
// bits takes 200 lines.
const margin = 220

// around is the text of the note that a passage may be a part of, and the number of its first line.
func (n *note) around(lines [2]int) (text string, first int) {
	from, to := 0, len(n.lines)
	if lines != [2]int{} {
		from = min(max(0, lines[0]-1-margin), to)
		to = max(from, min(to, lines[1]+margin))
	}
	return strings.Join(n.lines[from:to], ""), from + 1
}

// clean replaces what looks like a secret in a passage, parts of one at its ends too, and names it.
func (n *note) clean(passage Passage) (string, []Held) {
	text := visible(passage.Text)
	context, first := n.around(passage.Lines)
	context = visible(context)
	spans := find(text)
	for i := range spans {
		spans[i].line = max(1, passage.Lines[0]) + strings.Count(text[:spans[i].start], "\n")
	}
	for _, s := range find(context) {
		line := first + strings.Count(context[:s.start], "\n")
		for _, part := range parts(text, context[s.start:s.end]) {
			spans = append(spans, secret{part[0], part[1], s.kind, line})
		}
	}
	var b strings.Builder
	var held []Held
	at := 0
	for _, s := range apart(text, spans) {
		b.WriteString(text[at:s.start] + "[held back: " + s.kind + "]")
		held = append(held, Held{passage.ID, [2]int{s.line, s.line + strings.Count(text[s.start:s.end], "\n")}, s.kind})
		at = s.end
	}
	return b.String() + text[at:], held
}

// leastPart is how many characters of a secret at the end or the beginning of a passage are taken for a part of it.
const leastPart = 6

// mostPart bounds what is compared of a secret's line that a passage holds a part of, in bytes: no passage is longer.
const mostPart = 8 << 10

// parts are the pieces of a text that belong to a secret: each of its lines, and what the text begins or ends with of one.
func parts(text, secret string) (all [][2]int) {
	begin, end := len(text)-len(strings.TrimLeft(text, blank)), len(strings.TrimRight(text, blank))
	for line := range strings.Lines(secret) {
		line = strings.TrimSpace(line)
		if len(line) < leastPart && line != strings.TrimSpace(secret) || line == "" {
			continue
		}
		for at := 0; ; {
			i := strings.Index(text[at:], line)
			if i < 0 {
				break
			}
			all = append(all, [2]int{at + i, at + i + len(line)})
			at += i + len(line)
		}
		for n := min(len(line)-1, end-begin, mostPart); n >= leastPart; n-- {
			if strings.HasPrefix(text[begin:], line[len(line)-n:]) {
				all = append(all, [2]int{begin, begin + n})
				break
			}
		}
		for n := min(len(line)-1, end-begin, mostPart); n >= leastPart; n-- {
			if strings.HasSuffix(text[:end], line[:n]) {
				all = append(all, [2]int{end - n, end})
				break
			}
		}
	}
	return all
}

const blank = " \t\r\n>"

// apart puts pieces in their order and joins those that touch, or have nothing but blanks between them.
func apart(text string, all []secret) (out []secret) {
	slices.SortStableFunc(all, func(a, b secret) int { return a.start - b.start })
	for _, s := range all {
		if n := len(out); n > 0 && (s.start < out[n-1].end || out[n-1].kind == s.kind && strings.Trim(text[out[n-1].end:s.start], blank) == "") {
			out[n-1].end = max(out[n-1].end, s.end)
			continue
		}
		out = append(out, s)
	}
	return out
}

// visible drops what no reader sees: it could hide a secret from the rules and be dropped later.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\u00ad' || r == '\u200c' || r == '\u200d' || r != '\r' && notes.IsInvisible(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
