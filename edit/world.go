package edit

import (
	"maps"
	"slices"
	"strings"

	"amalfa/notes"
)

// A World is what links resolve among: the notes and files of a workspace, as its index files them, and the vaults that they lie
// in. Not safe for concurrent use.
type World struct {
	notes  map[string]notes.Name
	files  map[string]notes.File
	vaults []notes.Vault // outer ones before inner ones

	keyed     map[string]*filed
	resolvers map[string]*notes.Resolver
}

// filed is all that stands under one key.
type filed struct {
	notes []answering
	files []notes.File
}

// answering is a name as a resolver takes it.
type answering notes.Name

// Name implements notes.Named.
func (n answering) Name() notes.Name { return notes.Name(n) }

// NewWorld takes all notes and files of a workspace, and its vaults.
func NewWorld(all []notes.Name, files []notes.File, vaults []notes.Vault) *World {
	w := &World{notes: map[string]notes.Name{}, files: map[string]notes.File{}}
	for _, n := range all {
		w.notes[n.ID] = n
	}
	for _, f := range files {
		w.files[f.ID] = f
	}
	w.vaults = slices.SortedFunc(slices.Values(vaults), func(a, b notes.Vault) int { return len(a.Root) - len(b.Root) })
	w.file()
	return w
}

// file puts everything under its keys.
func (w *World) file() {
	w.keyed, w.resolvers = map[string]*filed{}, map[string]*notes.Resolver{}
	at := func(key string) *filed {
		if w.keyed[key] == nil {
			w.keyed[key] = &filed{}
		}
		return w.keyed[key]
	}
	for _, n := range w.notes {
		for _, key := range n.Keys() {
			f := at(key)
			f.notes = append(f.notes, answering(n))
		}
	}
	for _, file := range w.files {
		f := at(notes.Key(file.ID))
		f.files = append(f.files, file)
	}
}

// Vault is the vault that a note lies in.
func (w *World) Vault(id string) notes.Vault {
	for _, v := range slices.Backward(w.vaults) {
		if v.Root == "" || strings.HasPrefix(id, v.Root+"/") {
			return v
		}
	}
	return notes.Vault{}
}

// Has tells whether something lies at a path.
func (w *World) Has(id string) bool {
	_, note := w.notes[id]
	_, file := w.files[id]
	return note || file
}

// Leads is where a link of the note from leads to.
func (w *World) Leads(from string, to notes.Target) notes.Answer {
	return w.resolver(to).Linked(from, to)
}

// Rivals are the notes that a link means equally well, where there are several.
func (w *World) Rivals(to notes.Target) []string { return w.resolver(to).Rivals(to) }

func (w *World) resolver(to notes.Target) *notes.Resolver {
	key := to.Key()
	r, ok := w.resolvers[key]
	if !ok {
		f := w.keyed[key]
		if f == nil {
			f = &filed{}
		}
		r = notes.NewResolver(f.notes, f.files)
		w.resolvers[key] = r
	}
	return r
}

// keysOf are the keys under which something is filed.
func (w *World) keysOf(id string) []string {
	if n, ok := w.notes[id]; ok {
		return n.Keys()
	}
	return []string{notes.Key(id)}
}

// moved is the world after a move. names are the moved notes as they are called then, by the path that they have now; to gives the new
// path of everything else.
func (w *World) moved(to func(id string) string, names map[string]notes.Name) *World {
	after := &World{notes: maps.Clone(w.notes), files: maps.Clone(w.files)}
	for id := range w.notes {
		if n, ok := names[id]; ok {
			delete(after.notes, id)
			after.notes[n.ID] = n
		}
	}
	for id, f := range w.files {
		if at := to(id); at != id {
			delete(after.files, id)
			f.ID = at
			after.files[at] = f
		}
	}
	for _, v := range w.vaults {
		if v.Root != "" {
			v.Root = strings.TrimSuffix(to(v.Root+"/"), "/")
		}
		after.vaults = append(after.vaults, v)
	}
	slices.SortStableFunc(after.vaults, func(a, b notes.Vault) int { return len(a.Root) - len(b.Root) })
	after.file()
	return after
}
