// Package batch works out what a batch does to an index, without the index: under which names and words a note is filed, which of its
// chunks stay, which file was renamed. No SQL.
package batch

import (
	"cmp"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/store"
	"amalfa/store/text"
)

// NamesOf are the keys under which a note is filed, sorted, each once.
func NamesOf(n store.Note) []string {
	names := n.Name().Keys()
	for _, symbol := range n.Symbols {
		names = append(names, notes.SymbolKey(symbol))
	}
	return Unique(names)
}

// Unique returns the values sorted, each once.
func Unique(values []string) []string {
	values = slices.Clone(values)
	slices.Sort(values)
	return slices.Compact(values)
}

// NoteTerms are what the words of every chunk say about its note: what its title says, aliases, and path.
type NoteTerms struct{ Names, Path string }

// TermsOf are those of a note.
func TermsOf(n store.Note) NoteTerms {
	names := append([]string{notes.Meaning(n.Title)}, Unique(n.Aliases)...)
	return NoteTerms{text.Spaced(strings.Join(names, "\n")), PathTerms(n.ID)}
}

// PathTerms are what the words of a note's chunks say about its path.
func PathTerms(id string) string { return text.Spaced(notes.TrimExtension(id)) }

// Columns are the words of a chunk as the index holds them.
func Columns(c store.Chunk, terms NoteTerms) text.Columns {
	return text.Columns{
		text.Spaced(cmp.Or(c.Plain, c.Text)), text.Spaced(strings.Join(c.Heading, "\n")), terms.Names, terms.Path, text.Spaced(c.Hidden),
	}
}

// TermKeys are the id of a term of some name, and the stem under which other spellings of it are found.
func TermKeys(name string) (id, stem string) {
	var stems []string
	for word := range strings.FieldsSeq(notes.Fold(name)) {
		stems = append(stems, text.Stem(word))
	}
	return notes.TermPrefix + strings.ToLower(name), strings.Join(stems, " ")
}

// FileOf is the record of the file of a note that is put.
func FileOf(p store.Put) store.File {
	f := p.File
	f.ID, f.State = p.Note.ID, cmp.Or(f.State, store.Indexed)
	f.Hash, f.Size, f.MTime = p.Note.Hash, p.Note.Size, p.Note.MTime
	f.Chunks = len(p.Chunks)
	return f
}

// PrefixEnd is the least string greater than all that start with prefix, or "" when there is none.
func PrefixEnd(prefix string) string {
	end := []byte(prefix)
	for len(end) > 0 && end[len(end)-1] == 0xff {
		end = end[:len(end)-1]
	}
	if len(end) > 0 {
		end[len(end)-1]++
	}
	return string(end)
}
