package notes

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// pageLink reads the destination of a link in a page of a site (Hugo, Zola), which is an address of the site that will be made of it
// more often than a path. name has neither anchor nor escapes.
func (v Vault) pageLink(from, name string) Target {
	content := v.contentOf(from)
	logical, isPath := strings.CutPrefix(name, "@/") // Zola's way to write a path of the content
	rooted := strings.HasPrefix(name, "/")
	switch ext := extension.FindString(path.Base(name)); {
	case isPath && v.Dialect == Zola:
		return Target{Name: path.Join(content, logical), Rule: ByPath, Root: v.Root}
	case rooted && (ext == "" || ext == ".html" || strings.HasSuffix(name, "/") || IsMarkdown(name)):
		return Target{Name: path.Join(content, strings.TrimSuffix(name[1:], ".html")), Rule: ByAddress, Root: content}
	case rooted:
		return Target{Name: path.Join(v.Root, "static", name), Rule: ByPath, Root: v.Root}
	case ext != "" && !strings.HasSuffix(name, "/"):
		return Target{Name: path.Join(path.Dir(from), name), Rule: ByPath, Root: v.Root}
	}
	base := path.Dir(from)
	if strings.HasPrefix(name, "..") && !v.isIndex(from) {
		base = strings.TrimSuffix(from, path.Ext(from)) // a page is a folder of the site
	}
	return Target{Name: path.Join(base, name), Rule: ByAddress, Root: content}
}

// Ref reads what Hugo's shortcodes ref and relref name: a path of the content, or of the page's folder, else the name of a file.
func (v Vault) Ref(from, written string) (t Target, ok bool) {
	name := withoutAnchor(written)
	content := v.contentOf(from)
	switch {
	case name == "" || name == ".":
		return t, false
	case strings.HasPrefix(name, "/"):
		return Target{Name: path.Join(content, name[1:]), Rule: ByAddress, Root: content}, true
	case isPath(name):
		return Target{Name: path.Join(path.Dir(from), name), Rule: ByAddress, Root: content}, true
	}
	return Target{Name: name, Rule: ByName, Root: content}, true
}

// shortcode is {{< ref "page" >}} and {{% relref path="page" lang="en" %}}. {{</* ref "page" */>}} only shows one.
var shortcode = regexp.MustCompile("\\{\\{[<%]\\s*(?:rel)?ref\\s+(?:path\\s*=\\s*)?(?:\"([^\"\\n]+)\"|`([^`\\n]+)`|([^\\s\"`=>%]+))[^\\n>%]*[%>]\\}\\}")

// maxRef bounds what a shortcode may name, in bytes: the longest path of Linux is four times as long.
const maxRef = 1000

// A Shortcode is a reference by one of Hugo's shortcodes.
type Shortcode struct {
	Pos     int // where it begins
	At      int // where what it names begins
	Written string
}

// Shortcodes finds Hugo's ref and relref in a text. Hugo reads them before Markdown, in code too.
func Shortcodes(text []byte) []Shortcode {
	var found []Shortcode
	for _, m := range shortcode.FindAllSubmatchIndex(text, -1) {
		for g := 2; g < len(m); g += 2 {
			if m[g] >= 0 && m[g+1]-m[g] <= maxRef {
				found = append(found, Shortcode{m[0], m[g], string(text[m[g]:m[g+1]])})
			}
		}
	}
	return found
}

// contentOf is the folder of content that holds a page: of several the innermost.
func (v Vault) contentOf(id string) string {
	best := ""
	for i, dir := range v.content {
		dir = below(v.Root, dir)
		if i == 0 || strings.HasPrefix(id, dir+"/") && len(dir) > len(best) {
			best = dir
		}
	}
	return best
}

// isPage tells whether a note of a site becomes a page: its README does not.
func (v Vault) isPage(id string) bool {
	content := v.contentOf(id)
	return v.isSite() && (content == "" || strings.HasPrefix(id, content+"/"))
}

// isIndex tells whether a page is the one of its folder.
func (v Vault) isIndex(id string) bool {
	return slices.Contains([]string{"index", "_index"}, v.plainBase(id))
}

// plainBase is the name of a file without ending and language of the site: "page" for "page.fr.md".
func (v Vault) plainBase(id string) string {
	base := strings.TrimSuffix(path.Base(id), path.Ext(id))
	if ext := path.Ext(base); ext != "" && slices.Contains(v.languages, strings.ToLower(ext[1:])) {
		return strings.TrimSuffix(base, ext)
	}
	return base
}

var datePrefix = regexp.MustCompile(`^\d{4}-\d\d-\d\d[-_]`)

// address is where a page stands in the site, "/posts/a/"; "" where that follows from its path alone.
func (v Vault) address(id string, head Head) string {
	content := v.contentOf(id)
	rest := relativeTo(content, id)
	plain := path.Join("/", path.Dir(rest), v.plainBase(id))
	if v.isIndex(id) {
		plain = path.Join("/", path.Dir(rest))
	}
	own := plain
	if v.Dialect == Zola {
		own = path.Join(path.Dir(plain), datePrefix.ReplaceAllString(path.Base(plain), ""))
	}
	if slug := head.last("slug"); slug != "" {
		own = path.Join(path.Dir(plain), slug)
	}
	for _, key := range []string{"url", "path"} {
		if whole := head.last(key); whole != "" {
			own = path.Join("/", whole)
		}
	}
	own = strings.ReplaceAll(own, " ", "-")
	if Fold(own) == Fold("/"+strings.TrimSuffix(rest, path.Ext(rest))) || v.isIndex(id) && Fold(own) == Fold(path.Join("/", path.Dir(rest))) {
		return ""
	}
	return own + "/"
}
