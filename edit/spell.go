package edit

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"amalfa/ingest"
	"amalfa/notes"
)

// A style is how a link names its target.
type style struct {
	form      ingest.Form
	named     bool   // by a name: no path from the link's own folder, nor from the top
	rooted    bool   // "/a/b.md": from the top of the vault
	logical   bool   // "@/a/b.md": from the top of the content, as Zola writes it
	dotted    bool   // "./b.md"
	extension bool   // with the ending of a note
	slash     bool   // with a slash at the end
	folder    bool   // for a note that stands for its folder, that
	folders   bool   // with folders before a name
	spaces    bool   // a space may stand as it is
	unicode   bool   // letters of other scripts are percent-encoded
	bracketed bool   // "[[page]]" in the place of an address, as Logseq writes it
	fromTop   bool   // a path from the top of the vault that does not say so
	vault     string // "dendron://vault/" before a name
}

// styleOf reads the style of a link from its name, which has neither heading nor text, and of a destination from what stands in the
// file. leads is where it leads.
func styleOf(form ingest.Form, name, raw, leads string) style {
	s := style{form: form, extension: notes.IsMarkdown(strings.TrimSuffix(name, "/")), slash: strings.HasSuffix(name, "/") && name != "/"}
	if across, ok := strings.CutPrefix(name, "dendron://"); ok {
		vault, rest, _ := strings.Cut(across, "/")
		s.vault, name = "dendron://"+vault+"/", rest
	}
	if inner, ok := strings.CutPrefix(name, "[["); ok && !isName(form) {
		s.bracketed, name = true, strings.TrimSuffix(inner, "]]")
	}
	first, _, _ := strings.Cut(name, "/")
	s.rooted, s.logical, s.dotted = strings.HasPrefix(name, "/"), first == "@", first == "."
	s.folders = strings.Contains(strings.TrimSuffix(name, "/"), "/")
	s.named = !s.rooted && !s.logical && !s.dotted && first != ".." && (isName(form) || !s.folders)
	s.folder = folderOf(leads) != "" && folderOf(path.Base(name)) == ""
	s.spaces = form == ingest.Angle || strings.Contains(raw, " ")
	s.unicode = escapedLetter.MatchString(raw)
	return s
}

// isName tells whether what a form holds is a name rather than an address.
func isName(form ingest.Form) bool {
	return form == ingest.Wiki || form == ingest.Relation || form == ingest.Shortcode
}

// plainStyle is how a link is written where no link of the note shows how.
func plainStyle(v notes.Vault) style {
	switch v.Dialect {
	case notes.Obsidian, notes.Logseq, notes.Dendron:
		return style{form: ingest.Wiki, named: true}
	case notes.Zola:
		return style{form: ingest.Bare, logical: true, extension: true}
	}
	return style{form: ingest.Bare, extension: true}
}

// names are the ways to name a file in a link of the note from, those of the style first. What they lead to has to be looked at.
func (s style) names(v notes.Vault, from string, to notes.Name) []string {
	var out []string
	add := func(all ...string) {
		for _, name := range all {
			if name != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	if s.bracketed {
		for _, name := range append([]string{to.Title}, to.Aliases...) {
			add("[[" + name + "]]")
		}
	}
	if folder := folderOf(to.ID); folder != "" && (s.folder || s.slash) {
		if !s.slash {
			folder = strings.TrimSuffix(folder, "/")
		}
		s.asPath(add, v, from, folder)
	}
	for _, extension := range []bool{s.extension, !s.extension} {
		id := to.ID
		if !extension && notes.IsMarkdown(id) {
			id = strings.TrimSuffix(id, path.Ext(id))
		}
		if isName(s.form) {
			s.asName(add, v, id, to)
		}
		if s.slash && v.IsSite() {
			s.asPath(add, v, from, strings.TrimSuffix(id, "/")+"/")
		}
		s.asPath(add, v, from, id)
	}
	if s.rooted && !s.extension || s.slash {
		add(to.Aliases...) // the address of a page
	}
	return out
}

// folderOf is the folder for which a note stands; "" where it stands for none.
func folderOf(id string) string {
	switch strings.ToLower(strings.TrimSuffix(path.Base(id), path.Ext(id))) {
	case "index", "readme", "_index":
		return path.Dir(id) + "/"
	}
	return ""
}

// asName adds names: the last part of the path, with more and more folders before it, and what the note is called.
func (s style) asName(add func(...string), v notes.Vault, id string, to notes.Name) {
	rest := strings.TrimPrefix(id, withSlash(v.TopOf(id)))
	parts := strings.Split(rest, "/")
	tails := make([]string, len(parts))
	for i := range parts {
		tails[i] = s.vault + strings.Join(parts[len(parts)-1-i:], "/")
	}
	switch {
	case v.Dialect == notes.Logseq:
		add(append([]string{to.Title}, to.Aliases...)...)
	case s.rooted || s.dotted || !s.named:
	case s.folders:
		add(tails[len(tails)-1])
		add(tails[min(1, len(tails)-1):]...)
		add(tails...)
	default:
		add(tails...)
	}
}

// asPath adds paths: from the folder of the note, and from the top.
func (s style) asPath(add func(...string), v notes.Vault, from, id string) {
	relative := relativePath(path.Dir(from), id)
	if !strings.HasPrefix(relative, "../") && (s.dotted || isName(s.form)) {
		relative = "./" + relative
	}
	rooted := "/" + strings.TrimPrefix(id, withSlash(v.TopOf(from)))
	logical := "@" + rooted
	below := relativePath(strings.TrimSuffix(from, path.Ext(from)), id) // where a page is a folder of its site
	switch {
	case s.logical:
		add(logical, rooted, relative)
	case s.rooted:
		add(rooted, relative)
	case s.fromTop:
		add(strings.TrimPrefix(rooted, "/"), relative, rooted)
	case s.named && !isName(s.form):
		add(strings.TrimSuffix(path.Base(id), "/")+id[len(strings.TrimSuffix(id, "/")):], relative, strings.TrimPrefix(rooted, "/"), rooted)
	default:
		add(relative, below, rooted)
	}
	add("./"+relative, logical)
}

// unescapePath is a path without its percent-encoding, as links are read.
func unescapePath(p string) string {
	if decoded, err := url.PathUnescape(p); err == nil && utf8.ValidString(decoded) {
		return decoded
	}
	return p
}

func withSlash(folder string) string {
	if folder == "" {
		return ""
	}
	return folder + "/"
}

// relativePath leads from a folder to a path, both of the workspace.
func relativePath(folder, to string) string {
	if folder == "." {
		folder = ""
	}
	slash := ""
	if strings.HasSuffix(to, "/") {
		slash = "/"
	}
	a, b := parts(folder), parts(to)
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] && (same < len(b)-1 || slash != "") {
		same++
	}
	up := slices.Repeat([]string{".."}, len(a)-same)
	if way := append(up, b[same:]...); len(way) > 0 {
		return strings.Join(way, "/") + slash
	}
	return "./"
}

func parts(p string) []string {
	return strings.FieldsFunc(p, func(r rune) bool { return r == '/' })
}
