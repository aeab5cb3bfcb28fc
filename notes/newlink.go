package notes

import (
	"net/url"
	"path"
	"strings"
)

// A LinkStyle is how a note writes its links.
type LinkStyle struct {
	Wiki    bool // [[name]], else [title](path)
	BareEnd bool // paths stand without the ending of a note
}

// NewLink writes a link from one note to another, in a style. name is what [[…]] calls the other: a name that only it answers to, or its path.
func NewLink(from, to, title, name string, style LinkStyle) string {
	if style.Wiki && !strings.ContainsAny(name, "[]|#^") {
		return "[[" + name + "]]"
	}
	p := RelativePath(path.Dir(from), to)
	if style.BareEnd {
		p = strings.TrimSuffix(p, path.Ext(p))
	}
	escaped := (&url.URL{Path: p}).EscapedPath()
	if first, _, _ := strings.Cut(p, "/"); strings.Contains(first, ":") {
		escaped = "./" + escaped // else a scheme
	}
	escaped = strings.NewReplacer("(", "%28", ")", "%29").Replace(escaped)
	return "[" + escapeLabel(title) + "](" + escaped + ")"
}

// escapeLabel makes a title the text of a link and nothing else.
func escapeLabel(title string) string {
	title = strings.Join(strings.Fields(title), " ")
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`, "!", `\!`, "#", `\#`).Replace(title)
}

// RelativePath is a path of the workspace as seen from one of its folders, "." being the workspace.
func RelativePath(folder, to string) string {
	if folder == "." || folder == "" {
		return to
	}
	base, target := strings.Split(folder, "/"), strings.Split(to, "/")
	same := 0
	for same < len(base) && same < len(target)-1 && base[same] == target[same] {
		same++
	}
	return strings.Repeat("../", len(base)-same) + strings.Join(target[same:], "/")
}
