package sqlite

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"amalfa/store"
	"amalfa/store/text"
)

// A note answers to several names: its path, any ending of its path, its title, its aliases, and the slug form that the
// earlier system used. Each is filed under a folded word, its name key; two names with one key are then compared in full.

// extension is a dot and what may follow it at the end of a file name. "Version 1.5" has none.
var extension = regexp.MustCompile(`\.[0-9]{0,3}[A-Za-z][A-Za-z0-9]{0,9}$`)

func trimExtension(name string) string {
	return strings.TrimSuffix(name, extension.FindString(name))
}

// slug is lower case, diacritics folded, with "-" for each run of anything that is no letter or digit, and no extension.
func slug(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range text.Fold(trimExtension(name)) {
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

// nameKey files a name under its last path element. What has no letters (an emoji) is filed as it is.
func nameKey(name string) string {
	name = strings.TrimSuffix(name, "/")
	last := path.Base(name)
	if key := slug(last); key != "" {
		return key
	}
	return text.Fold(last)
}

// nameKeys are all keys under which a note is filed, sorted, each once.
func nameKeys(n store.Note) []string {
	keys := []string{nameKey(n.ID), slug(n.ID)}
	for _, name := range append([]string{n.Title}, n.Aliases...) {
		if name != "" {
			keys = append(keys, nameKey(name))
		}
	}
	slices.Sort(keys)
	return slices.DeleteFunc(slices.Compact(keys), func(k string) bool { return k == "" })
}

// Ranks of a name's answer, best first.
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
func answers(n store.Note, ref string) int {
	folded := text.Fold(ref)
	switch {
	case n.ID == ref:
		return byID
	case hasPathSuffix(n.ID, ref) || hasPathSuffix(trimExtension(n.ID), ref):
		return bySuffix
	case hasPathSuffix(text.Fold(n.ID), folded) || hasPathSuffix(text.Fold(trimExtension(n.ID)), folded):
		return byFoldedSuffix
	case text.Fold(n.Title) == folded:
		return byTitle
	case slices.ContainsFunc(n.Aliases, func(a string) bool { return text.Fold(a) == folded }):
		return byAlias
	case slug(n.ID) == slug(ref) || slug(path.Base(n.ID)) == slug(ref):
		return bySlug
	}
	return noAnswer
}

func hasPathSuffix(id, suffix string) bool {
	return suffix != "" && strings.HasSuffix(id, suffix) &&
		(len(id) == len(suffix) || id[len(id)-len(suffix)-1] == '/' || suffix[0] == '/')
}

// best keeps the notes that answer to ref in the best way that occurs, by id.
func best(notes []store.Note, ref string) []store.Note {
	rank := noAnswer
	var kept []store.Note
	for _, n := range notes {
		r := answers(n, ref)
		if r < rank {
			rank, kept = r, kept[:0]
		}
		if r == rank && r != noAnswer {
			kept = append(kept, n)
		}
	}
	slices.SortFunc(kept, func(a, b store.Note) int { return strings.Compare(a.ID, b.ID) })
	return kept
}

// nearest chooses among the notes that answer to a link: one in the folder of the source, else the shortest id, else the
// first. The choice depends only on which notes exist, so an index built in another order is the same.
func nearest(notes []store.Note, source, ref string) (store.Note, bool) {
	notes = best(notes, ref)
	if len(notes) == 0 {
		return store.Note{}, false
	}
	dir := path.Dir(source)
	return slices.MinFunc(notes, func(a, b store.Note) int {
		if x, y := path.Dir(a.ID) == dir, path.Dir(b.ID) == dir; x != y {
			if x {
				return -1
			}
			return 1
		}
		if len(a.ID) != len(b.ID) {
			return len(a.ID) - len(b.ID)
		}
		return strings.Compare(a.ID, b.ID)
	}), true
}
