package ingest_test

import (
	"fmt"
	"path"
	"strings"
	"testing"
)

// A sitePage is a page of a site: its file, and its address below the site.
type sitePage struct{ file, url string }

// newSite writes content as Hugo and Zola file it: pages, pages with a folder of their own, and sections.
func newSite(g *generator, slug string) (pages []sitePage) {
	for i := range generatedNotes {
		section := pick(g, []string{"posts", "posts/2024", "docs", "docs/deep/er"})
		name := fmt.Sprintf("page-%d", i)
		page := sitePage{path.Join("content", section, name+".md"), "/" + section + "/" + name + "/"}
		switch i % 5 {
		case 0:
			page.file = path.Join("content", section, name, "index.md")
			g.files[path.Join("content", section, name, "figure.png")] = "x"
		case 1:
			page.file = path.Join("content", section, name, "_index.md")
		}
		g.say(page.file, "+++", fmt.Sprintf("title = 'Page number %d'", i))
		if i%7 == 2 {
			g.say(page.file, slug+fmt.Sprintf(" = 'other-%d'", i))
			page.url = fmt.Sprintf("/%s/other-%d/", section, i)
		}
		g.say(page.file, "+++", "")
		pages = append(pages, page)
	}
	g.files["static/img/logo.svg"] = "<svg/>"
	return pages
}

// hugoForms are ways to write a link to a page: %[1]s is its path in content, %[2]s that without ".md", %[3]s its address.
var hugoForms = []string{
	`[a]({{< ref "/%[1]s" >}})`, `[a]({{< relref "/%[1]s" >}})`, `[a]({{%% ref "/%[1]s#part" %%}})`, `See {{<ref "/%[2]s">}}.`, "[a]({{< ref `/%[1]s` >}})", `[a]({{< ref path="/%[2]s" >}})`,
	`<a href="{{< relref "/%[1]s" >}}">a</a>`, `[a](%[3]s)`, `[a](%[3]s#part)`, `[a](%[3]s?x=1 "Title")`, `[a][r%[4]d]` + "\n\n" + `[r%[4]d]: %[3]s`,
}

// Links of a Hugo site lead where Hugo leads.
func TestHugoSite(t *testing.T) {
	g := newGenerator(4)
	g.files["hugo.toml"] = "baseURL = 'https://example.org/'\n"
	pages := newSite(g, "slug")
	for i, from := range pages {
		for n := range 4 {
			to := pick(g, pages)
			logical := strings.TrimPrefix(to.file, "content/")
			g.link(from.file, to.file, pick(g, hugoForms), logical, strings.TrimSuffix(logical, ".md"), to.url, n)
		}
		near := pick(g, pages)
		g.link(from.file, near.file, "[b](%s)", relative(from.url, near.url))
		g.link(from.file, "static/img/logo.svg", "[logo](/img/logo.svg)")
		g.link(from.file, "", `[a]({{< ref "/posts/nowhere-%d.md" >}})`, i)
		g.say(from.file, `Shown only: {{</* ref "/`+strings.TrimPrefix(near.file, "content/")+`" */>}}`, "")
	}
	g.check(t)
}

// relative is the address of a page seen from another one.
func relative(from, to string) string {
	return strings.Repeat("../", strings.Count(strings.Trim(from, "/"), "/")+1) + strings.TrimPrefix(to, "/")
}

// Links of a Zola site lead where Zola leads.
func TestZolaSite(t *testing.T) {
	g := newGenerator(5)
	g.files["config.toml"] = "base_url = 'https://example.org'\n"
	pages := newSite(g, "slug")
	for i, from := range pages {
		for range 4 {
			to := pick(g, pages)
			logical := strings.TrimPrefix(to.file, "content/")
			g.link(from.file, to.file, pick(g, []string{"[a](@/%[1]s)", "[a](@/%[1]s#part)", "[a](%[2]s)", "<a href=\"%[2]s\">a</a>", "[a](<@/%[1]s>)"}), logical, to.url)
		}
		g.link(from.file, "", "[a](@/posts/nowhere-%d.md)", i)
		if path.Base(from.file) == "index.md" {
			g.link(from.file, path.Join(path.Dir(from.file), "figure.png"), "[its figure](figure.png)")
		}
		g.say(from.file, "`[x](@/"+strings.TrimPrefix(pick(g, pages).file, "content/")+")` is code.", "")
	}
	g.check(t)
}
