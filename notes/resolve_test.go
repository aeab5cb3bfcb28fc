package notes

import (
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func (n Name) Name() Name { return n }

func TestKeys(t *testing.T) {
	n := Name{ID: "docs/Tide Tables 2.0.md", Title: "Version 1.5", Aliases: []string{"The Countess", "AL/1", "🌊"}}
	want := []string{"1", "docs-tide-tables-2-0", "the-countess", "tide-tables-2-0", "version-1-5", "🌊"}
	if d := cmp.Diff(want, n.Keys()); d != "" {
		t.Error(d)
	}
}

// tree makes names of lines "path", "path = title" or "path = title | alias | alias", and files of the rest; "?path" is known by its
// path alone.
func tree(lines string) (names []Name, files []File) {
	for line := range strings.Lines(lines) {
		id, rest, _ := strings.Cut(strings.TrimSpace(line), " = ")
		parts := strings.Split(rest, " | ")
		switch {
		case id == "":
		case strings.HasPrefix(id, "?"):
			files = append(files, File{ID: id[1:], PathOnly: true})
		case strings.HasSuffix(id, "/") || strings.HasPrefix(id, "!"):
			files = append(files, File{ID: strings.TrimPrefix(id, "!")})
		default:
			names = append(names, Name{ID: id, Title: parts[0], Aliases: parts[1:]})
		}
	}
	return names, files
}

// filed is what an index hands to a resolver: what is filed under the key of a reference, in any order.
func filed(names []Name, files []File, ref string) *Resolver {
	var n []Name
	var f []File
	for _, i := range rand.Perm(len(names)) {
		if strings.Contains("\x00"+strings.Join(names[i].Keys(), "\x00")+"\x00", "\x00"+Key(ref)+"\x00") {
			n = append(n, names[i])
		}
	}
	for _, i := range rand.Perm(len(files)) {
		if Key(files[i].ID) == Key(ref) {
			f = append(f, files[i])
		}
	}
	return NewResolver(n, f)
}

// A link is "[[…]]" or a destination, with the note it stands in before it.
func follow(v Vault, lines, link string) string {
	names, files := tree(lines)
	from, written, _ := strings.Cut(link, " ")
	to, ok := v.Destination(from, written)
	if inner, wiki := strings.CutPrefix(written, "[["); wiki {
		to, ok = v.Wikilink(from, strings.TrimSuffix(inner, "]]"))
	}
	if !ok {
		return "none"
	}
	return filed(names, files, to.Name).Linked(from, to).ID
}

func TestLinks(t *testing.T) {
	for _, tt := range []struct {
		name, tree string
		want       map[string]string // "note link" → where it leads; "" is broken, "none" is no link
	}{
		{"paths of wikilinks", "Note.md\nsub/Note.md\nsub/deep/s.md\nsub/Only.md\nother/Else.md", map[string]string{
			"sub/s.md [[../Note]]": "Note.md", "sub/s.md [[./Note]]": "sub/Note.md", "sub/s.md [[/Note]]": "Note.md", "sub/s.md [[/sub/Note]]": "sub/Note.md",
			"sub/s.md [[../Only]]": "", "sub/s.md [[/Only]]": "", "s.md [[./Only]]": "", "s.md [[../Note]]": "", "sub/deep/s.md [[../../Note.md#top|x]]": "Note.md",
			"sub/deep/s.md [[../Only]]": "sub/Only.md", "sub/s.md [[../../../Note]]": "", "sub/s.md [[/../Note]]": "", "s.md [[./Else]]": "",
			"sub/s.md [[../note]]": "Note.md", "sub/s.md [[../other/else]]": "other/Else.md", "sub/s.md [[..]]": "", "sub/s.md [[./missing/Note]]": "",
		}},
		{"paths of links", "Note.md\nsub/Note.md\nsub/Only.md\ntop.md = Top", map[string]string{
			"s.md missing/Note.md": "", "s.md ../Note.md": "", "sub/s.md ../Note.md": "Note.md", "sub/s.md Note.md": "sub/Note.md", "s.md Only.md": "",
			"sub/s.md /Note.md": "Note.md", "sub/s.md /Note": "Note.md", "sub/s.md ../Note": "Note.md", "s.md missing/Note": "", "s.md ./Only": "",
			"s.md Only": "sub/Only.md", "sub/s.md Top": "top.md", "s.md note.md": "Note.md", "s.md NOTE": "Note.md", "s.md sub/only.MD": "sub/Only.md",
			"s.md SUB/Only.md": "sub/Only.md", "s.md https://x.y/Note.md": "none", "s.md mailto:a@b.c": "none", "s.md #top": "none",
		}},
		{"dots are no extensions", "v1.md\nv1.2.md\nsub/v1.2-notes.md\ndendron.md\ndendron.ref.md\ndendron.ref.commands.md\nv1.2.3\nnode.js.md", map[string]string{
			"s.md [[v1.2]]": "v1.2.md", "s.md [[v1]]": "v1.md", "s.md v1.2": "v1.2.md", "s.md v1.2-notes": "sub/v1.2-notes.md", "s.md sub/v1.2-notes": "sub/v1.2-notes.md",
			"s.md [[dendron.ref.commands]]": "dendron.ref.commands.md", "s.md [[dendron.ref]]": "dendron.ref.md", "s.md [[dendron.ref.other]]": "",
			"s.md [[v1.2.md]]": "v1.2.md", "s.md [[v1.3]]": "", "s.md [[v1.2.3]]": "v1.2.3", "s.md [[Node.js]]": "node.js.md", "s.md [[node]]": "",
			"s.md [[V1.2]]": "v1.2.md", "s.md v1.2.md": "v1.2.md",
		}},
		{"the exact file name wins", "a.md\na.md.md\nb.MD\nc.mdx\nc.markdown\nd.md = x | e\ne.md = e", map[string]string{
			"s.md [[a]]": "a.md", "s.md [[a.md]]": "a.md", "s.md [[a.md.md]]": "a.md.md", "s.md b": "b.MD", "s.md [[b.md]]": "b.MD", "s.md c": "c.mdx",
			"s.md [[c.markdown]]": "c.markdown", "s.md [[e]]": "e.md", "s.md c.md": "",
		}},
		{"case and composition", "Note.md\nÜber Uns.md\nCafe\u0301.md\nΣίσυφος.md\nΝέα/Α.md", map[string]string{
			"s.md [[note]]": "Note.md", "s.md NOTE.MD": "Note.md", "s.md über%20uns.md": "Über Uns.md", "s.md [[ÜBER UNS]]": "Über Uns.md",
			"s.md Café.md": "Cafe\u0301.md", "s.md [[caf\u00e9]]": "Cafe\u0301.md", "s.md CAF%C3%89": "Cafe\u0301.md", "s.md U\u0308ber%20Uns.md": "Über Uns.md",
			"s.md [[νέα/α]]": "Νέα/Α.md", "s.md cafe.md": "",
		}},
		{"folders", "sub/index.md\nsub/x.md\ndocs/README.md\ndocs/a.md\nREADME.md\nboth/index.md\nboth/readme.md\nboth.md\nempty/\n./\nblog/_index.md\np/page.md", map[string]string{
			"s.md sub/": "sub/index.md", "s.md sub": "sub/index.md", "s.md [[sub]]": "sub/index.md", "s.md [[sub/]]": "sub/index.md", "s.md docs": "docs/README.md",
			"docs/a.md ../": "README.md", "docs/a.md ..": "README.md", "docs/a.md ./": "docs/README.md", "docs/a.md .": "docs/README.md", "s.md /": "README.md",
			"s.md both/": "both/index.md", "s.md both": "both.md", "s.md empty/": "empty/", "s.md empty": "empty/", "s.md [[empty]]": "", "s.md nothing/": "",
			"s.md blog": "blog/_index.md", "s.md Docs/": "docs/README.md", "s.md p/page/": "p/page.md", "docs/a.md ../sub/#part": "sub/index.md",
		}},
		{"nearest of several", "Note.md\na/Note.md\na/b/Note.md\nc/d/Note.md\nlong/folder/Note.md\nx.md = Note", map[string]string{
			"s.md [[Note]]": "Note.md", "a/s.md [[Note]]": "a/Note.md", "a/b/c/s.md [[Note]]": "a/b/Note.md", "c/s.md [[Note]]": "Note.md", "c/d/e/f/s.md [[note]]": "c/d/Note.md",
			"s.md [[b/Note]]": "a/b/Note.md", "s.md [[folder/Note]]": "long/folder/Note.md", "c/d/s.md [[a/Note]]": "a/Note.md", "a/s.md Note": "a/Note.md", "z/s.md Note": "Note.md",
		}},
		{"titles and aliases", "a.md = Tide Tables | TT | The Tide\nb.md = Moon\nMoon Phases.md\nr/d.md = R&D | C++ | TCP/IP\nC.md", map[string]string{
			"s.md [[tide tables]]": "a.md", "s.md [[TT]]": "a.md", "s.md [[Moon]]": "b.md", "s.md [[moon-phases]]": "Moon Phases.md", "s.md [[R&D]]": "r/d.md",
			"s.md [[C++]]": "r/d.md", "s.md [[c#]]": "C.md", "s.md [[TCP/IP]]": "r/d.md", "s.md The%20Tide": "a.md", "s.md [[c--]]": "",
		}},
		{"files that are no notes", "s.md\n!a.pdf\n!img/Photo 1.PNG\n!sub/a.pdf\nlit.pdf.md\n!lit.pdf\n!Makefile\nMakefile.md\n!LICENSE\n?private/secret.md\n!big.md\n?x.png\n", map[string]string{
			"s.md a.pdf": "a.pdf", "s.md [[a.pdf]]": "a.pdf", "sub/s.md [[a.pdf]]": "sub/a.pdf", "sub/s.md a.pdf": "sub/a.pdf", "s.md [[photo 1.png]]": "img/Photo 1.PNG",
			"s.md img/photo%201.png": "img/Photo 1.PNG", "s.md [[photo 1]]": "", "s.md b.pdf": "", "s.md [[lit.pdf]]": "lit.pdf", "s.md lit.pdf": "lit.pdf",
			"s.md [[Makefile]]": "Makefile.md", "s.md Makefile": "Makefile", "s.md LICENSE": "LICENSE", "s.md [[license]]": "LICENSE", "sub/s.md ../LICENSE": "LICENSE",
			"s.md private/secret.md": "private/secret.md", "s.md [[private/secret]]": "private/secret.md", "s.md [[secret]]": "", "s.md [[secret.md]]": "",
			"s.md [[big]]": "big.md", "s.md big.md": "big.md", "sub/s.md photo.png": "", "sub/s.md [[x.png]]": "", "sub/s.md LICENSE": "",
		}},
		{"no names", "a.md", map[string]string{"s.md [[]]": "none", "s.md [[|x]]": "none", "s.md [[#a]]": "none", "s.md [[https://a.b/c]]": "none", "s.md [[a: b]]": "", "s.md [[ a\\|x]]": "a.md", "s.md [[a#b|c]]": "a.md"}},
		{"a hash at the end", "C#.md\nF.md\nsub/D.md\nsub/D#.md", map[string]string{
			"s.md [[C#]]": "C#.md", "s.md [[c#|sharp]]": "C#.md", "s.md C%23.md": "C#.md", "s.md [[F#]]": "F.md", "s.md [[./sub/D#]]": "sub/D#.md", "s.md [[C]]": "",
			"s.md [[./F#]]": "F.md", "s.md [[#]]": "none", "s.md F.md#": "F.md", "s.md [[G#]]": "", "s.md [[D#x]]": "sub/D.md",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for link, want := range tt.want {
				if got := follow(Vault{}, tt.tree, link); got != want {
					t.Errorf("%s leads to %q, want %q", link, got, want)
				}
			}
		})
	}
}

// Obsidian: the full path, then what lies in or below the folder of the link, then the shorter path; case never counts.
func TestObsidianChooses(t *testing.T) {
	names, files := tree("Note.md\na/Note.md\na/deep/er/Note.md\nb/note.md\na/One.md\na/b/One.md\nlonger/One.md\nz/Title.md = Alpha | Beta\nsub/index.md\nREADME.md\na/README.md\na/b/README.md\n!img/a.png\n!a/img/a.png")
	for link, want := range map[string]string{
		"a/s.md Note": "Note.md", "a/s.md note": "Note.md", "a/b/s.md One": "a/b/One.md", "q/s.md One": "a/One.md", "longer/s.md one": "longer/One.md",
		"a/s.md deep/er/Note": "a/deep/er/Note.md", "s.md a/Note": "a/Note.md", "s.md Alpha": "z/Title.md", "s.md beta": "z/Title.md", "s.md sub": "",
		"s.md a.png": "img/a.png", "a/s.md a.png": "a/img/a.png", "s.md A/NOTE.MD": "a/Note.md", "s.md None": "",
		"a/s.md README": "README.md", "a/s.md b/README": "a/b/README.md", "a/s.md index": "sub/index.md",
	} {
		from, name, _ := strings.Cut(link, " ")
		if got := filed(names, files, name).Linked(from, Target{Name: name, Rule: ByObsidian}); got.ID != want {
			t.Errorf("%s leads to %q, want %q", link, got.ID, want)
		}
	}
}

// A destination of Markdown in Obsidian is a path from the note's folder where there is one, as for all other readers of Markdown.
func TestObsidianPaths(t *testing.T) {
	names, files := tree("Note.md\na/Note.md\na/sub/One.md\nsub/One.md\n!img/a.png\n!a/img/a.png")
	for link, want := range map[string]string{
		"a/s.md Note.md": "a/Note.md", "a/s.md note": "a/Note.md", "b/s.md Note.md": "Note.md", "a/s.md sub/One.md": "a/sub/One.md", "b/s.md sub/One.md": "sub/One.md",
		"a/sub/s.md img/a.png": "img/a.png", "a/s.md img/a.png": "a/img/a.png", "a/s.md None.md": "",
	} {
		from, name, _ := strings.Cut(link, " ")
		if got := filed(names, files, name).Linked(from, Target{Name: name, Rule: ByObsidianPath}); got.ID != want {
			t.Errorf("%s leads to %q, want %q", link, got.ID, want)
		}
	}
}

// In a vault "/" is its folder, and names mean its notes alone.
func TestVaultRoot(t *testing.T) {
	const notes = "Note.md\nvault/Note.md\nvault/sub/Other.md\nother/Far.md"
	for link, want := range map[string]string{
		"vault/sub/s.md [[/Note]]": "vault/Note.md", "vault/sub/s.md /Note.md": "vault/Note.md", "vault/sub/s.md [[Note]]": "vault/Note.md",
		"vault/s.md [[sub/Other]]": "vault/sub/Other.md", "vault/s.md [[Far]]": "", "vault/s.md ../other/Far.md": "other/Far.md", "vault/s.md [[/../Note]]": "Note.md",
	} {
		if got := follow(Vault{Root: "vault"}, notes, link); got != want {
			t.Errorf("%s leads to %q, want %q", link, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	names, files := tree(`docs/README.md = Documentation
		README.md = Start here
		notes/Café.md = Espresso | Ristretto/x
		docs/foo.bar.md
		sub/a.md
		!sub/a.pdf`)
	for ref, want := range map[string]string{
		"README.md": "README.md", "readme": "README.md docs/README.md", "docs/readme": "docs/README.md", "start HERE": "README.md", "cafe": "notes/Café.md",
		"notes/Cafe\u0301.md": "notes/Café.md", "ristretto/x": "notes/Café.md", "docs-foo-bar": "docs/foo.bar.md", "ADME.md": "", "": "", "a.pdf": "",
		"./sub/a.md": "sub/a.md", "/sub/a": "sub/a.md", "./a": "", "/README": "README.md", "./": "README.md", "docs": "docs/README.md", "docs/": "docs/README.md",
		"../README.md": "", "./sub/a.pdf": "", "/docs": "docs/README.md",
	} {
		if got := strings.Join(filed(names, files, ref).Find(ref), " "); got != want {
			t.Errorf("%q finds %q, want %q", ref, got, want)
		}
	}
}

func TestRivals(t *testing.T) {
	names, files := tree("Note.md\na/Note.md\nNOTE.md\nOnly.md\n!Note.pdf")
	for ref, want := range map[string][]string{"Note": {"Note.md", "a/Note.md"}, "note": {"NOTE.md", "Note.md", "a/Note.md"}, "Only": nil, "a/Note": nil, "None": nil} {
		if d := cmp.Diff(want, filed(names, files, ref).Rivals(Target{Name: ref})); d != "" {
			t.Errorf("%s: %s", ref, d)
		}
	}
	if got := filed(names, files, "Note").Rivals(Target{Name: "Note.md", Rule: ByPath}); got != nil {
		t.Errorf("a path has rivals: %q", got)
	}
}

// FuzzResolve: whatever is asked for, what is found is there, and does not depend on the order in which it was filed.
func FuzzResolve(f *testing.F) {
	for _, s := range []string{"[[../Note]]", "v1.2-notes", "[[a/b#c|d]]", "../..", "/", "[[//]]", "%2e%2e/x", "[[.\\]]", "sub//index.md", "[[é]]"} {
		f.Add("sub/s.md", s, "Note.md\nsub/Note.md = T | A\n!x.pdf\nsub/\nE\u0301.md")
	}
	f.Fuzz(func(t *testing.T, from, written, lines string) {
		names, files := tree(lines)
		v := Vault{}
		for _, read := range []func(string, string) (Target, bool){v.Wikilink, v.Destination} {
			to, ok := read(from, written)
			if !ok {
				continue
			}
			for rule := ByName; rule <= ByFile; rule++ {
				to.Rule = rule
				a, b := filed(names, files, to.Name).Linked(from, to), filed(names, files, to.Name).Linked(from, to)
				if a != b || a.ID != "" && !strings.Contains(lines, a.ID) {
					t.Fatalf("%+v: %+v, %+v", to, a, b)
				}
			}
		}
	})
}

// The nearest is the one that comparing with all finds.
func TestNearest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	folder := func() string {
		var b strings.Builder
		for range r.IntN(4) {
			b.WriteString([]string{"a/", "b/", "long/"}[r.IntN(3)])
		}
		return b.String()
	}
	for range 2000 {
		from := folder() + "s.md"
		var m meaning
		for range 1 + r.IntN(6) {
			m.all = append(m.all, newCandidate(Name{ID: folder() + "N.md"}, nil))
		}
		for _, rule := range []Rule{ByName, ByObsidian} {
			want := slices.MinFunc(m.all, func(x, y candidate) int {
				far := apart(from, x.ID) - apart(from, y.ID)
				if rule == ByObsidian {
					in := func(c candidate) int {
						if path.Dir(from) == "." || strings.HasPrefix(c.ID, path.Dir(from)+"/") {
							return 0
						}
						return 1
					}
					far = in(x) - in(y)
				}
				if far == 0 {
					far = shorter(x, y)
				}
				return far
			})
			m.best = nil
			if got := m.nearest(rule, from); got.ID != want.ID {
				t.Fatalf("from %s by rule %d: %s, want %s", from, rule, got.ID, want.ID)
			}
		}
	}
}
