package notes

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strconv"
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

// Lines are the lines of a note from First to Last, counted from 1, both included. The zero value is all.
type Lines struct{ First, Last int }

// A LinesError reports a text that is no range of lines.
type LinesError string

func (e LinesError) Error() string {
	return fmt.Sprintf("lines are A-B, counted from 1, not %q", string(e))
}

var lineRange = regexp.MustCompile(`^([0-9]{1,9})(?:-([0-9]{1,9}))?$`)

// ParseLines reads "10-24", or "10" for one line. It returns a LinesError for anything else.
func ParseLines(s string) (l Lines, err error) {
	m := lineRange.FindStringSubmatch(s)
	if m == nil {
		return l, LinesError(s)
	}
	l.First, _ = strconv.Atoi(m[1]) // at most nine digits
	l.Last = l.First
	if m[2] != "" {
		l.Last, _ = strconv.Atoi(m[2])
	}
	if l.First < 1 || l.Last < l.First {
		return Lines{}, LinesError(s)
	}
	return l, nil
}

var placeEnd = regexp.MustCompile(`^(.+):([0-9]+(?:-[0-9]+)?)$`)

// CutLines splits "docs/auth.md:10-24" into the reference and its range; ok is false where there is none.
func CutLines(place string) (ref, lines string, ok bool) {
	m := placeEnd.FindStringSubmatch(place)
	if m == nil {
		return place, "", false
	}
	return m[1], m[2], true
}
