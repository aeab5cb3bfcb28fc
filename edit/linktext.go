package edit

import (
	"bytes"

	"amalfa/ingest"
	"amalfa/notes"
)

// LinkText is a link from a note to another one for its front matter, written as its links are. It is false where none can be written that
// leads there, and where the note links there already.
func (ws *Workspace) LinkText(from string, content []byte, to string) (link string, ok bool) {
	if !notes.IsMarkdown(from) || ws.World.notes[from].ID == "" || ws.World.notes[to].ID == "" || from == to || notes.IsUTF16(content) {
		return "", false
	}
	links := ws.reader.Links(from, content, ws.World.Vault(from))
	for _, have := range links {
		if p, ok := ws.World.meaning(from, have); ok && p.ID == to && have.Type != "" {
			return "", false
		}
	}
	add := linkAdder{ws: ws, from: from, to: to, text: content, eol: "\n", links: links}
	if bytes.Contains(content, []byte("\r\n")) {
		add.eol = "\r\n"
	}
	for _, s := range []style{add.style(), {form: ingest.Wiki, named: true}, {form: ingest.Bare, extension: true}} {
		s.bracketed = false
		if link, ok := add.link(s); ok {
			return link, true
		}
	}
	return "", false
}
