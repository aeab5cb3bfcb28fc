package ingest_test

import (
	"fmt"
	"strings"
	"testing"
)

// A dendronNote is a note of one of two vaults, named by its place in the hierarchy.
type dendronNote struct{ vault, name string }

func (n dendronNote) file() string { return n.vault + "/" + n.name + ".md" }

const dendronConfig = `version: 5
workspace:
    vaults:
        - fsPath: first
        - fsPath: dependencies/second
          name: other
`

// newDendronWorkspace makes hierarchies that both vaults share in part.
func newDendronWorkspace(g *generator) (notes []dendronNote) {
	g.files["dendron.yml"] = dendronConfig
	for i := range generatedNotes {
		n := dendronNote{pick(g, []string{"first", "dependencies/second"}), fmt.Sprintf("%s.%s.topic-%d", pick(g, []string{"proj", "dev", "ref.v1"}), pick(g, []string{"go", "sql.md", "2024.03.05"}), i)}
		notes = append(notes, n)
		if i%5 == 0 {
			other := map[string]string{"first": "dependencies/second", "dependencies/second": "first"}[n.vault]
			notes = append(notes, dendronNote{other, n.name})
		}
		if i%7 == 0 {
			notes = append(notes, dendronNote{n.vault, n.name + ".child"})
		}
	}
	for i, n := range notes {
		g.say(n.file(), "---", fmt.Sprintf("id: id%dx", i), "title: A note", "---", "", "# Start", "")
	}
	return notes
}

// reach is where a name leads from a note: to the vault of that note first.
func reach(exists map[dendronNote]bool, from, to dendronNote) dendronNote {
	if own := (dendronNote{from.vault, to.name}); exists[own] {
		return own
	}
	return to
}

// Links of a Dendron workspace lead where Dendron leads.
func TestDendronWorkspace(t *testing.T) {
	g := newGenerator(3)
	notes := newDendronWorkspace(g)
	exists := make(map[dendronNote]bool)
	for _, n := range notes {
		exists[n] = true
	}
	names := map[string]string{"first": "first", "dependencies/second": "other"}
	for _, from := range notes {
		for range 4 {
			to := pick(g, notes)
			form := pick(g, []string{
				"See [[%s]].", "See [[the other one|%s]].", "See [[%s#start]].", "See [[A, label|%s#start]].", "![[%s]]", "![[%s#start:#end]]", "![[%s#start,1:#*]]",
				"- [[v1.2|%s]]", "[[%s#^block]]", "[[dev.go|%s]]",
			})
			g.link(from.file(), reach(exists, from, to).file(), form, to.name)
		}
		across := pick(g, notes)
		g.link(from.file(), across.file(), pick(g, []string{"[[dendron://%s/%s]]", "[[there|dendron://%s/%s#start]]", "![[dendron://%s/%s]]"}), names[across.vault], across.name)
		g.link(from.file(), "", "[[%s.missing]]", pick(g, notes).name)
		g.link(from.file(), "", "[[%s]]", strings.TrimSuffix(pick(g, notes).name, ".child")[1:])
		g.say(from.file(), "`[["+pick(g, notes).name+"]]` and [[#start]]", "")
	}
	g.check(t)
}
