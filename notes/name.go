package notes

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A Name is all that a note answers to: its path, any ending of its path, its title, its aliases, and the slug form that the
// earlier system used. An index files it under Keys, each a folded word; of the notes under one key, those that answer best
// are found by comparing in full.
type Name struct {
	ID      string // the path
	Title   string
	Aliases []string
}

// Named is what has such a name: a note of an index.
type Named interface{ Name() Name }

// Keys are all keys under which a note is filed, sorted, each once.
func (n Name) Keys() []string {
	keys := []string{Key(n.ID), Slug(n.ID)}
	for _, name := range append([]string{n.Title}, n.Aliases...) {
		if name != "" {
			keys = append(keys, Key(name))
		}
	}
	slices.Sort(keys)
	return slices.DeleteFunc(slices.Compact(keys), func(k string) bool { return k == "" })
}

// Key is where a reference is looked up: it files a name under its last path element. What has no letters (an emoji) is filed
// as it is.
func Key(ref string) string {
	ref = strings.TrimSuffix(ref, "/")
	last := path.Base(ref)
	if key := Slug(last); key != "" {
		return key
	}
	return Fold(last)
}

// extension is a dot and what may follow it at the end of a file name. "Version 1.5" has none.
var extension = regexp.MustCompile(`\.[0-9]{0,3}[A-Za-z][A-Za-z0-9]{0,9}$`)

// TrimExtension cuts what looks like the extension of a file.
func TrimExtension(name string) string {
	return strings.TrimSuffix(name, extension.FindString(name))
}

// Slug is a name in lower case, diacritics folded, with "-" for each run of anything that is no letter or digit, and no
// extension. References of the earlier system are such.
func Slug(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range Fold(TrimExtension(name)) {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Ways in which a note answers to a reference, best first.
const (
	byID = iota
	bySuffix
	byFoldedSuffix
	byTitle
	byAlias
	bySlug
	noAnswer
)

// answers tells how a note answers to ref.
func (n Name) answers(ref string) int {
	folded := Fold(ref)
	switch {
	case ref == "":
		return noAnswer
	case n.ID == ref:
		return byID
	case hasPathSuffix(n.ID, ref) || hasPathSuffix(TrimExtension(n.ID), ref):
		return bySuffix
	case hasPathSuffix(Fold(n.ID), folded) || hasPathSuffix(Fold(TrimExtension(n.ID)), folded):
		return byFoldedSuffix
	case Fold(n.Title) == folded:
		return byTitle
	case slices.ContainsFunc(n.Aliases, func(a string) bool { return Fold(a) == folded }):
		return byAlias
	case Slug(n.ID) == Slug(ref) || Slug(path.Base(n.ID)) == Slug(ref):
		return bySlug
	}
	return noAnswer
}

func hasPathSuffix(id, suffix string) bool {
	return suffix != "" && strings.HasSuffix(id, suffix) &&
		(len(id) == len(suffix) || id[len(id)-len(suffix)-1] == '/' || suffix[0] == '/')
}

// Best keeps the notes that answer to ref in the best way that occurs, by id: a path before an ending of a path, with or
// without extension, then a title, an alias, the slug of a path. None answers to an empty list.
func Best[N Named](among []N, ref string) []N {
	best := noAnswer
	var kept []N
	for _, n := range among {
		way := n.Name().answers(ref)
		if way < best {
			best, kept = way, kept[:0]
		}
		if way == best && way != noAnswer {
			kept = append(kept, n)
		}
	}
	slices.SortFunc(kept, func(a, b N) int { return strings.Compare(a.Name().ID, b.Name().ID) })
	return kept
}

// Linked chooses the note that a link of the note from leads to: the path of the target, else, where the target may be a name,
// of those that answer best one in the folder of from, else the shortest path, else the first. The choice depends only on
// which notes exist, so an index built in another order is the same.
func Linked[N Named](among []N, from string, to Target) (note N, ok bool) {
	if i := slices.IndexFunc(among, func(n N) bool { return n.Name().ID == to.Name }); i >= 0 {
		return among[i], true
	}
	candidates := Best(among, to.Name)
	if to.Rule == ByPath || len(candidates) == 0 {
		return note, false
	}
	return slices.MinFunc(candidates, func(a, b N) int {
		x, y := a.Name().ID, b.Name().ID
		return cmp.Or(cmp.Compare(apart(x, from), apart(y, from)), cmp.Compare(len(x), len(y)), strings.Compare(x, y))
	}), true
}

// apart is 0 for two notes in one folder, else 1.
func apart(a, b string) int {
	if path.Dir(a) == path.Dir(b) {
		return 0
	}
	return 1
}
