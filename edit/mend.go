package edit

import (
	"bytes"
	"slices"

	"amalfa/ingest"
	"amalfa/notes"
)

// A Wrong link leads nowhere and shall lead to a note.
type Wrong struct {
	Source string
	Line   int
	Target string // what it names, as an index says
	To     string // the note
}

// MendLinks plans to write broken links anew, each in its own way: heading, text and all other bytes stay. Links of one note stand
// together. left is how many cannot be written so that they lead there.
func (ws *Workspace) MendLinks(wrong []Wrong) (changes []FileChange, left int, err error) {
	for len(wrong) > 0 {
		id := wrong[0].Source
		n := slices.IndexFunc(wrong, func(w Wrong) bool { return w.Source != id })
		if n < 0 {
			n = len(wrong)
		}
		before, err := ws.Read(id)
		if err != nil {
			return nil, 0, err
		}
		m := noteMove{move: &move{Workspace: ws, after: ws.World}, id: id, at: id, before: before, links: ws.reader.Links(id, before, ws.World.Vault(id))}
		for _, w := range wrong[:n] {
			m.lead(w)
		}
		if after := m.apply(); !bytes.Equal(after, before) {
			changes = append(changes, FileChange{From: id, To: id, Before: before, After: after})
		}
		left += n - len(m.puts)
		wrong = wrong[n:]
	}
	return changes, left, nil
}

// lead plans to write anew the first link that is meant and not planned yet.
func (n *noteMove) lead(w Wrong) {
	for _, l := range n.links {
		was, inside := n.World.meaning(n.id, l)
		if !inside || was.ID != "" || l.Type == "" || l.Target.Name != w.Target || n.line(l) != w.Line {
			continue
		}
		for _, at := range append([]ingest.Link{l}, n.definitions(l)...) {
			if at.Form == ingest.Elsewhere || slices.ContainsFunc(n.puts, func(p put) bool { return p.link.From < at.To && at.From < p.link.To }) {
				continue
			}
			wanted := place{Answer: notes.Answer{ID: w.To}, from: n.id}
			if text, meant, ok := n.World.respell(n.id, at, string(n.before[at.From:at.To]), was, wanted); ok {
				n.puts = append(n.puts, put{at, text, wanted, meant})
				return
			}
		}
	}
}

// definitions are where the label of a link is defined.
func (n *noteMove) definitions(l ingest.Link) (out []ingest.Link) {
	for _, d := range n.links {
		if l.Form == ingest.Elsewhere && d.Type == "" && d.Form != ingest.Elsewhere && d.Written == l.Written {
			out = append(out, d)
		}
	}
	return out
}
