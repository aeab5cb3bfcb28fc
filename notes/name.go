package notes

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A Name is all that a note answers to: its path, any ending of its path, the folder whose index it is, its title, its aliases, and
// the slug form that the earlier system used. An index files it under Keys, each a folded word; of the notes under one key, those
// that answer best are found by comparing in full.
type Name struct {
	ID      string // the path
	Title   string
	Aliases []string
}

// Keys are all keys under which a note is filed, sorted, each once.
func (n Name) Keys() []string {
	stem := TrimExtension(n.ID)
	keys := []string{Key(n.ID), Key(stem), Slug(stem)}
	if folder, ok := n.indexOf(); ok {
		keys = append(keys, Key(folder))
	}
	for _, name := range append([]string{n.Title}, n.Aliases...) {
		if name != "" {
			keys = append(keys, Key(name))
		}
	}
	slices.Sort(keys)
	return slices.DeleteFunc(slices.Compact(keys), func(k string) bool { return k == "" })
}

// indexNames are the names of notes that stand for their folder, without extension and in lower case, best first. Hugo's begins
// with "_".
var indexNames = []string{"index", "readme", "_index"}

// indexOf is the folder that a note stands for, "." for the workspace.
func (n Name) indexOf() (folder string, ok bool) {
	stem := strings.ToLower(TrimExtension(path.Base(n.ID)))
	return path.Dir(n.ID), IsMarkdown(n.ID) && slices.Contains(indexNames, stem)
}

// Key is where a reference is looked up: it files a name under its last path element, without what ends the names of notes. What
// has no letters (an emoji) is filed as it is.
func Key(ref string) string {
	last := path.Base(strings.TrimSuffix(ref, "/"))
	for IsMarkdown(last) && last != path.Ext(last) {
		last = strings.TrimSuffix(last, path.Ext(last))
	}
	if key := Slug(last); key != "" {
		return key
	}
	return Fold(last)
}

// extension is a dot and what may follow it at the end of a file name. "Version 1.5" has none.
var extension = regexp.MustCompile(`\.[0-9]{0,3}[A-Za-z][A-Za-z0-9]{0,9}$`)

// TrimExtension cuts what looks like the extension of a file. It is for names of files: what people write in a link has dots of
// other kinds too.
func TrimExtension(name string) string {
	return strings.TrimSuffix(name, extension.FindString(name))
}

// Slug is a name in lower case, diacritics folded, with "-" for each run of anything that is no letter or digit. References of the
// earlier system are such.
func Slug(name string) string {
	var b strings.Builder
	gap := false
	for _, r := range Fold(name) {
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

var betweenWords = regexp.MustCompile(`[\s_-]+`)

// loosen is a name without regard to accents either, nor to which of blank, hyphen and underscore parts its words.
func loosen(name string) string { return betweenWords.ReplaceAllString(Fold(name), "-") }

// hasPathSuffix tells whether a path ends with whole elements.
func hasPathSuffix(id, suffix string) bool {
	return suffix != "" && strings.HasSuffix(id, suffix) && (len(id) == len(suffix) || id[len(id)-len(suffix)-1] == '/')
}
