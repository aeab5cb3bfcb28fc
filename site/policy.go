package site

import (
	"regexp"

	"github.com/microcosm-cc/bluemonday"
)

// newPolicy is what of HTML may stand on a page, whoever wrote it: text, its marks, tables, lists and links. No image, no style, no form, no frame
// and no script, so that a page asks nobody for anything. What begins with "_" is the id of the page itself, and of no note.
func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(true)
	p.RequireNoFollowOnFullyQualifiedLinks(true)
	p.RequireNoReferrerOnFullyQualifiedLinks(true)
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("title").Globally()
	p.AllowAttrs("dir").Matching(bluemonday.Direction).Globally()
	p.AllowAttrs("lang").Matching(regexp.MustCompile(`^[a-zA-Z]{2,20}(-[a-zA-Z0-9]{1,8})*$`)).Globally()
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{M}\p{N}_:.-]*$`)).Globally()
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(note|file|broken|image|footnotes|footnote-ref|footnote-backref|language-[\p{L}\p{N}+#._-]+)$`)).
		OnElements("a", "span", "div", "code")
	p.AllowAttrs("role").Matching(regexp.MustCompile(`^doc-(noteref|backlink|endnotes)$`)).OnElements("a", "div")
	p.AllowElements("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "span", "br", "hr", "blockquote", "pre", "code", "a",
		"abbr", "b", "cite", "del", "details", "dfn", "em", "figcaption", "figure", "i", "ins", "kbd", "mark", "q", "s", "samp", "small", "strong",
		"sub", "summary", "sup", "time", "u", "var", "wbr", "section", "article", "aside")
	p.AllowLists()
	p.AllowElements("dl", "dt", "dd")
	p.AllowTables()
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^checkbox$`)).OnElements("input")
	p.AllowAttrs("checked", "disabled").OnElements("input")
	return p
}
