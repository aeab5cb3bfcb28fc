package notes

import (
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A Target is where a written link leads.
type Target struct {
	Name string // a path of the workspace, or the name of a note
	Path bool   // the note at the path Name and no other answers
}

var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// Destination reads the destination of a Markdown link in the note from, whose folder it starts at; a leading "/" means the
// workspace. A path without extension may stand for a note by its name. ok is false for addresses of the web and for links
// within the note.
func Destination(from, destination string) (t Target, ok bool) {
	if scheme.MatchString(destination) || strings.HasPrefix(destination, "//") {
		return t, false
	}
	name := WithoutAnchor(destination)
	name, _, _ = strings.Cut(name, "?")
	if decoded, err := url.PathUnescape(name); err == nil && utf8.ValidString(decoded) {
		name = decoded
	}
	if name == "" || strings.ContainsRune(name, 0) {
		return t, false
	}
	if rooted, ok := strings.CutPrefix(name, "/"); ok {
		name = path.Clean(rooted)
	} else {
		name = path.Join(path.Dir(from), name)
	}
	return Target{Name: name, Path: path.Ext(name) != ""}, name != "." && name != from
}

// WikiName reads what stands in [[…]]: the name of a note without #heading, #^block and |text. "\|" is how the bar is written
// in tables. It is "" for a place in the same note.
func WikiName(inner string) string {
	name, _, _ := strings.Cut(inner, "|")
	return strings.TrimSpace(WithoutAnchor(strings.TrimSuffix(name, `\`)))
}

// WithoutAnchor cuts #heading and Obsidian's #^block.
func WithoutAnchor(name string) string {
	name, _, _ = strings.Cut(name, "#")
	return name
}
