package edit

import (
	"bytes"
	"path"
	"slices"
	"strings"

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
			if !m.lead(w) {
				left++
			}
		}
		if after := m.apply(); !bytes.Equal(after, before) {
			changes = append(changes, FileChange{From: id, To: id, Before: before, After: after})
		}
		left += len(m.result.Left)
		wrong = wrong[n:]
	}
	return changes, left, nil
}

// lead plans to write anew all links on the line that name the target, since a plain one beside a relation to the same counts with that. It is
// false where none can be.
func (n *noteMove) lead(w Wrong) (done bool) {
	for _, l := range n.links {
		was, inside := n.World.meaning(n.id, l)
		if !inside || was.ID != "" || l.Type == "" || !sameName(l.Target.Name, w.Target) || n.line(l) != w.Line {
			continue
		}
		for _, at := range append([]ingest.Link{l}, n.definitions(l)...) {
			if at.Form == ingest.Elsewhere {
				continue
			}
			if slices.ContainsFunc(n.puts, func(p put) bool { return p.link.From < at.To && at.From < p.link.To }) {
				done = true
				continue
			}
			wanted := place{Answer: notes.Answer{ID: w.To}, from: n.id}
			if text, meant, ok := n.World.respell(n.id, at, string(n.before[at.From:at.To]), was, wanted); ok {
				n.puts = append(n.puts, put{at, text, wanted, meant})
				done = true
			}
		}
	}
	return done
}

// sameName tells whether two targets have one name, with the ending of a note or without.
func sameName(a, b string) bool {
	bare := func(name string) string {
		if notes.IsMarkdown(name) {
			return strings.TrimSuffix(name, path.Ext(name))
		}
		return name
	}
	return bare(a) == bare(b)
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
