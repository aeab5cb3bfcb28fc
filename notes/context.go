package notes

import (
	"bytes"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ContextName is the file in which a folder says what the notes below it are about. Its text is told with what is found there. It is
// no note, since it is hidden, and can be kept with the notes: like theirs, its text is whatever its author wrote.
const ContextName = ".amalfa-context"

// MaxContext bounds the text that one folder tells, in bytes.
const MaxContext = 2 << 10

// Context is what a folder says about the notes below it.
type Context struct {
	Folder string `json:"folder"` // its path in the workspace, with slashes; "." for the workspace itself
	Text   string `json:"text"`   // on one line
}

// ParseContext returns what a context file tells: its text on one line, without what a reader does not see, cut between two words
// after MaxContext bytes. A file with a zero byte is no text, as git has it, and tells nothing.
func ParseContext(data []byte) string {
	if bytes.IndexByte(data, 0) >= 0 {
		return ""
	}
	visible := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case IsInvisible(r):
			return -1
		}
		return r
	}, string(bytes.ToValidUTF8(data, []byte("\uFFFD"))))
	text := strings.Join(strings.Fields(visible), " ")
	if len(text) <= MaxContext {
		return text
	}
	return cutAtWord(text, MaxContext-len(" …")) + " …"
}

// cutAtWord returns what of a text stands in its first limit bytes: whole words, or whole characters of the first.
func cutAtWord(text string, limit int) string {
	if end := strings.LastIndexByte(text[:limit+1], ' '); end > 0 {
		return text[:end]
	}
	for !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

// Folders returns the folders in which notes stand, and those above, each once, outer ones before inner ones. It stops after
// limit; 0 is all.
func Folders(ids []string, limit int) []string {
	seen := map[string]bool{}
	for _, id := range ids {
		for dir := path.Dir(id); !seen[dir] && (limit == 0 || len(seen) < limit); dir = path.Dir(dir) {
			seen[dir] = true
		}
	}
	var folders []string
	for dir := range seen {
		folders = append(folders, dir)
	}
	slices.SortFunc(folders, compareFolders)
	return folders
}

func compareFolders(a, b string) int {
	if a == "." || b == "." {
		return len(strings.TrimPrefix(a, ".")) - len(strings.TrimPrefix(b, "."))
	}
	return strings.Compare(a, b)
}

// ContextsOf returns the contexts of the folders above some notes.
func ContextsOf(all []Context, ids []string) []Context {
	folders := Folders(ids, 0)
	out := []Context{}
	for _, c := range all {
		if slices.Contains(folders, c.Folder) {
			out = append(out, c)
		}
	}
	return out
}

// FitContexts returns the contexts for which a budget has room, in order, and what they take of it.
func FitContexts(all []Context, budget int, size func(Context) int) (fit []Context, taken int) {
	fit = []Context{}
	for _, c := range all {
		if n := size(c); taken+n <= budget {
			fit, taken = append(fit, c), taken+n
		}
	}
	return fit, taken
}
