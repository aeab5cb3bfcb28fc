package ingest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os/exec"
	"path"
	"strings"
	"testing"
	"time"

	"amalfa/testdata/assets"
)

// An obsidianVault is written as Obsidian itself writes links: by the shortest path that is unique.
type obsidianVault struct {
	*generator
	ids, attachments []string
	count            map[string]int // of files with one name
}

func newObsidianVault(seed uint64) *obsidianVault {
	v := &obsidianVault{generator: newGenerator(seed), count: make(map[string]int)}
	v.files[".obsidian/app.json"] = "{}"
	for i := range generatedNotes {
		folder := pick(v.generator, []string{"", "Areas/", "Areas/Sea/", "Projects/", "Projects/Old ones/", "Zettel/"})
		id := folder + v.words(1+i%3) + ".md"
		switch {
		case i%10 == 0:
			id = fmt.Sprintf("%sproject %d/Overview.md", folder, i)
		case i%10 == 1:
			id = "Daily/" + time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i).Format(time.DateOnly) + ".md"
		}
		v.add(id)
		v.say(id, "# "+v.words(2), "", "Some text. ^block"+fmt.Sprint(i), "")
	}
	for i := range 40 {
		id := fmt.Sprintf("%sFigure %d.%s", pick(v.generator, []string{"attachments/", "Areas/"}), i, pick(v.generator, []string{"png", "pdf", "canvas", "m4a"}))
		v.attachments = append(v.attachments, id)
		v.count[path.Base(id)]++
		v.files[id] = `{"nodes":[],"edges":[]}`
	}
	return v
}

func (v *obsidianVault) add(id string) {
	v.ids = append(v.ids, id)
	v.count[path.Base(id)]++
	v.lines[id] = nil
}

// name is how Obsidian writes a file: its name where only one has it, else its path from the root of the vault.
func (v *obsidianVault) name(id string) string {
	if v.count[path.Base(id)] == 1 {
		return strings.TrimSuffix(path.Base(id), ".md")
	}
	return strings.TrimSuffix(id, ".md")
}

// write gives every note a few links.
func (v *obsidianVault) write() {
	for i, from := range v.ids {
		for range 4 {
			v.wikilink(from, pick(v.generator, v.ids))
		}
		v.markdown(from, pick(v.generator, v.ids))
		figure := pick(v.generator, v.attachments)
		v.link(from, figure, "A picture: ![[%s|100]]", v.name(figure))
		v.link(from, "", "A note of tomorrow: [[Not there %d]]", i)
		v.say(from, "`[["+v.name(pick(v.generator, v.ids))+"]]` is code, and here [[#A heading]] and [[#^block1]].", "")
	}
}

func (v *obsidianVault) wikilink(from, to string) {
	name := v.name(to)
	form := pick(v.generator, []string{
		"See [[%s]].", "See [[%s|the other one]].", "See [[%s#A heading]].", "See [[%s#^block1|there]].", "An embed: ![[%s]]", "![[%s#A heading]]",
		"- [ ] a task for [[%s]]", "> quoted [[%s]]", "| a | [[%s\\|b]] |", "**[[%s]]**", "[[%s.md]]", "See ([[%s]]), and so on.",
	})
	v.link(from, to, form, name)
}

// markdown writes what the setting "use Markdown links" makes of a link.
func (v *obsidianVault) markdown(from, to string) {
	dest := (&url.URL{Path: v.name(to) + ".md"}).EscapedPath()
	v.link(from, to, pick(v.generator, []string{"See [text](%s).", "See [text](%s#A%%20heading)."}), strings.ReplaceAll(dest, "./", ""))
}

// Links of an Obsidian vault lead where Obsidian leads.
func TestObsidianVault(t *testing.T) {
	v := newObsidianVault(1)
	v.write()
	v.check(t)
}

// TestObsidianTools holds the edges of a vault against those of obsidiantools, whose graph has wikilinks only. Where the two differ,
// Obsidian is with us: it knows names in any case, names with "&", and links in Markdown.
func TestObsidianTools(t *testing.T) {
	python := assets.Python(t, "obsidiantools==0.11.0")
	v := newObsidianVault(6)
	v.write()
	excused := make(map[[2]string]bool) // edges that obsidiantools does not make
	for at, target := range v.want {
		excused[[2]string{at.note, target}] = true
	}
	for at, target := range v.want {
		if line := v.lines[at.note][at.line-1]; !strings.Contains(line, "](") && !strings.Contains(line, "&") {
			delete(excused, [2]string{at.note, target})
		}
	}
	for _, from := range v.ids[:50] {
		to := pick(v.generator, v.ids)
		v.link(from, to, "In another case: [[%s]]", strings.ToLower(v.name(to)))
		excused[[2]string{from, to}] = true
	}
	w := newWorkspace(t, v.all())
	w.opts.Embedder = nil
	w.run()
	ours := make(map[[2]string]bool)
	for at, targets := range w.links() {
		for _, target := range targets {
			ours[[2]string{at.note, target}] = true
		}
	}
	out, err := exec.Command(python, "testdata/obsidian_edges.py", w.root).Output()
	if err != nil {
		t.Fatal(err)
	}
	var theirs [][2]string
	if err := json.Unmarshal(out, &theirs); err != nil {
		t.Fatal(err)
	}
	both := 0
	for _, edge := range theirs {
		if !ours[edge] {
			t.Errorf("only obsidiantools has %q", edge)
		}
		both++
		delete(ours, edge)
	}
	for edge := range ours {
		if !excused[edge] {
			t.Errorf("only the index has %q", edge)
		}
	}
	t.Logf("%d edges in both, %d in the index alone: Markdown links, names in another case or with \"&\"", both, len(ours))
	if both < generatedNotes {
		t.Errorf("%d edges in both", both)
	}
}
