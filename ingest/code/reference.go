package code

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Reference is what a comment names in the manner of its language's documentation tool.
type Reference struct {
	Target string // "Gauge.Read", qualified by its package where that is known, or a path as it is written
	Path   bool
	Pos    int // where it begins in the comment's text
}

// How documentation refers to something: {@link Gauge#read(int) label} and @see of JSDoc, TSDoc and Javadoc, [tide.Gauge] of Go
// and Rust.
var (
	linkTag    = regexp.MustCompile(`\{@(?:link|linkcode|linkplain|see)\s+([^\s|}(]+)`)
	seeTag     = regexp.MustCompile(`(?m)^[ \t]*[@\\](?:see|link)[ \t]+([^\s{<"'\[(,]+)`)
	bracketTag = regexp.MustCompile("\\[`?(\\*?[\\pL_][\\pL\\pN_]*(?:(?:\\.|::)[\\pL_][\\pL\\pN_]*)*)(?:\\(\\))?`?\\]")
)

// maxReferences bounds what one comment refers to.
const maxReferences = 1000

// References finds what a comment of the file refers to, but for what stands in the file itself.
func (f File) References(c Comment) []Reference {
	var refs []Reference
	for _, tag := range []*regexp.Regexp{linkTag, seeTag} {
		for _, m := range tag.FindAllStringSubmatchIndex(c.Text, maxReferences) {
			refs = append(refs, f.named(c, c.Text[m[2]:m[3]], m[0]))
		}
	}
	if f.language == "go" || f.language == "rust" {
		for _, m := range bracketTag.FindAllStringSubmatchIndex(c.Text, maxReferences) {
			if name := c.Text[m[2]:m[3]]; f.isDocLink(name) && standsAlone(c.Text, m[0], m[1]) {
				refs = append(refs, f.named(c, c.Text[m[2]:m[3]], m[0]))
			}
		}
	}
	refs = slices.DeleteFunc(refs, func(r Reference) bool { return r.Target == "" })
	slices.SortStableFunc(refs, func(a, b Reference) int { return a.Pos - b.Pos })
	return slices.CompactFunc(refs, func(a, b Reference) bool { return a.Pos == b.Pos })
}

// Named is the symbol that a text names, as References gives it; "" for one of the file itself, for an address and for no name.
func (f File) Named(c Comment, text string) string {
	if r := f.named(c, text, 0); !r.Path {
		return r.Target
	}
	return ""
}

func (f File) named(c Comment, text string, pos int) Reference {
	text = strings.TrimRight(text, ".,;:")
	switch {
	case strings.Contains(text, "://") || strings.HasPrefix(text, "mailto:") || strings.HasPrefix(text, "module:"):
		return Reference{}
	case IsPath(text):
		return Reference{text, true, pos}
	}
	return Reference{Target: f.qualify(c, text), Pos: pos}
}

// IsPath tells whether a reference is the path of a file: it holds a slash, or ends like a note or a source file.
func IsPath(text string) bool {
	_, known := lookup(text)
	return strings.Contains(text, "/") || known || slices.Contains([]string{".md", ".mdx", ".markdown"}, strings.ToLower(path.Ext(text)))
}

// isDocLink tells whether a name in brackets is one to the documentation tool of the language. That of Go links to exported names.
func (f File) isDocLink(name string) bool {
	return f.language == "rust" || isExported(strings.TrimLeft(name[strings.LastIndexByte(name, '.')+1:], "*"))
}

// standsAlone tells brackets from those of an index, of Markdown's links and of [[names]].
func standsAlone(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return !strings.ContainsRune("[]!", before) && !strings.ContainsRune("([:]", after) && !isLetterOrDigit(before) && !isLetterOrDigit(after)
}

// separators are what languages write between the parts of a name.
var separators = strings.NewReplacer("#", ".", "::", ".", "~", ".")

// qualify brings a name to the form Module.Type.Member or Type.Member. It is "" for one that the file itself documents.
func (f File) qualify(c Comment, text string) string {
	text, _, _ = strings.Cut(text, "<")
	if strings.HasPrefix(text, "#") {
		if dot := strings.LastIndexByte(c.Symbol, '.'); dot > 0 {
			text = c.Symbol[:dot] + text
		} else {
			text = c.Symbol + text
		}
	}
	name := strings.Trim(separators.Replace(strings.TrimLeft(text, "*&")), ".")
	for _, here := range []string{"crate.", "self.", "super.", "this."} {
		name = strings.TrimPrefix(name, here)
	}
	own := strings.TrimPrefix(name, f.Module+".")
	switch {
	case name == f.Module || f.documents[own]:
		return ""
	case f.language == "go" && isExported(name): // of the package at hand
		return f.Module + "." + name
	}
	return name
}

func isLetterOrDigit(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func isExported(name string) bool {
	r, _ := utf8.DecodeRuneInString(name)
	return unicode.IsUpper(r)
}

// Names are what the symbols of the file are known by elsewhere: alone, and behind their module.
func (f File) Names() []string {
	var names []string
	for _, s := range f.Symbols {
		for name := range strings.SplitSeq(s.Name, ", ") {
			if name != "" {
				names = append(names, name, f.Module+"."+name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
