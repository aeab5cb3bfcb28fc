package edit_test

import (
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"
)

// A kind of vault: what marks it, where its notes lie, and how a link to the note with an id is written in the note from.
var kinds = map[string]struct {
	marks   map[string]string
	folders []string
	links   []func(from, to string) string
}{
	"plain":    {nil, []string{"", "a/", "a/b c/", "d/"}, []func(string, string) string{markdownLink, rootedLink, angleLink, wikiName, wikiPath, imageLink, definedLink}},
	"obsidian": {map[string]string{".obsidian/app.json": "{}"}, []string{"", "a/", "a/b c/", "d/"}, []func(string, string) string{markdownLink, angleLink, wikiName, wikiPath, embed, imageLink}},
	"logseq":   {map[string]string{"logseq/config.edn": "{}"}, []string{"pages/"}, []func(string, string) string{wikiPage, markdownLink}},
	"dendron":  {map[string]string{"dendron.yml": "workspace:\n  vaults:\n  - fsPath: v\n"}, []string{"v/"}, []func(string, string) string{wikiPage, labelled}},
	"hugo":     {map[string]string{"hugo.toml": "baseURL='x'\n"}, []string{"content/", "content/p/", "content/q/"}, []func(string, string) string{markdownLink, shortcode}},
}

func stem(id string) string { return strings.TrimSuffix(path.Base(id), ".md") }

func relative(from, to string) string {
	up := strings.Repeat("../", strings.Count(from, "/"))
	if path.Dir(from) == path.Dir(to) {
		return path.Base(to)
	}
	return up + to
}

func markdownLink(from, to string) string {
	return "[x](" + strings.ReplaceAll(relative(from, to), " ", "%20") + "#h)"
}
func rootedLink(_, to string) string   { return "[x](/" + strings.ReplaceAll(to, " ", "%20") + ")" }
func angleLink(from, to string) string { return "[x](<" + relative(from, to) + "> 't')" }
func imageLink(from, to string) string { return "![x](<" + relative(from, to) + ">)" }
func wikiName(_, to string) string     { return "[[" + stem(to) + "|t]]" }
func wikiPage(_, to string) string     { return "[[" + stem(to) + "]]" }
func wikiPath(_, to string) string     { return "[[" + strings.TrimSuffix(to, ".md") + "#h]]" }
func embed(_, to string) string        { return "![[" + stem(to) + "]]" }
func labelled(_, to string) string     { return "[[t|" + stem(to) + "#h]]" }
func shortcode(_, to string) string {
	return "{{< ref \"/" + strings.TrimPrefix(to, "content/") + "\" >}}"
}
func definedLink(from, to string) string {
	return fmt.Sprintf("[r][%s]\n\n[%s]: <%s>\n", to, to, relative(from, to))
}

// TestMovesKeepEveryLink moves notes of generated vaults to and fro: all links lead to the same notes as before, and none breaks.
func TestMovesKeepEveryLink(t *testing.T) {
	for name, kind := range kinds {
		for seed := range uint64(6) {
			t.Run(fmt.Sprint(name, seed), func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 0))
				var ids []string
				for i := range 8 {
					ids = append(ids, fmt.Sprintf("%sn%d%s.md", kind.folders[r.IntN(len(kind.folders))], i%6, []string{"", " x", "é"}[r.IntN(3)]))
				}
				slices.Sort(ids)
				ids = slices.Compact(ids)
				files := map[string]string{}
				for k, v := range kind.marks {
					files[k] = v
				}
				for _, from := range ids {
					text := ""
					for range 6 {
						text += "- " + kind.links[r.IntN(len(kind.links))](from, ids[r.IntN(len(ids))]) + "\n"
					}
					files[from] = text
				}
				f := newFolder(t, files)
				for range 4 {
					from := ids[r.IntN(len(ids))]
					to := fmt.Sprintf("%sm%d%s.md", kind.folders[r.IntN(len(kind.folders))], r.IntN(100), []string{"", " (y)", "ß"}[r.IntN(3)])
					if slices.Contains(ids, to) {
						continue
					}
					before := f.edges(ids)
					texts := fmt.Sprint(before)
					plan := f.move(from, to)
					i := slices.Index(ids, from)
					ids[i] = to
					after := f.edges(ids)
					for old, edges := range before {
						at := old
						if old == from {
							at = to
						}
						for j := range edges {
							edges[j] = strings.ReplaceAll(edges[j]+"\n", " "+from+"\n", " "+to+"\n")
							edges[j] = strings.TrimSuffix(edges[j], "\n")
						}
						self := func(edge string) bool { return strings.HasSuffix(edge, " "+at) } // a path to the note itself makes no edge
						edges = slices.DeleteFunc(edges, self)
						slices.Sort(edges)
						now := slices.DeleteFunc(slices.Sorted(slices.Values(after[at])), self)
						if !slices.Equal(edges, now) && len(plan.Left) == 0 {
							t.Fatalf("%s → %s: %s leads to\n%q, before\n%q\n%s\n%v\n%s", from, to, at, now, edges, f.read(at), plan.Told, texts)
						}
						if len(plan.Left) > 0 {
							t.Logf("left: %+v", plan.Left)
						}
					}
				}
			})
		}
	}
}
