package notes

import (
	"slices"
	"strings"
	"unicode"
)

// maxText bounds a description, in bytes. Real ones are a sentence or two.
const maxText = 4 << 10

// Keys of front matter, as Keyed spells them. Those of dates are in the order in which they count.
var (
	titleKeys       = []string{"title"}
	tagKeys         = []string{"tags", "tag", "keywords", "categories", "category", "taxonomies.tags", "taxonomies.categories"}
	aliasKeys       = []string{"aliases", "alias"}
	descriptionKeys = []string{"description", "summary", "excerpt", "abstract", "subtitle", "desc"}
	createdKeys     = []string{"date", "created", "datecreated", "createdat", "creationdate", "createdon", "datetime", "published", "publishdate",
		"publishedat", "publishedon", "pubdate", "datepublished"}
	updatedKeys = []string{"updated", "lastmod", "modified", "updatedat", "lastmodified", "dateupdated", "datemodified", "lastupdated"}
	// ownKeys say something else about the note itself: how it is called, counted, shown and by whom it is written.
	ownKeys = strings.Fields(`changed version weight id uid uuid slug order position navorder sidebarposition number page chapter year day time line
		author authors creator cssclass cssclasses url permalink layout template lang language locale draft publish image cover banner thumbnail icon`)
)

// plainKey is a key as the lists above have it: "Date Created", "date_created" and "dateCreated" are one.
func plainKey(name string) string {
	return unjoined.Replace(strings.ToLower(name))
}

var unjoined = strings.NewReplacer(" ", "", "_", "", "-", "")

// OwnKey tells whether a key says something about the note itself, rather than of what it is about.
func OwnKey(name string) bool {
	key := plainKey(name)
	return slices.ContainsFunc([][]string{titleKeys, tagKeys, aliasKeys, descriptionKeys, createdKeys, updatedKeys, ownKeys},
		func(keys []string) bool { return slices.Contains(keys, key) })
}

func isTagKey(name string) bool { return slices.Contains(tagKeys, plainKey(name)) }

// Title is the title on one line, "" when there is none. Of two the last counts.
func (h Head) Title() string {
	return Clip(oneLine(h.last(titleKeys[0])), MaxTitle)
}

// Date is the day or the time at which the note says that it was made, as it states it, or its day (see Day) where that is
// spelled otherwise than 2024-03-05.
func (h Head) Date() string { return h.firstDate(createdKeys) }

// Updated is the date at which the note says that it was changed, written as that of Date.
func (h Head) Updated() string { return h.firstDate(updatedKeys) }

func (h Head) firstDate(keys []string) string {
	for _, key := range keys {
		stated := strings.TrimSpace(h.last(key))
		if day, ok := Day(stated); ok && strings.HasPrefix(stated, day) {
			return Clip(stated, 64)
		} else if ok {
			return day
		}
	}
	return ""
}

// Tags are the tags in their normal form, with where they are written, in the order of the text.
func (h Head) Tags() []Value {
	tags, _ := h.tagWords()
	return tags[:min(len(tags), maxNames)]
}

// tagWords are the tags, and what stands among them and is none.
func (h Head) tagWords() (tags, others []Value) {
	for _, f := range h.fields {
		if !isTagKey(f.name) {
			continue
		}
		for _, w := range f.words(f.splitsAtSpaces()) {
			tag, ok := Tag(w.Text)
			switch {
			case ok:
				tags = append(tags, Value{tag, w.At})
			case spelled(w.Text) != "":
				others = append(others, w)
			}
		}
	}
	return tags, others
}

// splitsAtSpaces tells whether a lone value may be several tags: "tags: sea ships". A keyword or a category may hold spaces, and
// so may a tag of Logseq.
func (f field) splitsAtSpaces() bool {
	return strings.Contains(f.name, "tag") || f.name == "categories"
}

// Aliases are other names of the note.
func (h Head) Aliases() []string {
	var aliases []string
	for _, f := range h.fields {
		if !slices.Contains(aliasKeys, f.name) {
			continue
		}
		for _, alias := range f.aliases() {
			if alias = Clip(oneLine(unlinked(alias)), MaxTitle); alias != "" && len(aliases) < maxNames {
				aliases = append(aliases, alias)
			}
		}
	}
	return aliases
}

// aliases are the values of a list, whole, or the parts of a lone one between commas.
func (f field) aliases() []string {
	var names []string
	for _, v := range f.values {
		if f.list {
			names = append(names, v.Text)
		} else {
			names = append(names, splitAliases(v.Text)...)
		}
	}
	return names
}

// splitAliases cuts a lone value at commas, but not within a wikilink: "Ebb, [[Low water, at springs]]".
func splitAliases(text string) []string {
	if strings.Contains(text, "[[") {
		return linkedNames.FindAllString(text, -1)
	}
	return strings.Split(text, ",")
}

// unlinked is the name in [[name]] or in stray quotes.
func unlinked(name string) string {
	name = strings.TrimSpace(name)
	if inner, ok := strings.CutPrefix(name, "[["); ok {
		return wikiName(strings.TrimSuffix(inner, "]]"))
	}
	return strings.Trim(name, `"`)
}

// Description is what the front matter says about the note, in the order of the text: its description, its summary. Page
// properties are part of the text.
func (h Head) Description() string {
	var parts []string
	for _, f := range h.fields {
		if slices.Contains(descriptionKeys, f.name) && !f.property {
			for _, v := range f.values {
				parts = append(parts, oneLine(v.Text))
			}
		}
	}
	return Clip(strings.Join(parts, "\n"), maxText)
}

// Other is what else the front matter says in words: an author, a status, a project.
func (h Head) Other() string {
	var words []string
	known := slices.Concat(titleKeys, tagKeys, aliasKeys, descriptionKeys, createdKeys, updatedKeys)
	for _, f := range h.fields {
		for _, v := range f.values {
			if !f.property && !slices.Contains(known, plainKey(f.name)) && strings.ContainsFunc(v.Text, unicode.IsLetter) && !IsSwitch(v.Text) {
				words = append(words, oneLine(v.Text))
			}
		}
	}
	return Clip(strings.Join(words, "\n"), maxText)
}

// IsSwitch tells whether a value says yes or no.
func IsSwitch(text string) bool {
	return slices.Contains([]string{"true", "false", "yes", "no", "on", "off"}, strings.ToLower(text))
}

// A Keyed is a value of front matter with its key, in lower case; of a key below another one that is "taxonomies.tags".
type Keyed struct {
	Key  string
	List bool // the value is an item of a list
	Value
}

// Values are all scalars between the fences, in the order of the text. A value may hold links.
func (h Head) Values() []Keyed {
	var values []Keyed
	for _, f := range h.fields {
		if f.property {
			continue
		}
		for _, v := range f.values {
			values = append(values, Keyed{f.name, f.list, v})
		}
	}
	return values
}

// last is the first value of the last field of a key, as plainKey spells it.
func (h Head) last(key string) string {
	for _, f := range slices.Backward(h.fields) {
		if plainKey(f.name) == key && len(f.values) > 0 {
			return f.values[0].Text
		}
	}
	return ""
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
