package edit

import (
	"regexp"
	"strings"

	"amalfa/ingest"
	"amalfa/notes"
)

var (
	statedLine = regexp.MustCompile(`^[ \t]*<!--[ \t]*tags:.*\[[A-Z][A-Z0-9_]+:.*?([ \t]*)-->[ \t]*$`)
	fieldLine  = regexp.MustCompile(`^([ \t]*(?:[-*+] )?)([\pL_][\pL\pN_ -]{0,63})::[ \t]+.*\[\[`)
)

// relation is the note with a relation: in the line "key:: [[note]]" that has it already; else in the comment of relations or below the
// last such line, where the note has one; else in its front matter, which is made if it has none.
func (a *linkAdder) relation(name string) (after []byte, ok bool) {
	target, ok := a.target(style{form: ingest.Relation, named: true})
	wiki, okWiki := a.link(style{form: ingest.Wiki, named: true})
	kind := notes.EdgeType(name)
	for pos, line := range notes.OutsideFences(a.text) {
		if m := statedLine.FindSubmatchIndex(line); m != nil {
			after = a.with(pos+m[2], ", ["+kind+": "+target+"]")
			continue
		}
		m := fieldLine.FindSubmatch(line)
		if m == nil {
			continue
		}
		if own, related := notes.RelationOf(string(m[2])); related && own == kind {
			return a.with(pos+len(line), ", "+wiki), okWiki
		} else if related {
			end, put := a.lineEnd(pos+len(line)), string(m[1])+key(name)+":: "+wiki+a.eol
			if end == len(a.text) {
				put = a.ended() + put
			}
			after, ok = a.with(end, put), okWiki
		}
	}
	switch {
	case after != nil && !a.heads(kind):
		return after, ok
	case a.ws.World.Vault(a.from).Dialect == notes.Logseq:
		return a.property(key(name), wiki), okWiki
	}
	return a.inHead(key(name))
}

// key is how a relation is written as the key of front matter or of a field.
func key(name string) string { return strings.ToLower(name) }

// heads tells whether the front matter has a relation already.
func (a *linkAdder) heads(kind string) bool {
	head, _ := notes.ReadHead(a.text)
	for _, v := range head.Values() {
		if own, ok := notes.RelationOf(v.Key); ok && own == kind {
			return true
		}
	}
	return false
}

// inHead is the note with a link in its front matter, written as its links are: those in it first.
func (a *linkAdder) inHead(key string) ([]byte, bool) {
	for _, s := range []style{a.style(), {form: ingest.Wiki, named: true}, {form: ingest.Bare, extension: true}} {
		s.bracketed = false
		link, ok := a.link(s)
		if !ok {
			continue
		}
		after, err := notes.AddRelation(a.text, key, link)
		if err != nil {
			return nil, false
		}
		return after, true
	}
	return nil, false
}

// property is the note with a property of the page, as Logseq has them: on its first lines.
func (a *linkAdder) property(key, link string) []byte {
	at := notes.BOMLength(a.text)
	put := key + ":: " + link + a.eol
	if rest := a.text[at:]; len(rest) > 0 && rest[0] != '\n' && rest[0] != '\r' {
		put += a.eol
	}
	return a.with(at, put)
}
