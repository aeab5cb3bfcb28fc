package edit

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"amalfa/ingest"
	"amalfa/notes"
)

// A Workspace is what a change is planned from. Load makes one.
type Workspace struct {
	World *World
	// Read returns the bytes of a file.
	Read func(id string) ([]byte, error)
	// Linkers returns the notes with a link that an index files under one of some keys (notes.Target.Key).
	Linkers func(keys []string) ([]string, error)
	// Wiki tells whether most links of the workspace are [[wikilinks]]; nil is no.
	Wiki func() bool

	reader ingest.Reader
}

// A Mended link was written anew. Lines are of the file as it was, from 1.
type Mended struct {
	Source string `json:"source"` // where the note lies after the change
	Line   int    `json:"line"`
	Old    string `json:"old"` // as it stood in the file
	New    string `json:"new"`
}

// A Told link is one that nothing is done about, and why.
type Told struct {
	Source string `json:"source"`
	Line   int    `json:"line"`
	Target string `json:"target"` // as written
	Why    string `json:"why"`
}

// A MovePlan is what a move comes to.
type MovePlan struct {
	Changes []FileChange // of notes, and the moves of all files, by the path before
	Others  []FileChange // moves of files that are no notes, for a diff
	Mended  []Mended
	Left    []Told // links that lead elsewhere or nowhere after the move and that cannot be mended here
	Told    []Told // links that are not changed and mean something else to a reader: several notes answer, or one does at last
}

// ErrNothing reports a move of what is not there, or to where it is.
var ErrNothing = errors.New("nothing to move")

// PlanMove finds out what moving a note, or a folder (both paths end with a slash), changes: each link that leads there, and each that leads
// from there, is written anew in its own way where it would lead elsewhere, and only there.
func (ws *Workspace) PlanMove(from, to string) (MovePlan, error) {
	m := move{Workspace: ws, from: from, dest: to}
	if err := m.prepare(); err != nil {
		return MovePlan{}, err
	}
	sources, err := m.sources()
	if err != nil {
		return MovePlan{}, err
	}
	for _, id := range sources {
		if err := m.mend(id); err != nil {
			return MovePlan{}, err
		}
	}
	for _, id := range m.moved {
		if _, note := m.World.notes[id]; !note {
			m.result.Others = append(m.result.Others, FileChange{From: id, To: m.to(id)})
		}
	}
	slices.SortFunc(m.result.Changes, func(a, b FileChange) int { return strings.Compare(a.From, b.From) })
	return m.result, nil
}

type move struct {
	*Workspace
	from, dest string
	moved      []string // all that moves, by id
	after      *World
	keys       map[string]bool // under which something is filed that comes, goes or moves
	result     MovePlan
}

// to is where something lies after the move.
func (m *move) to(id string) string {
	if rest, ok := strings.CutPrefix(id, m.from); ok && (rest == "" || strings.HasSuffix(m.from, "/")) {
		return m.dest + rest
	}
	return id
}

// prepare finds what moves, and how it is called then.
func (m *move) prepare() error {
	for id := range m.World.notes {
		if m.to(id) != id {
			m.moved = append(m.moved, id)
		}
	}
	for id := range m.World.files {
		if m.to(id) != id && !strings.HasSuffix(id, "/") {
			m.moved = append(m.moved, id)
		}
	}
	slices.Sort(m.moved)
	if len(m.moved) == 0 {
		return fmt.Errorf("%s: %w", m.from, ErrNothing)
	}
	first := m.World.moved(m.to, nil) // where the vaults lie then
	names := map[string]notes.Name{}
	m.keys = map[string]bool{}
	for _, id := range m.moved {
		if _, ok := m.World.notes[id]; ok {
			content, err := m.Read(id)
			if err != nil {
				return err
			}
			at := m.to(id)
			names[id] = m.reader.Names(at, content, first.Vault(at))
		}
	}
	m.after = m.World.moved(m.to, names)
	for _, id := range m.moved {
		for _, key := range slices.Concat(m.World.keysOf(id), m.after.keysOf(m.to(id))) {
			m.keys[key] = true
		}
	}
	for id := range m.World.files { // folders that move with what they hold
		if at := m.to(id); at != id {
			m.keys[notes.Key(id)], m.keys[notes.Key(at)] = true, true
		}
	}
	return nil
}

// sources are the notes whose links have to be looked at: those that move, those with a link under a name that changes hands, and
// those that hold the name of a moved file in an image, which an index knows nothing of.
func (m *move) sources() ([]string, error) {
	sources := map[string]bool{}
	for _, id := range m.moved {
		if _, ok := m.World.notes[id]; ok {
			sources[id] = true
		}
	}
	linkers, err := m.Linkers(slices.Collect(maps.Keys(m.keys)))
	if err != nil {
		return nil, err
	}
	for _, id := range linkers {
		sources[id] = true
	}
	written := m.writtenNames()
	for id := range m.World.notes {
		if sources[id] || !notes.IsMarkdown(id) {
			continue
		}
		content, err := m.Read(id)
		if err == nil && bytes.Contains(content, []byte("](")) && slices.ContainsFunc(written, func(name []byte) bool { return bytes.Contains(content, name) }) {
			sources[id] = true
		}
	}
	return slices.Sorted(maps.Keys(sources)), nil
}

// maxWrittenNames bounds for how many names every note is searched. A folder with more has all notes parsed.
const maxWrittenNames = 100

// writtenNames are the moved files as the end of a path names them, in the ways that paths are written.
func (m *move) writtenNames() (written [][]byte) {
	if len(m.moved) > maxWrittenNames {
		return [][]byte{nil}
	}
	for _, id := range m.moved {
		base := path.Base(id)
		if notes.IsMarkdown(base) {
			base = strings.TrimSuffix(base, path.Ext(base))
		}
		s := style{form: ingest.Bare}
		written = append(written, []byte(base))
		for _, name := range append(s.addresses(base), style{form: ingest.Bare, unicode: true}.addresses(base)...) {
			written = append(written, []byte(name))
		}
	}
	return written
}

// mend writes the links of one note anew that lead elsewhere after the move.
func (m *move) mend(id string) error {
	at := m.to(id)
	before, err := m.Read(id)
	if err != nil && at == id {
		m.result.Left = append(m.result.Left, Told{Source: id, Why: err.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	n := noteMove{move: m, id: id, at: at, before: before, links: m.reader.Links(id, before, m.World.Vault(id))}
	n.decide()
	if after := n.apply(); at != id || !bytes.Equal(after, before) {
		m.result.Changes = append(m.result.Changes, FileChange{From: id, To: at, Before: before, After: after})
	}
	return nil
}
