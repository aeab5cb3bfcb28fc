package notes

import (
	"path"
	"slices"
	"strings"
)

// A File is something at a path of the workspace that is no note. The id of a folder ends with a slash, that of the workspace is
// "./".
type File struct {
	ID       string
	PathOnly bool // no name leads to it
}

// An Answer is where a link leads: to a note, or to a file. The zero value is nowhere.
type Answer struct {
	ID     string
	IsFile bool
}

// A Resolver finds what references mean, among all that is filed under their key. What it finds depends only on what there is, so
// that an index built in another order is the same. Not safe for concurrent use.
type Resolver struct {
	all     []candidate // notes before files, each by id
	exact   map[string]candidate
	unified map[string]candidate // by unified id
	indexes map[string]candidate // by unified folder: the note that stands for it
	known   map[Target]*meaning  // what was asked for before
}

// NewResolver takes what is filed under one key, in any order.
func NewResolver[N Named](named []N, files []File) *Resolver {
	r := &Resolver{
		exact: map[string]candidate{}, unified: map[string]candidate{}, indexes: map[string]candidate{}, known: map[Target]*meaning{},
	}
	for _, n := range named {
		r.all = append(r.all, newCandidate(n.Name(), nil))
	}
	for _, f := range files {
		r.all = append(r.all, newCandidate(Name{ID: f.ID}, &f))
	}
	slices.SortFunc(r.all, candidate.compare)
	for _, c := range slices.Backward(r.all) { // the first wins
		r.exact[c.ID], r.unified[c.unified] = c, c
	}
	for _, c := range r.all {
		if old, ok := r.indexes[c.folder]; c.folder != "" && (!ok || c.indexRank() < old.indexRank()) {
			r.indexes[c.folder] = c
		}
	}
	return r
}

// Linked is what a link of the note from leads to.
func (r *Resolver) Linked(from string, to Target) (a Answer) {
	if to.Rule >= Optional {
		to.Rule = to.Rule.Plain()
		if a = r.Linked(from, to); a.IsFile {
			return Answer{}
		}
		return a
	}
	if to.Rule == ByObsidianPath {
		if c, ok := r.file(path.Join(path.Dir(from), to.Name)); ok {
			return Answer{c.ID, c.isFile}
		}
		to.Rule = ByObsidian
	}
	among := r.meant(to)
	switch {
	case to.Rule == BySymbol:
		a.ID = among.only(from)
	case len(among.all) > 0:
		c := among.nearest(to.Rule, from)
		a = Answer{c.ID, c.isFile}
	}
	return a
}

// Rivals are the notes that answer to a link equally well, wherever it stands; none where only one does.
func (r *Resolver) Rivals(to Target) []string {
	to.Rule = to.Rule.Plain()
	if ids := r.meant(to).ids(); len(ids) > 1 && to.Rule != BySymbol {
		return ids
	}
	return nil
}

// meant is what a link may lead to: what lies at its path, or all that answers best to its name.
func (r *Resolver) meant(to Target) *meaning {
	if to.Rule == ByObsidianPath { // wherever it stands
		to.Rule = ByObsidian
	}
	if found, ok := r.known[to]; ok {
		return found
	}
	c, ok := r.at(to)
	found := &meaning{all: []candidate{c}}
	if !ok {
		found.all = r.named(to)
	} else if to.Rule == ByAddress && strings.HasSuffix(c.ID, "/") { // a page is better than a folder of files
		if named := r.named(to); len(named) > 0 {
			found.all = named
		}
	}
	if bare, ok := strings.CutSuffix(to.Name, "#"); ok && len(found.all) == 0 { // a heading that has not been written yet
		found = r.meant(Target{Name: bare, Rule: to.Rule, Root: to.Root})
	}
	r.known[to] = found
	return found
}

// Path is where a target lies if it is meant as a path; "" where it is a name and nothing else.
func (t Target) Path() string {
	switch t.Rule.Plain() {
	case ByPath, ByPathThenName, ByAddress:
		return t.Name
	case ByObsidian, ByObsidianPath, ByFile:
		return path.Join(t.Root, t.Name)
	case ByName:
		if strings.Contains(t.Name, "/") {
			return path.Join(t.Root, t.Name)
		}
	}
	return ""
}

// Find returns the notes that a person may mean by ref, best kind of match only, by id. What begins with "/", "./" or "../" is a
// path of the workspace.
func (r *Resolver) Find(ref string) []string {
	if isPath(ref) {
		return r.meant(Target{Name: Vault{}.path("", ref), Rule: ByPath}).ids()
	}
	if c, ok := r.exact[ref]; ok && !c.isFile {
		return []string{ref}
	}
	return r.meant(Target{Name: ref, Rule: byAnything}).ids()
}

// endings are what a path may lack, itself first.
var endings = append([]string{""}, extensions...)

// Endings are what may be missing behind the path of a link, nothing first.
func Endings() []string { return slices.Clone(endings) }

// at is what lies at the path of a target: a file, else the index of the folder, else the folder. The address of a page may end with
// a slash too. Obsidian and Dendron know no folders.
func (r *Resolver) at(to Target) (candidate, bool) {
	p, isFolder := strings.CutSuffix(to.Path(), "/")
	if c, ok := r.file(p); ok && !isFolder {
		return c, true
	}
	if to.Rule == ByObsidian || to.Rule == ByFile {
		return candidate{}, false
	}
	if c, ok := r.indexes[FoldPath(p)]; ok {
		return c, true
	}
	if c, ok := r.lies(p + "/"); ok || !isFolder {
		return c, ok
	}
	return r.file(p)
}

// file is the file of this path, with the ending of a note or without.
func (r *Resolver) file(p string) (candidate, bool) {
	for _, ending := range endings {
		if c, ok := r.lies(p + ending); ok {
			return c, true
		}
	}
	return candidate{}, false
}

// name is what a target is called where nothing lies at its path.
func (t Target) name() string {
	switch t.Rule {
	case ByPathThenName:
		return path.Base(t.Name)
	case ByAddress:
		return path.Join("/", strings.TrimPrefix(t.Name, t.Root))
	}
	return t.Name
}

// lies is what has this path, first exactly.
func (r *Resolver) lies(p string) (candidate, bool) {
	if c, ok := r.exact[p]; ok {
		return c, true
	}
	c, ok := r.unified[FoldPath(p)]
	return c, ok
}

// named are the candidates that a name means: those that answer to it in the best way that occurs.
func (r *Resolver) named(to Target) []candidate {
	ref := newReference(to.name())
	var found []candidate
	for _, w := range ways[to.Rule] {
		for _, c := range r.all {
			if (to.Root == "" || strings.HasPrefix(c.ID, to.Root+"/")) && c.answers(w, ref) {
				found = append(found, c)
			}
		}
		if len(found) > 0 {
			break
		}
	}
	return found
}
