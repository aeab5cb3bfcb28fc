package edit

import (
	"bytes"
	"slices"

	"amalfa/ingest"
	"amalfa/notes"
)

// A noteMove is one note whose links are looked at.
type noteMove struct {
	*move
	id, at string // before and after
	before []byte
	links  []ingest.Link
	puts   []put
}

// A put is what is written in the place of a link's target.
type put struct {
	link   ingest.Link
	text   string
	wanted place
	meant  notes.Target // by the text
}

// meaning is where a link of a note leads; ok is false where that is nothing of the workspace. A link of a note to itself is one.
func (w *World) meaning(id string, l ingest.Link) (p place, ok bool) {
	if !l.Inside && l.Target.Name != id {
		return p, false
	}
	return w.leads(id, l.Target), true
}

// decide finds out what is written anew.
func (n *noteMove) decide() {
	then := n.reader.Links(n.at, n.before, n.after.Vault(n.at)) // what the same text means there
	for _, l := range n.links {
		was, ok := n.World.meaning(n.id, l)
		if !ok {
			continue
		}
		var now place
		same := slices.IndexFunc(then, func(t ingest.Link) bool { return t.Pos == l.Pos && t.From == l.From && t.Type == l.Type })
		if same >= 0 {
			now, ok = n.after.meaning(n.at, then[same])
		}
		wanted := n.wanted(was)
		switch {
		case same >= 0 && ok && now.same(wanted):
			n.tellRivals(l, then[same].Target)
		case was.ID == "" && now.ID != "":
			n.tell(&n.result.Told, l, "led nowhere, and leads to "+now.ID)
		case was.ID == "" && (was.target.Path() == "" || n.id == n.at):
		default:
			n.respell(l, was, wanted)
		}
	}
}

// wanted is where what lay at a place lies after the move.
func (n *noteMove) wanted(was place) place {
	p := was
	p.ID = n.to(was.ID)
	if was.ID == "" && was.target.Path() != "" {
		p.target = notes.Target{Name: n.to(was.target.Path()), Rule: notes.ByPath}
	}
	return p
}

// respell plans to write a link anew.
func (n *noteMove) respell(l ingest.Link, was, wanted place) {
	text, meant, ok := n.after.respell(n.at, l, string(n.before[l.From:l.To]), was, wanted)
	again := slices.ContainsFunc(n.puts, func(p put) bool { return p.link.From < l.To && l.From < p.link.To })
	switch {
	case ok && again: // two links with one name, as a tag that is a page
	case ok:
		n.puts = append(n.puts, put{l, text, wanted, meant})
	case wanted.ID == "": // it was broken before
	case !notes.IsMarkdown(n.id):
		n.tell(&n.result.Left, l, "leads to what moved: the file is no Markdown, and is not changed")
	case l.Form == ingest.Elsewhere: // the definition of its label, or the value that it stands in, is looked at by itself
		if l.Type == "" || !n.isDefined(l) {
			n.tell(&n.result.Left, l, "leads to what moved: it is written in a way that is not understood well enough")
		}
	default:
		n.tell(&n.result.Left, l, "leads to what moved: nothing that can be written there leads to "+wanted.ID)
	}
}

// isDefined tells whether a link has its destination in a definition of the note.
func (n *noteMove) isDefined(l ingest.Link) bool { return len(n.definitions(l)) > 0 }

// apply writes what was planned. What then leads elsewhere after all, or has another link lead elsewhere, is left as it was.
func (n *noteMove) apply() []byte {
	slices.SortStableFunc(n.puts, func(a, b put) int { return a.link.From - b.link.From })
	for {
		text := n.write()
		bad := n.wrong(text)
		if bad < 0 {
			n.tellMended()
			return text
		}
		p := n.puts[bad]
		n.tell(&n.result.Left, p.link, "leads to what moved: what would be written there is read otherwise")
		n.puts = slices.Delete(n.puts, bad, bad+1)
	}
}

// write is the text with all that was planned.
func (n *noteMove) write() []byte {
	var out []byte
	at := 0
	for _, p := range n.puts {
		out = append(append(out, n.before[at:p.link.From]...), p.text...)
		at = p.link.To
	}
	return append(out, n.before[at:]...)
}

// wrong is the first of what was planned that does not come true in a text, or -1. Where another link changes with it, it is the last one
// planned.
func (n *noteMove) wrong(text []byte) int {
	if len(n.puts) == 0 || bytes.Equal(text, n.before) {
		return -1
	}
	after := n.reader.Links(n.at, text, n.after.Vault(n.at))
	shift := 0
	for i, p := range n.puts {
		is := slices.IndexFunc(after, func(a ingest.Link) bool {
			return a.From == p.link.From+shift && a.To == a.From+len(p.text) && a.Type == p.link.Type
		})
		if is < 0 {
			return i
		}
		if leads, ok := n.after.meaning(n.at, after[is]); !ok || !leads.same(p.wanted) {
			return i
		}
		shift += len(p.text) - (p.link.To - p.link.From)
	}
	if len(after) != len(n.links) && n.World.Vault(n.id).Dialect == n.after.Vault(n.at).Dialect {
		return len(n.puts) - 1
	}
	return -1
}

func (n *noteMove) tellMended() {
	for _, p := range n.puts {
		l := p.link
		n.result.Mended = append(n.result.Mended, Mended{n.at, n.line(l), string(n.before[l.From:l.To]), p.text})
		n.tellRivals(l, p.meant)
	}
}

// tellRivals tells of a link for which several notes answer since the move.
func (n *noteMove) tellRivals(l ingest.Link, now notes.Target) {
	if rivals := n.after.Rivals(now); len(rivals) > 0 && len(n.World.Rivals(l.Target)) == 0 {
		n.tell(&n.result.Told, l, "several notes answer to it now: "+list(rivals))
	}
}

func (n *noteMove) tell(to *[]Told, l ingest.Link, why string) {
	*to = append(*to, Told{n.at, n.line(l), l.Written, why})
}

func (n *noteMove) line(l ingest.Link) int {
	return 1 + bytes.Count(n.before[:min(l.Pos, len(n.before))], []byte("\n"))
}

// maxListed is how many notes are named in a sentence.
const maxListed = 5

func list(ids []string) string {
	out := ""
	for i, id := range ids {
		switch {
		case i == maxListed:
			return out + " …"
		case i > 0:
			out += ", "
		}
		out += id
	}
	return out
}
