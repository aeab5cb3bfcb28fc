package edit

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
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

var (
	relatedHeading = regexp.MustCompile(`^#{1,6}[ \t]+(?i:related|related notes|see also|links|further reading|siehe auch|voir aussi|véase también)[ \t#:]*$`)
	anyHeading     = regexp.MustCompile(`^#{1,6}[ \t]`)
	listItem       = regexp.MustCompile(`^([ \t]*[-*+][ \t]+)\S`)
	tagsLine       = regexp.MustCompile(`^[ \t]*<!--[ \t]*tags:.*?([ \t]*)-->[ \t]*$`)
	fieldLine      = regexp.MustCompile(`^([ \t]*(?:[-*+] )?)([\pL_][\pL\pN_-]{0,63})::[ \t]+.*\[\[`)
)

// AddLink finds out what a note looks like with a link to another one: in its section of related notes, which is made if it has none;
// with a relation, in the way that it writes relations, "key:: [[note]]" or [RELATION: note] in its comment of tags.
func (ws *Workspace) AddLink(from, to, relation string) (l NewLink, err error) {
	if ws.World.notes[from].ID == "" || ws.World.notes[to].ID == "" || from == to {
		return l, fmt.Errorf("link %s to %s: %w", from, to, ErrNoPlace)
	}
	before, err := ws.Read(from)
	if err != nil {
		return l, err
	}
	l.Change = FileChange{From: from, To: from, Before: before, After: before}
	links := ws.reader.Links(from, before, ws.World.Vault(from))
	kind := strings.ToUpper(relation)
	for _, have := range links {
		if p, ok := ws.World.meaning(from, have); ok && p.ID == to && have.Type != "" && (relation == "" || have.Type == kind) {
			return l, nil
		}
	}
	add := linkAdder{ws: ws, from: from, to: to, text: before, eol: "\n", links: links}
	if bytes.Contains(before, []byte("\r\n")) {
		add.eol = "\r\n"
	}
	at, put, ok := add.related()
	if relation != "" {
		at, put, ok = add.relation(relation)
	}
	if !ok {
		return l, fmt.Errorf("link %s to %s: %w", from, to, ErrNoPlace)
	}
	l.Change.After = append(append(append([]byte{}, before[:at]...), put...), before[at:]...)
	l.Line, l.Text = 1+bytes.Count(before[:at], []byte("\n"))+strings.Count(strings.TrimRight(put, "\r\n"), "\n"), lastLine(put)
	return l, add.adds(l.Change.After)
}

// lastLine is the last line of a text that is not blank.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return strings.TrimSpace(text[strings.LastIndex(text, "\n")+1:])
}

type linkAdder struct {
	ws       *Workspace
	from, to string
	text     []byte
	eol      string
	links    []ingest.Link
}

// style is how the note writes links: like its last one to a note, else as its vault does.
func (a *linkAdder) style() style {
	v := a.ws.World.Vault(a.from)
	s := plainStyle(v)
	for _, l := range a.links {
		if p, ok := a.ws.World.meaning(a.from, l); ok && notes.IsMarkdown(p.ID) && (l.Form == ingest.Wiki || l.Form == ingest.Bare) && l.Type != "" && p.ID != a.from {
			name := string(a.text[l.From:l.To])
			if l.Form == ingest.Wiki {
				start, end := v.NameIn(name)
				name = name[start:end]
			} else if n := strings.IndexAny(name, "#?"); n >= 0 {
				name = name[:n]
			}
			s = styleOf(l.Form, unescapePath(name), name, p.ID)
			s.slash, s.folder = false, false
		}
	}
	return s
}

// link is a link in that style, by the other note's title.
func (a *linkAdder) link() (string, bool) {
	s := a.style()
	put, ok := a.target(s)
	if s.form == ingest.Wiki {
		return "[[" + put + "]]", ok
	}
	return "[" + strings.NewReplacer("[", `\[`, "]", `\]`).Replace(a.ws.World.notes[a.to].Title) + "](" + put + ")", ok
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
func (a *linkAdder) related() (at int, put string, ok bool) {
	link, ok := a.link()
	if a.ws.World.Vault(a.from).Dialect == notes.Logseq {
		return len(a.text), a.ended() + "- " + link + a.eol, ok
	}
	inside, bullet := false, "- "
	at = -1
	for pos, line := range notes.OutsideFences(a.text) {
		switch end := a.lineEnd(pos + len(line)); {
		case relatedHeading.Match(line):
			inside, at, put = true, end, a.eol
		case anyHeading.Match(line):
			inside = false
		case inside && listItem.Match(line):
			bullet, at, put = string(listItem.FindSubmatch(line)[1]), end, ""
		}
	}
	if at < 0 {
		return len(a.text), a.ended() + a.eol + "## Related" + a.eol + a.eol + "- " + link + a.eol, ok
	}
	if at == len(a.text) {
		put = a.ended() + put
	}
	return at, put + bullet + link + a.eol, ok
}

// relation is where the note writes such relations.
func (a *linkAdder) relation(name string) (at int, put string, ok bool) {
	target, ok := a.target(style{form: ingest.Relation, named: true})
	wiki, okWiki := a.target(style{form: ingest.Wiki, named: true})
	wiki = "[[" + wiki + "]]"
	at = -1
	for pos, line := range notes.OutsideFences(a.text) {
		if m := tagsLine.FindSubmatchIndex(line); m != nil {
			return pos + m[2], ", [" + strings.ToUpper(name) + ": " + target + "]", ok
		}
		m := fieldLine.FindSubmatch(line)
		if m == nil {
			continue
		}
		if strings.EqualFold(string(m[2]), name) {
			return pos + len(line), ", " + wiki, okWiki
		}
		at, put = a.lineEnd(pos+len(line)), string(m[1])+strings.ToLower(name)+":: "+wiki+a.eol
	}
	if at >= 0 {
		if at == len(a.text) {
			put = a.ended() + put
		}
		return at, put, okWiki
	}
	return len(a.text), a.ended() + a.eol + "<!-- tags: [" + strings.ToUpper(name) + ": " + target + "] -->" + a.eol, ok
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
