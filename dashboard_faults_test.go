package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// hostile are notes that are made to harm whoever looks at them, by their names.
func hostile() map[string]string {
	return map[string]string{
		"script.md": "# Script\n\n<script>globalThis.harmed = 1</script>\n\n<img src=x onerror=\"globalThis.harmed = 1\">\n\n<a href=\"javascript:globalThis.harmed=1\">click</a>\n\n[x](javascript:globalThis.harmed=1)\n",
		"image.md":  "# Image\n\n![x](https://evil.invalid/x.png) <img src=\"//evil.invalid/y.png\"> <link rel=stylesheet href=\"https://evil.invalid/z.css\">\n\n<iframe src=\"https://evil.invalid/\"></iframe> <video src=\"https://evil.invalid/v\"></video>\n",
		"svg.md":    "# Drawing\n\n<svg onload=\"globalThis.harmed=1\" width=9999 height=9999><script>globalThis.harmed=1</script><foreignObject><iframe src=\"javascript:parent.harmed=1\"></iframe></foreignObject></svg>\n",
		"broken.md": "# Broken\n\n<div><p><b>not closed <table><tr><td></div></main></body></html><!-- <style>*{display:none}</style><textarea><title>\n\nThe last words.\n",
		"table.md":  "# Table\n\n" + strings.Repeat("| a word ", 200) + "|\n" + strings.Repeat("|---", 200) + "|\n" + strings.Repeat(strings.Repeat("| x ", 200)+"|\n", 300),
		"style.md":  "# Style\n\n<style>body{display:none}</style><p style=\"position:fixed;inset:0;z-index:9\">over all</p><form action=\"https://evil.invalid\"><input name=q></form><base href=\"https://evil.invalid\"><meta http-equiv=refresh content=\"0;url=https://evil.invalid\">\n",
	}
}

// hostileNotes shows them: each page is there, is no wider than the window, and ran and asked for nothing.
func (b *browser) hostileNotes(t *testing.T) {
	b.t = t
	for name, text := range hostile() {
		b.write("hostile/"+name, text)
	}
	b.write("hostile/long.md", "# Long\n\nIt begins here.\n")
	b.run("init")
	// The index knows it as a short one, so that no vectors are made of it: what is shown is the file.
	b.write("hostile/long.md", "# Long\n\nIt begins here.\n\n"+strings.Repeat("a line of words that goes on\n\n", 10<<20/30))
	b.do(chromedp.EmulateViewport(1000, 800))
	for _, name := range []string{"script.md", "image.md", "svg.md", "broken.md", "table.md", "style.md", "long.md"} {
		b.do(chromedp.Navigate(b.url+"/doc/hostile/"+name), chromedp.WaitVisible(chromedp.CSS("main h1")))
		b.until(`document.readyState === "complete" && document.querySelector("footer") !== null`)
		if eval[bool](b, "globalThis.harmed !== undefined") {
			t.Errorf("%s ran a program", name)
		}
		if wide := eval[int](b, "document.scrollingElement.scrollWidth"); wide > 1000 {
			t.Errorf("%s is %d px wide", name, wide)
		}
		if shown := eval[string](b, "document.querySelector('article').innerText.slice(0, 200)"); len(strings.TrimSpace(shown)) < 5 {
			t.Errorf("%s shows %q", name, shown)
		}
	}
	if said := eval[string](b, "document.querySelector('article .note').innerText"); !strings.Contains(said, "lines are shown") {
		t.Errorf("a note of 10 MB: %q", said)
	}
}

// write puts a file into the vault.
func (b *browser) write(name, text string) {
	b.t.Helper()
	path := filepath.Join(b.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// goneNote deletes a note while it is shown.
func (b *browser) goneNote(t *testing.T) {
	b.t = t
	b.write("gone.md", "# Gone\n\nA note that goes.\n")
	b.run("init")
	b.do(chromedp.Navigate(b.url+"/doc/gone.md"), chromedp.WaitVisible(chromedp.CSS("article")))
	b.expectFaults(func() {
		for _, step := range []struct {
			what string
			do   func() error
		}{
			{"the file of this note is gone", func() error { return os.Remove(filepath.Join(b.dir, "gone.md")) }},
			{"no note of the index has this address", func() error { b.run("init"); return nil }},
		} {
			if err := step.do(); err != nil {
				t.Fatal(err)
			}
			b.do(chromedp.Reload(), chromedp.WaitVisible(chromedp.CSS("body.view-error")))
			if text := eval[string](b, "document.querySelector('main').innerText"); !strings.Contains(text, step.what) || !strings.Contains(text, "Search the notes") {
				t.Errorf("the page says %s", text)
			}
		}
	}, "status of 404")
}

// rebuiltIndex goes on typing while the index is built again.
func (b *browser) rebuiltIndex(t *testing.T) {
	b.t = t
	b.do(chromedp.Navigate(b.url+"/?q=refund"), chromedp.WaitVisible(chromedp.CSS("#_results .hit")))
	b.run("init", "--force")
	b.do(chromedp.SendKeys(chromedp.CSS("#_q"), " storm"))
	b.until(`location.search.includes("storm") && document.querySelectorAll("#_results .hit").length > 0`)
}

// noIndex takes the index away while pages are open, and brings it back: each says so, none is blank.
func (b *browser) noIndex(t *testing.T) {
	b.t = t
	b.do(chromedp.Navigate(b.url+"/"), chromedp.WaitVisible(chromedp.CSS("#_q")))
	aside := t.TempDir()
	all, err := filepath.Glob(filepath.Join(b.dir, ".amalfa", "amalfa.db*"))
	if err != nil || len(all) == 0 {
		t.Fatalf("%v: %v", all, err)
	}
	move := func(from, to string) {
		for _, file := range all {
			if err := os.Rename(filepath.Join(from, filepath.Base(file)), filepath.Join(to, filepath.Base(file))); err != nil {
				t.Fatal(err)
			}
		}
	}
	move(filepath.Join(b.dir, ".amalfa"), aside)
	b.expectFaults(func() {
		b.do(chromedp.SendKeys(chromedp.CSS("#_q"), "refund"))
		b.until(`document.querySelector("#_results").innerText.includes("there is no index yet")`)
		for _, view := range []string{"/", "/?q=refund", "/?view=graph", "/?view=health", "/doc/README.md"} {
			b.do(chromedp.Navigate(b.url+view), chromedp.WaitVisible(chromedp.CSS("footer")))
			b.until(`document.querySelector("main").innerText.includes("amalfa init")`)
		}
	}, "status of 503")
	move(aside, filepath.Join(b.dir, ".amalfa"))
	b.do(chromedp.Navigate(b.url+"/?q=refund"), chromedp.WaitVisible(chromedp.CSS("#_results .hit")))
}
