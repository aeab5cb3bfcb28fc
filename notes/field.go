package notes

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A Value is a scalar of front matter: a word, a number, a date.
type Value struct {
	Text string
	At   int // where it is written, in bytes of the note
}

// A field is a key of front matter with its values. Fields are in the order of the text, and a key may stand twice.
type field struct {
	name     string     // in lower case; of a key below another one "taxonomies.tags"
	at       int        // where the key is written
	value    int        // where its value is
	node     *yaml.Node // the value, where the format is YAML
	scope    int        // of the mapping that holds it: fields of one name in one scope stand twice
	property bool       // it is written "key:: value"
	list     bool       // values are the items of a list, not one scalar
	values   []Value
}

// fieldList collects fields, at most maxValues values.
type fieldList struct {
	fields        []field
	count         int
	scope, scopes int
}

// enter begins a mapping of its own; leave goes back to the one around it.
func (l *fieldList) enter() (leave func()) {
	around := l.scope
	l.scopes++
	l.scope = l.scopes
	return func() { l.scope = around }
}

// open adds a field and returns its index.
func (l *fieldList) open(f field) int {
	f.name, f.scope = strings.ToLower(f.name), l.scope
	l.fields = append(l.fields, f)
	return len(l.fields) - 1
}

// add adds a value to a field; it tells whether there is room for more.
func (l *fieldList) add(i int, text string, at int) bool {
	if l.count++; l.count <= maxValues {
		l.fields[i].values = append(l.fields[i].values, Value{text, at})
	}
	return l.count < maxValues
}

// separators stand between names in a lone value.
const separators = ",;"

// linkedNames are names in a value with wikilinks, which may hold spaces and stand without a comma: "[[a b]] #c".
var linkedNames = regexp.MustCompile(`\[\[[^\[\]]+\]\]|#[^\s,;#\[\]]+|[^,;#\[\]]+`)

// words are the names that a field holds: items of a list, or the parts of a lone value. Commas keep names apart in both, or else,
// in a lone value where spaces is set, white space does, as in Obsidian, Jekyll and Hugo.
func (f field) words(spaces bool) []Value {
	var words []Value
	for _, v := range f.values {
		for _, at := range splitNames(v.Text, spaces && !f.list && (!f.property || strings.HasPrefix(v.Text, "#"))) {
			words = append(words, Value{v.Text[at[0]:at[1]], v.At + at[0]})
		}
	}
	return words
}

// splitNames gives where each name begins and ends.
func splitNames(text string, spaces bool) [][]int {
	switch {
	case strings.Contains(text, "[["):
		return linkedNames.FindAllStringIndex(text, -1)
	case strings.ContainsAny(text, separators):
		return unseparated.FindAllStringIndex(text, -1)
	case spaces:
		return unspaced.FindAllStringIndex(text, -1)
	}
	return [][]int{{0, len(text)}}
}

var (
	unseparated = regexp.MustCompile(`[^,;]+`)
	unspaced    = regexp.MustCompile(`[^\s\x{a0}\x{3000}]+`)
)
