package edit

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"amalfa/ingest"
	"amalfa/notes"
)

// A NewLink is a link that a note gets, or has already.
type NewLink struct {
	Change FileChange
	Line   int    // where it stands
	Text   string // as it is written; "" where the note has it already
}

// ErrNoPlace reports a link that cannot be written so that it leads where it shall.
var ErrNoPlace = errors.New("nothing that can be written there leads to the note")

// relatedWords are the rest of a heading over related notes.
const relatedWords = `(?i:related|related notes|see also|links|further reading|siehe auch|voir aussi|véase también)[ \t#:]*$`

var (
	relatedHeading = regexp.MustCompile(`^#{1,6}[ \t]+` + relatedWords)
	relatedTitle   = regexp.MustCompile(`^ {0,3}` + relatedWords) // of a heading that is underlined
	anyHeading     = regexp.MustCompile(`^#{1,6}[ \t]`)
	underline      = regexp.MustCompile(`^ {0,3}(?:-+|=+)[ \t]*$`)
	listItem       = regexp.MustCompile(`^([ \t]*)([-*+]|\d{1,9}[.)])([ \t]+)\S`)
)

// AddLink finds out what a note looks like with a link to another one: in its section of related notes, which is made if it has none;
// with a relation, where it writes relations.
func (ws *Workspace) AddLink(from, to, relation string) (l NewLink, err error) {
	if !notes.IsMarkdown(from) || ws.World.notes[from].ID == "" || ws.World.notes[to].ID == "" || from == to {
		return l, fmt.Errorf("link %s to %s: %w", from, to, ErrNoPlace)
	}
	before, err := ws.Read(from)
	if err != nil {
		return l, err
	}
	if notes.IsUTF16(before) {
		return l, fmt.Errorf("link %s to %s: UTF-16 text: %w", from, to, ErrNoPlace)
	}
	l.Change = FileChange{From: from, To: from, Before: before, After: before}
	links := ws.reader.Links(from, before, ws.World.Vault(from))
	kind := notes.EdgeType(relation)
	for _, have := range links {
		if p, ok := ws.World.meaning(from, have); ok && p.ID == to && have.Type != "" && (relation == "" || have.Type == kind) {
			return l, nil
		}
	}
	add := linkAdder{ws: ws, from: from, to: to, text: before, eol: "\n", links: links}
	if bytes.Contains(before, []byte("\r\n")) {
		add.eol = "\r\n"
	}
	after, ok := add.related()
	if relation != "" {
		after, ok = add.relation(relation)
	}
	if !ok {
		return l, fmt.Errorf("link %s to %s: %w", from, to, ErrNoPlace)
	}
	l.Change.After = after
	added, err := add.adds(after, kind)
	if err == nil {
		l.Line = 1 + bytes.Count(after[:added.Pos], []byte("\n"))
		line, _, _ := bytes.Cut(after[bytes.LastIndexByte(after[:added.Pos], '\n')+1:], []byte("\n"))
		l.Text = string(bytes.TrimSpace(line))
	}
	return l, err
}

// with is the text with something put in.
func (a *linkAdder) with(at int, put string) []byte {
	return slices.Concat(a.text[:at], []byte(put), a.text[at:])
}

type linkAdder struct {
	ws       *Workspace
	from, to string
	text     []byte
	eol      string
	links    []ingest.Link
}

// style is how the note writes links: like its last one to a note, else as its vault does; in plain Markdown, like most of the workspace.
func (a *linkAdder) style() style {
	v := a.ws.World.Vault(a.from)
	for _, l := range slices.Backward(a.links) {
		p, ok := a.ws.World.meaning(a.from, l)
		if !ok || !notes.IsMarkdown(p.ID) || l.Form != ingest.Wiki && l.Form != ingest.Bare || l.Type == "" || p.ID == a.from {
			continue
		}
		name := string(a.text[l.From:l.To])
		if l.Form == ingest.Wiki {
			start, end := v.NameIn(name)
			name = name[start:end]
		} else if n := strings.IndexAny(name, "#?"); n >= 0 {
			name = name[:n]
		}
		s := styleOf(l.Form, unescapePath(name), name, p.ID)
		s.slash, s.folder = false, false
		return s
	}
	if v.Dialect == notes.Plain && a.ws.Wiki != nil && a.ws.Wiki() {
		return style{form: ingest.Wiki, named: true}
	}
	return plainStyle(v)
}

// link is a link in a style, by the other note's title.
func (a *linkAdder) link(s style) (string, bool) {
	put, ok := a.target(s)
	if s.form == ingest.Wiki {
		return "[[" + put + "]]", ok
	}
	return "[" + label(a.ws.World.notes[a.to].Title) + "](" + put + ")", ok
}

// label makes a title the text of a link and nothing else.
func label(title string) string {
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "`", "\\`", "*", `\*`, "<", `\<`, "#", `\#`).Replace(strings.Join(strings.Fields(title), " "))
}

// target is what a link in a style names the other note by.
func (a *linkAdder) target(s style) (string, bool) {
	write := func(n string) []string { return []string{n} }
	if !isName(s.form) {
		write = s.addresses
	}
	w := a.ws.World
	put, _, ok := w.try(s, w.Vault(a.from), a.from, w.notes[a.to], place{Answer: notes.Answer{ID: a.to}}, write)
	return put, ok
}

// related is behind the last item of the section of related notes, or at the end, where one is made.
func (a *linkAdder) related() (after []byte, ok bool) {
	link, ok := a.link(a.style())
	if a.ws.World.Vault(a.from).Dialect == notes.Logseq {
		return a.with(len(a.text), a.ended()+"- "+link+a.eol), ok
	}
	var list relatedList
	for pos, line := range notes.OutsideFences(a.text) {
		list.line(line, a.lineEnd(pos+len(line)), a.eol)
	}
	if !list.found {
		return a.with(len(a.text), a.ended()+a.eol+"## Related"+a.eol+a.eol+"- "+link+a.eol), ok
	}
	put := list.before
	if list.at == len(a.text) {
		put = a.ended() + put
	}
	return a.with(list.at, put+list.marker()+link+a.eol), ok
}

// ended is what ends the last line, where nothing does.
func (a *linkAdder) ended() string {
	if len(a.text) == 0 || bytes.HasSuffix(a.text, []byte("\n")) {
		return ""
	}
	return a.eol
}

// lineEnd is behind the line whose text ends at a byte.
func (a *linkAdder) lineEnd(at int) int {
	if n := bytes.IndexByte(a.text[at:], '\n'); n >= 0 {
		return at + n + 1
	}
	return len(a.text)
}
