package main

import (
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"golang.org/x/net/html"
)

// A sitePage is what the checker of links knows of a page of an export.
type sitePage struct {
	ids   map[string]bool
	links []string // what its href and src say
}

// readSite parses every page of an exported site, by its path in there.
func readSite(t *testing.T, dir string) (pages map[string]*sitePage, files map[string]bool) {
	t.Helper()
	pages, files = map[string]*sitePage{}, map[string]bool{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[name] = true
		if path.Ext(name) != ".html" {
			return nil
		}
		f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		defer f.Close()
		doc, err := html.Parse(f)
		if err != nil {
			return err
		}
		pages[name] = readPage(t, name, doc)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pages, files
}

func readPage(t *testing.T, name string, doc *html.Node) *sitePage {
	t.Helper()
	p := &sitePage{ids: map[string]bool{}}
	for n := range doc.Descendants() {
		for _, a := range n.Attr {
			switch a.Key {
			case "id":
				if p.ids[a.Val] {
					t.Errorf("%s has two elements with the id %q", name, a.Val)
				}
				p.ids[a.Val] = true
			case "href", "src":
				p.links = append(p.links, a.Val)
				if n.Data != "a" && strings.Contains(a.Val, ":") {
					t.Errorf("%s: <%s> loads %s", name, n.Data, a.Val)
				}
			case "srcset", "action", "formaction", "poster", "data", "background", "ping", "style":
				t.Errorf("%s: <%s %s>", name, n.Data, a.Key)
			}
		}
	}
	return p
}

// brokenLinks lists the links of a site that lead to no file, or to no element, of it; what has a scheme leads elsewhere. Paths are those of a
// file system, since the site opens without a server.
func brokenLinks(pages map[string]*sitePage, files map[string]bool) (broken []string, checked int) {
	for name, p := range pages {
		for _, link := range p.links {
			u, err := url.Parse(link)
			if err == nil && u.Scheme != "" {
				if u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" {
					broken = append(broken, fmt.Sprintf("%s: the scheme of %q", name, link))
				}
				continue
			}
			checked++
			if err != nil || u.Host != "" || strings.HasPrefix(u.Path, "/") || u.RawQuery != "" || u.ForceQuery {
				broken = append(broken, fmt.Sprintf("%s: %q is no path within the site", name, link))
				continue
			}
			to := name
			if u.Path != "" {
				to = path.Join(path.Dir(name), u.Path)
			}
			switch {
			case !files[to]:
				broken = append(broken, fmt.Sprintf("%s: %q leads to no file", name, link))
			case u.Fragment != "" && (pages[to] == nil || !pages[to].ids[u.Fragment]):
				broken = append(broken, fmt.Sprintf("%s: %q leads to no element of %s", name, link, to))
			}
		}
	}
	return broken, checked
}

// hardNotes are notes whose names and texts are hard on links.
var hardNotes = map[string]string{
	"a b.md":             "# Spaces\n\n[[100% sure]] [[größe & co]] [q](q%3F.md) [h](x%23y.md) [c](./a:b.md) [[日本語]] [[quote\"s]] [i](index.md)\n",
	"100% sure.md":       "# Per cent\n\n[[a b]] [x](<a b.md#spaces>) [[a b#Nothing of that name]] [[a b#^none]]\n",
	"q?.md":              "# Question\n\n[[a b]] [up](#question) [nowhere](#no-such-part) <a href=\"#gone\">raw</a> <a href=\"a%20b.md\">raw note</a>\n",
	"x#y.md":             "# Hash\n\n[[a b#Spaces]]\n",
	"a:b.md":             "# Colon\n\n[self](#colon) [[x#y]]\n",
	"größe & co.md":      "# Ä\n\n# Ä\n\n## Ä\n\n[one](#ä) [[#Ä]] [[größe & co#Ä]]\n",
	"日本語.md":             "# 潮\n\n[[日本語#潮]] [x](<größe & co.md>)\n",
	"quote\"s.md":        "# \"Q\" <b>bold</b> & 'x'\n\n[[a b]]\n",
	"index.md":           "# Index\n\n[deep](deep/er/index.md) [[deep/er/README]]\n",
	"index.html/x.md":    "# In a folder of the first page's name\n\n[[index]]\n",
	"a b.md.html/x.md":   "# In a folder of a page's name\n\n[[a b]]\n",
	"_amalfa/style.md":   "# In our own folder\n",
	"deep/er/index.md":   "# Deep\n\n[up](../../index.md#index) [[README]] [abs](/index.md) [out](../../../outside.md)\n",
	"deep/er/README.md":  "# Readme\n\nA[^1] and[^1] and[^two].\n\n[^1]: [[index]]\n[^two]: two\n\n<a id=\"L3\" href=\"#L3\">raw</a> <p id=\"readme\">raw</p>\n",
	"lines.md":           "a ^first\n\n- b\n  - c ^second\n\n> # In a quote\n\n| a | b |\n|---|---|\n| [[lines#^second]] | [[lines#In a quote]] |\n",
	"block.md":           "[[lines#^first]] [[lines#^second]] ![[lines#In a quote]] [[lines#^third]]\n",
	"none.md":            "",
	"head.md":            "---\ntitle: Only a head\ntags: [x]\n---\n",
	"punctuation.md":     "# ???\n\n# !!!\n\n## .\n\n[[punctuation#???]] [[#!!!]]\n",
	"refs.md":            "[a][r] [b] [c][]\n\n[r]: <a b.md>\n[b]: q%3F.md#question\n[c]: nowhere.md\n",
	"schemes.md":         "[own](#none) [[schemes#None]] [j](javascript:alert(1)) [d](data:text/html,x) [f](file:///etc/passwd) [v](vscode://file/x) [//](//example.org/x) <https://example.org/a?b=c#d> <a@example.org>\n",
	"UPPER.md":           "# Upper\n\n[[upper]] [x](Upper.MD)\n",
	"e\u0301.md":         "# Decomposed\n\n[[\u00e9]]\n",
	"-dash.md":           "# Dash\n\n[[-dash]]\n",
	"~tilde.md":          "# Tilde\n\n[[~tilde]] [x](~tilde.md#tilde)\n",
	"%41.md":             "# Escaped\n\n[[%41]] [x](%2541.md) [[A]]\n",
	"trailing .md":       "# Trailing\n\n[[trailing ]]\n",
	"index.html_/x.md":   "# Beside it\n\n[[index]]\n",
	"a/b/c/d/e/f/g/h.md": "# h\n\n[top](../../../../../../../index.md) [[a b]]\n",
}

// longName is as long as a file system takes it.
var longName = strings.Repeat("long", 63) + ".md"

// longNote links to a heading that its page does not show any more.
func longNote() string {
	return "# Long\n\n[[long#End]] [x](#end)\n\n" + strings.Repeat("word word word\n\n", 80_000) + "# End\n"
}

func layNotes(t *testing.T, dir string, notes map[string]string) {
	t.Helper()
	for name, text := range notes {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestExportedSite follows every link of the exported demo, and of one with notes that are hard on links.
func TestExportedSite(t *testing.T) {
	p := newPlace(t)
	for _, hard := range []bool{false, true} {
		name, least := "demo", 150
		if hard {
			layNotes(t, p.dir, hardNotes)
			layNotes(t, p.dir, map[string]string{"long.md": longNote(), "from.md": "[[long#End]] [[long#Long]]\n", longName: "# Name\n\n[[index]] [x](<" + longName + ">)\n"})
			p.run("init", "--no-daemon")
			name, least = "hard", 400
		}
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "site")
			t.Log(p.run("docs", "export", dir))
			pages, files := readSite(t, dir)
			broken, checked := brokenLinks(pages, files)
			for _, b := range broken {
				t.Error(b)
			}
			t.Logf("%d links of %d pages", checked, len(pages))
			if checked < least {
				t.Errorf("only %d links were found", checked)
			}
		})
	}
}

// TestExportedSiteOpens opens an exported site as files, searches in it and follows a hit.
func TestExportedSiteOpens(t *testing.T) {
	b := newBrowser(t)
	dir := filepath.Join(t.TempDir(), "site")
	b.run("docs", "export", dir)
	b.url = "file://" // from here on all else is outside
	b.do(chromedp.Navigate("file://"+dir+"/index.html"), chromedp.WaitVisible(chromedp.CSS("#_query")), chromedp.SendKeys(chromedp.CSS("#_query"), "timetable import"))
	b.until(`document.querySelector("#_found a") !== null`)
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS("article")))
	if at := ask(b, chromedp.Location()); !strings.HasSuffix(at, "runbooks/timetable-import.md.html") {
		t.Errorf("the first hit is %s", at)
	}
	next := eval[string](b, `document.querySelector("article a.note").href`)
	b.do(chromedp.Navigate(next), chromedp.WaitVisible(chromedp.CSS("article")))
	for _, f := range b.faults {
		t.Error(f)
	}
}

// TestBrokenLinks holds that the checker sees what it is there for.
func TestBrokenLinks(t *testing.T) {
	files := map[string]bool{"a.html": true, "b/c.html": true, "s.css": true}
	for link, right := range map[string]bool{
		"b/c.html": true, "#x": true, "b/c.html#y": true, "s.css": true, "https://example.org/": true, "mailto:a@b": true, "b/../a.html": true,
		"c.html": false, "#y": false, "b/c.html#x": false, "s.css#x": false, "/a.html": false, "//host/a.html": false, "a.html?q": false, "a.html?": false,
		"javascript:x": false, "a:b.html": false, "../a.html/": false, "%zz": false, "B/c.html": false,
	} {
		pages := map[string]*sitePage{"a.html": {ids: map[string]bool{"x": true}, links: []string{link}}, "b/c.html": {ids: map[string]bool{"y": true}}}
		if broken, _ := brokenLinks(pages, files); (len(broken) == 0) != right {
			t.Errorf("%q: %q", link, broken)
		}
	}
}
