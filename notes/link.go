package notes

import (
	"cmp"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A Rule says how the target of a link is found. The numbers stand in indexes.
type Rule int

// Rules. All but ByPage take a path first: exactly, then without regard to case and composition, then with the ending of a note,
// then as a folder that has an index.
const (
	// ByName: a path, the ending of one, the name of a file, a title or an alias. Of several the nearest by folder.
	ByName Rule = iota
	// ByPath: a path of the workspace and nothing else.
	ByPath
	// ByPathThenName: a path, else a name.
	ByPathThenName
	// ByObsidian: ByName, and of several the one that Obsidian takes.
	ByObsidian
	// ByPage: a title or an alias, as Logseq knows pages.
	ByPage
	// ByFile: the name of a file, as Dendron knows notes.
	ByFile
	// ByAddress: a path, else an alias that is the same address below Root, as sites know pages.
	ByAddress
	// ByObsidianPath: a path from the folder of the link's note, as in all Markdown, else ByObsidian.
	ByObsidianPath
	// BySymbol: the source file that documents a symbol of this very name, where one alone does, or one alone in the same folder.
	// Most symbols are those of other programs, so that a link without an answer is not broken.
	BySymbol
	// Optional is added to another rule where what is written may as well be no link, as the bare word in "up: tides": it is one only
	// where a note answers to it, and else neither broken nor shown.
	Optional Rule = 256
	// Remark is added to Optional where it stands in brackets in the text, "[WHY: tides]", which mostly are a remark.
	Remark Rule = 512
)

// Plain is the rule by which an answer is looked for: without Optional and Remark.
func (r Rule) Plain() Rule { return r &^ (Optional | Remark) }

// A Target is where a written link leads.
type Target struct {
	Name string // a path of the workspace, or the name of a note
	Rule Rule
	Root string // the folder of the vault where Name is sought; "" is the workspace
}

// Key is where an index looks for what a target may be.
func (t Target) Key() string {
	if t.Rule == BySymbol {
		return SymbolKey(t.Name)
	}
	return Key(t.Name)
}

// SymbolPrefix begins the keys of symbols, which are filed under their very names, apart from those of notes: Key gives no colon
// to a name with letters.
const SymbolPrefix = "symbol:"

// SymbolKey is where a source file is filed for a symbol that it documents.
func SymbolKey(name string) string { return SymbolPrefix + name }

// Wikilink reads what stands between [[ and ]] in the note from: the name of a note, or a path where it begins with "/", "./" or
// "../", without #heading, #^block and |text. "\|" is how the bar is written in tables. ok is false for a place in the same note
// and for addresses of the web.
func (v Vault) Wikilink(from, inner string) (t Target, ok bool) {
	switch v.Dialect {
	case Dendron:
		return v.dendronLink(inner)
	case Logseq:
		return v.pageOf(inner)
	}
	name := wikiName(inner)
	switch {
	case name == "" || webAddress.MatchString(name):
		return t, false
	case isPath(name):
		return Target{Name: v.path(from, name), Rule: ByPath, Root: v.Root}, true
	}
	return Target{Name: name, Rule: v.nameRule(), Root: v.Root}, true
}

// wikiName cuts #heading and |text. A "#" with nothing behind it may belong to the name, as in "C#".
func wikiName(inner string) string {
	whole, _, _ := strings.Cut(lineEnds.ReplaceAllString(inner, " "), "|")
	whole = strings.TrimSpace(strings.TrimSuffix(whole, `\`))
	name, heading, hash := strings.Cut(whole, "#")
	if name = strings.TrimSpace(name); hash && heading == "" && name != "" {
		return whole
	}
	return name
}

// NameIn is where, of what stands between [[ and ]], the name of the note is written: without #heading, #^block and |text.
func (v Vault) NameIn(inner string) (from, to int) {
	to = len(inner)
	switch v.Dialect {
	case Logseq:
		return trimmed(inner, 0, to)
	case Dendron:
		from = strings.LastIndex(inner, "|") + 1
		if n := strings.IndexByte(inner[from:], '#'); n >= 0 {
			to = from + n
		}
		return trimmed(inner, from, to)
	}
	if n := strings.IndexByte(inner, '|'); n >= 0 {
		to = n
	}
	from, to = trimmed(inner, 0, to)
	if to > from && inner[to-1] == '\\' {
		to--
	}
	if n := strings.IndexByte(inner[from:to], '#'); n >= 0 && (n == 0 || from+n+1 < to) { // "C#" is a name
		to = from + n
	}
	return trimmed(inner, from, to)
}

// trimmed leaves out the white space at the ends of a part of a text.
func trimmed(text string, from, to int) (int, int) {
	from = to - len(strings.TrimLeft(text[from:to], " \t\r\n"))
	return from, from + len(strings.TrimRight(text[from:to], " \t\r\n"))
}

// lineEnds are where a link is wrapped.
var lineEnds = regexp.MustCompile(`[ \t]*[\r\n]\s*`)

var webAddress = regexp.MustCompile(`^(?i:[a-z][a-z0-9+.-]*://|mailto:)`)

// isPath tells whether a reference says where it starts.
func isPath(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return first == "." || first == ".." || name != "" && name[0] == '/'
}

// path is the path of the workspace that a reference in the note from means; a leading "/" stands for the vault. It ends with a slash
// where only a folder can be meant, that of the workspace being "./", and begins with ".." where it leads out of the workspace.
func (v Vault) path(from, name string) string {
	at := path.Dir(from)
	if name[0] == '/' {
		at = cmp.Or(v.rootOf(from), ".")
	}
	slash := ""
	if last := path.Base(name); strings.HasSuffix(name, "/") || last == "." || last == ".." {
		slash = "/"
	}
	return path.Join(at, name) + slash
}

var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// Destination reads the destination of a Markdown or HTML link in the note from, whose folder it starts at. What has neither a slash
// nor the ending of a note may stand for a note by its name. ok is false for addresses of the web and for links within the note.
func (v Vault) Destination(from, destination string) (t Target, ok bool) {
	if scheme.MatchString(destination) || strings.HasPrefix(destination, "//") {
		return t, false
	}
	name := withoutAnchor(destination)
	name, _, _ = strings.Cut(name, "?")
	if decoded, err := url.PathUnescape(name); err == nil && utf8.ValidString(decoded) {
		name = decoded
	}
	if name == "" || strings.ContainsRune(name, 0) {
		return t, false
	}
	if v.isSite() && strings.Contains(name, "{{") {
		return t, false // made by a shortcode, which is not for us to run
	}
	t = v.destination(from, name)
	return t, t.Name != from
}

// destination reads a destination that has neither anchor nor escapes.
func (v Vault) destination(from, name string) Target {
	inner, isWiki := strings.CutPrefix(name, "[[")
	switch {
	case v.isPage(from):
		return v.pageLink(from, name)
	case v.Dialect == Logseq && isWiki:
		return Target{Name: strings.TrimSuffix(inner, "]]"), Rule: ByPage, Root: v.Root}
	case v.Dialect == Obsidian && !isPath(name):
		return Target{Name: name, Rule: ByObsidianPath, Root: v.Root}
	}
	t := Target{Name: v.path(from, name), Rule: ByPath, Root: v.Root}
	if (v.Dialect == Plain || v.isSite()) && !strings.Contains(name, "/") && !IsMarkdown(name) && !isPath(name) {
		t.Rule = ByPathThenName
	}
	return t
}

// withoutAnchor cuts #heading and Obsidian's #^block.
func withoutAnchor(name string) string {
	name, _, _ = strings.Cut(name, "#")
	return name
}
