package notes

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// aFolder is a folder by the names of its files and what they say; a name that ends with "/" is a folder.
type aFolder map[string]string

func (f aFolder) Has(name string) bool {
	for path := range f {
		if path == name || strings.HasPrefix(path, name+"/") {
			return true
		}
	}
	return false
}

func (f aFolder) Read(name string) []byte { return []byte(f[name]) }

func TestDetect(t *testing.T) {
	site := map[string]string{"content/a.md": ""}
	with := func(files ...string) aFolder {
		f := aFolder{}
		for i := 0; i < len(files); i += 2 {
			f[files[i]] = files[i+1]
		}
		for name := range site {
			f[name] = ""
		}
		return f
	}
	for _, tt := range []struct {
		name   string
		folder aFolder
		want   Dialect
		ok     bool
	}{
		{"nothing", aFolder{"a.md": ""}, Plain, false},
		{"Obsidian", aFolder{".obsidian/app.json": "{}"}, Obsidian, true},
		{"an empty .obsidian", aFolder{".obsidian/": ""}, Obsidian, true},
		{"Dendron", aFolder{"dendron.yml": ""}, Dendron, true},
		{"Dendron, opened in Obsidian", aFolder{"dendron.yml": "", ".obsidian/app.json": "{}"}, Dendron, true},
		{"one vault of Dendron alone", aFolder{"root.schema.yml": ""}, Dendron, true},
		{"Logseq", aFolder{"logseq/config.edn": ""}, Logseq, true},
		{"Logseq without its settings", aFolder{"logseq/custom.css": "", "pages/a.md": "", "journals/2024_01_01.md": ""}, Logseq, true},
		{"a folder called logseq", aFolder{"logseq/a.md": "", "pages/a.md": ""}, Plain, false},
		{"hugo.toml", aFolder{"hugo.toml": ""}, Hugo, true},
		{"hugo.yaml", aFolder{"hugo.yaml": ""}, Hugo, true},
		{"hugo.json, broken", aFolder{"hugo.json": "{"}, Hugo, true},
		{"config/_default", with("config/_default/hugo.toml", ""), Hugo, true},
		{"older Hugo", with("config.toml", "baseURL = 'https://example.org'"), Hugo, true},
		{"older Hugo in YAML", with("config.yaml", "baseurl: https://example.org\n"), Hugo, true},
		{"older Hugo in JSON", with("config.json", `{"theme": "x"}`), Hugo, true},
		{"settings of another program", with("config.toml", "[server]\nport = 1"), Plain, false},
		{"no content", aFolder{"config.toml": "baseURL = ''"}, Plain, false},
		{"Zola", with("config.toml", "base_url = 'https://example.org'\n[markdown]\n"), Zola, true},
		{"zola.toml", aFolder{"zola.toml": ""}, Zola, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, ok := Detect(Vault{}, "docs", tt.folder)
			if ok != tt.ok || v.Dialect != tt.want || ok && v.Root != "docs" {
				t.Errorf("%v %q, %v, want %v", v.Dialect, v.Root, ok, tt.want)
			}
			for name := range tt.folder {
				first, rest, _ := strings.Cut(name, "/")
				if ok && !strings.HasSuffix(name, ".md") && !IsMarker(first) && !IsMarker(rest[strings.LastIndexByte(rest, '/')+1:]) && first != "content" && first != "config" {
					t.Errorf("%s is no marker", name)
				}
			}
		})
	}
}

// A vault inside of another counts, but for what belongs to the outer one.
func TestDetectInside(t *testing.T) {
	logseq := aFolder{"logseq/config.edn": "", "pages/a.md": "", "journals/b.md": ""}
	for _, tt := range []struct {
		name   string
		outer  Vault
		root   string
		folder aFolder
		want   bool
	}{
		{"Logseq's copies", Vault{Dialect: Logseq, Root: "g"}, "g/logseq/bak", logseq, false},
		{"Logseq's own folder", Vault{Dialect: Logseq}, "logseq", logseq, false},
		{"a graph in a graph", Vault{Dialect: Logseq, Root: "g"}, "g/other", logseq, true},
		{"a vault of a Dendron workspace", Vault{Dialect: Dendron}, "vault", aFolder{"root.schema.yml": ""}, false},
		{"a Dendron workspace in another", Vault{Dialect: Dendron}, "vault", aFolder{"dendron.yml": ""}, true},
	} {
		if _, ok := Detect(tt.outer, tt.root, tt.folder); ok != tt.want {
			t.Errorf("%s: %v", tt.name, ok)
		}
	}
}

func TestJournalTitles(t *testing.T) {
	day := time.Date(2024, 3, 5, 0, 0, 0, 0, time.UTC)
	for pattern, want := range map[string]string{
		"do MMM yyyy": "5th Mar 2024", "do MMMM yyyy": "5th March 2024", "MMM do, yyyy": "Mar 5th, 2024", "MMMM do, yyyy": "March 5th, 2024",
		"E, dd-MM-yyyy": "Tue, 05-03-2024", "EEE, yyyy/MM/dd": "Tue, 2024/03/05", "EEEE, dd.MM.yyyy": "Tuesday, 05.03.2024", "MM/dd/yyyy": "03/05/2024",
		"yyyy-MM-dd": "2024-03-05", "yyyy-MM-dd EEEE": "2024-03-05 Tuesday", "yyyy_MM_dd": "2024_03_05", "yyyyMMdd": "20240305", "yyyy年MM月dd日": "2024年03月05日",
		"d/M/yy": "5/3/24", "'day' d 'of' MMMM": "day 5 of March", "'open": "open", "": "", "QQ": "QQ",
	} {
		if got := formatDay(day, pattern); got != want {
			t.Errorf("%q: %q, want %q", pattern, got, want)
		}
	}
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 10: "10th", 11: "11th", 12: "12th", 13: "13th", 20: "20th", 21: "21st", 22: "22nd", 23: "23rd", 31: "31st"} {
		if got := nth(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestLogseqNames(t *testing.T) {
	plain, lowbar := readLogseq(nil), readLogseq([]byte(`{:file/name-format :triple-lowbar :journals-directory "days" :journal/page-title-format "dd-MM-yyyy"}`))
	for _, tt := range []struct {
		graph logseqGraph
		file  string
		want  []string
	}{
		{plain, "pages/Tide Tables.md", []string{"Tide Tables"}},
		{plain, "pages/a___b___c.md", []string{"a/b/c"}},
		{plain, "pages/a%2Fb.md", []string{"a/b"}},
		{plain, "pages/a.b.md", []string{"a.b", "a/b"}},
		{lowbar, "pages/a.b.md", []string{"a.b"}},
		{lowbar, "pages/What%3F A%3AB.md", []string{"What? A:B"}},
		{lowbar, "pages/100% of.md", []string{"100% of"}},
		{lowbar, "pages/%E6%BD%AE.md", []string{"潮"}},
		{lowbar, "pages/%FF.md", []string{"%FF"}},
		{lowbar, "pages/___a______b.md", []string{"a/b"}},
		{plain, "journals/2024_03_05.md", []string{"Mar 5th, 2024", "Mar 5th, 2024", "2024-03-05", "2024_03_05"}},
		{plain, "journals/2024-03-05.md", []string{"Mar 5th, 2024", "Mar 5th, 2024", "2024-03-05", "2024_03_05"}},
		{lowbar, "days/2024_03_05.md", []string{"05-03-2024", "Mar 5th, 2024", "2024-03-05", "2024_03_05"}},
		{lowbar, "journals/2024_03_05.md", []string{"2024_03_05"}},
		{plain, "journals/2024_13_05.md", []string{"2024_13_05"}},
	} {
		if d := cmp.Diff(tt.want, tt.graph.names(tt.file)); d != "" {
			t.Errorf("%s: %s", tt.file, d)
		}
	}
}

func TestEDN(t *testing.T) {
	for in, want := range map[string]map[string]string{
		`{:a "x" :b :y}`: {":a": "x", ":b": ":y"},
		"{:meta/version 1 ; :a \"no\"\n:a {:b \"inner\"}, :c \"out;side\" :d [1 {:e \"f\"}] :g \"h\"}": {":c": "out;side", ":g": "h"},
		`{:a "say \"x\"" :b true :c "d"}`: {":a": `say \"x\`, ":c": "d"},
		`{:a "open`:                       {":a": "open"},
		`:a "x"`:                          {},
		``:                                {},
		`{#_:a "no" :b #{:c :d} :e "f"}`:  {":e": "f"},
	} {
		if d := cmp.Diff(want, ednSettings([]byte(in))); d != "" {
			t.Errorf("%s: %s", in, d)
		}
	}
}

func TestDendronVaults(t *testing.T) {
	for name, tt := range map[string]struct {
		config string
		want   []dendronVault
	}{
		"newer":                                {"version: 5\nworkspace:\n    vaults:\n        -\n            fsPath: vault\n            name: main\n        - fsPath: deps/other\n", []dendronVault{{"main", "vault"}, {"other", "deps/other"}}},
		"older":                                {"vaults:\n- fsPath: .\n  name: here\n", []dendronVault{{"here", "."}}},
		"self-contained, of another workspace": {"workspace:\n  vaults:\n  - {fsPath: v, selfContained: true, workspace: deps}\n", []dendronVault{{"v", "deps/v/notes"}}},
		"outside":                              {"vaults: [{fsPath: ../x}, {fsPath: /etc}, {fsPath: ..}, {fsPath: a/../../x}, {name: none}]\n", nil},
		"broken":                               {"vaults: [", nil},
		"another shape":                        {"vaults: 1\n", nil},
		"deep":                                 {strings.Repeat("[", 100000), nil},
		"aliases":                              {strings.Replace(bomb(), "---\n", "", 1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, readDendron([]byte(tt.config)), cmp.AllowUnexported(dendronVault{})); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestContentDirs(t *testing.T) {
	for _, tt := range []struct {
		name, config string
		want         []string
	}{
		{"hugo.toml", "", []string{"content"}},
		{"hugo.toml", "contentDir = 'pages'", []string{"content", "pages"}},
		{"hugo.toml", "[languages.en]\ncontentDir = 'content/en'\n[languages.de]\ncontentdir = 'content/de'\n", []string{"content", "content/de", "content/en"}},
		{"hugo.yaml", "languages:\n  en: {contentDir: ../x}\n  de: 1\n", []string{"content"}},
		{"hugo.yaml", strings.Replace(bomb(), "---\n", "", 1), []string{"content"}},
		{"hugo.json", `{"contentDir": "/etc"}`, []string{"content"}},
		{"hugo.toml", "[module]\n[[module.mounts]]\nsource = 'content/en'\ntarget = 'content'\n[[module.mounts]]\nsource = 'x'\ntarget = 'assets'\n", []string{"content", "content/en"}},
		{"hugo.yaml", "module:\n  mounts:\n  - {source: docs, target: content}\n  - 1\n", []string{"content", "docs"}},
		{"hugo.toml", "=", []string{"content"}},
	} {
		if d := cmp.Diff(tt.want, readSite(tt.name, []byte(tt.config)).contentDirs()); d != "" {
			t.Errorf("%s %q: %s", tt.name, tt.config, d)
		}
	}
}

func TestShortcodes(t *testing.T) {
	for in, want := range map[string][]Shortcode{
		`[a]({{< ref "b.md" >}}) and {{% relref "c/d.md#e" %}}`: {{4, 13, "b.md"}, {28, 40, "c/d.md#e"}},
		"{{<ref `b`>}}": {{0, 8, "b"}}, "{{< ref b.md >}}": {{0, 8, "b.md"}}, `{{< ref path="b.md" lang="en" >}}`: {{0, 14, "b.md"}}, `{{< relref "b.md" "amp" >}}`: {{0, 12, "b.md"}},
		`{{</* ref "b.md" */>}}`: nil, `{{< figure src="b.png" >}}`: nil, `{{< refer "b" >}}`: nil, `{{< ref "b`: nil,
	} {
		if d := cmp.Diff(want, Shortcodes([]byte(in))); d != "" {
			t.Errorf("%s: %s", in, d)
		}
	}
}

// TestTargets has what is written in a note of each dialect, and what that means.
func TestTargets(t *testing.T) {
	dendron := Vault{Dialect: Dendron, Root: "d", dendron: []dendronVault{{"first", "one"}, {"other", "deps/two"}}}
	hugo := Vault{Dialect: Hugo, Root: "site", content: []string{"content", "content/en"}}
	zola := Vault{Dialect: Zola, content: []string{"content"}}
	logseq := Vault{Dialect: Logseq, Root: "g"}
	here := Vault{Dialect: Dendron, dendron: []dendronVault{{"here", "."}}}
	flat := Vault{Dialect: Hugo, content: []string{"."}}
	obsidian := Vault{Dialect: Obsidian, Root: "o"}
	for _, tt := range []struct {
		vault         Vault
		from, written string
		want          Target
	}{
		{dendron, "d/one/a.md", "[[b.c]]", Target{"b.c", ByFile, "d"}},
		{dendron, "d/one/a.md", "[[A label|b.c]]", Target{"b.c", ByFile, "d"}},
		{dendron, "d/one/a.md", "[[A | label|b.c#x]]", Target{"b.c", ByFile, "d"}},
		{dendron, "d/one/a.md", "[[b.c#x:#y]]", Target{"b.c", ByFile, "d"}},
		{dendron, "d/one/a.md", "[[dendron://other/b.c#x]]", Target{"b.c", ByFile, "d/deps/two"}},
		{dendron, "d/one/a.md", "[[A label|dendron://nobody/b.c]]", Target{"b.c", ByFile, "d/dendron:/nobody"}},
		{dendron, "d/one/a.md", "[[A label|#x]]", Target{}},
		{dendron, "d/one/a.md", "[[b.*]]", Target{}},
		{here, "a.md", "[[dendron://here/b.c]]", Target{"b.c", ByFile, ""}},
		{here, "a.md", "(/assets/x.png)", Target{"assets/x.png", ByPath, ""}},
		{flat, "a.md", "(/b/)", Target{"b", ByAddress, ""}},
		{dendron, "d/deps/two/a.md", "(/assets/x.png)", Target{"d/deps/two/assets/x.png", ByPath, "d"}},
		{dendron, "d/deps/two/a.md", "(b.md)", Target{"d/deps/two/b.md", ByPath, "d"}},
		{logseq, "g/pages/a.md", "[[C#]]", Target{"C#", ByPage, "g"}},
		{logseq, "g/pages/a.md", "[[a/b|c]]", Target{"a/b|c", ByPage, "g"}},
		{logseq, "g/pages/a.md", "[[ ]]", Target{}},
		{logseq, "g/pages/a.md", "([[a b]])", Target{"a b", ByPage, "g"}},
		{logseq, "g/pages/a.md", "(../assets/x.png)", Target{"g/assets/x.png", ByPath, "g"}},
		{obsidian, "o/x/a.md", "[[b#c|d]]", Target{"b", ByObsidian, "o"}},
		{obsidian, "o/x/a.md", "[[y/b]]", Target{"y/b", ByObsidian, "o"}},
		{obsidian, "o/x/a.md", "[[/b]]", Target{"o/b", ByPath, "o"}},
		{obsidian, "o/x/a.md", "[[../b]]", Target{"o/b", ByPath, "o"}},
		{obsidian, "o/x/a.md", "(b%20c.md#d)", Target{"b c.md", ByObsidianPath, "o"}},
		{obsidian, "o/x/a.md", "(./b.md)", Target{"o/x/b.md", ByPath, "o"}},
		{obsidian, "o/x/a.md", "(/b.md)", Target{"o/b.md", ByPath, "o"}},
		{hugo, "site/content/en/x/a.md", "{/b/c.md}", Target{"site/content/en/b/c.md", ByAddress, "site/content/en"}},
		{hugo, "site/content/x/a.md", "{b.md#c}", Target{"b.md", ByName, "site/content"}},
		{hugo, "site/content/x/a.md", "{../b.md}", Target{"site/content/b.md", ByAddress, "site/content"}},
		{hugo, "site/content/x/a.md", "{#c}", Target{}},
		{hugo, "site/content/x/a.md", "(/b/c/#d)", Target{"site/content/b/c", ByAddress, "site/content"}},
		{hugo, "site/content/x/a.md", "(../b/)", Target{"site/content/x/b", ByAddress, "site/content"}},
		{hugo, "site/content/x/_index.md", "(../b/)", Target{"site/content/b", ByAddress, "site/content"}},
		{hugo, "site/content/x/a.md", "(b)", Target{"site/content/x/b", ByAddress, "site/content"}},
		{hugo, "site/content/x/a.md", "(b.md)", Target{"site/content/x/b.md", ByPath, "site"}},
		{hugo, "site/content/x/a.md", "(/i/b.png)", Target{"site/static/i/b.png", ByPath, "site"}},
		{hugo, "site/content/x/a.md", "(b.png)", Target{"site/content/x/b.png", ByPath, "site"}},
		{zola, "content/x/a.md", "(@/b/_index.md#c)", Target{"content/b/_index.md", ByPath, ""}},
		{hugo, "site/content/x/a.md", "(/b/v1.2)", Target{"site/content/b/v1.2", ByAddress, "site/content"}},
		{hugo, "site/content/x/a.md", "(../node.js/)", Target{"site/content/x/node.js", ByAddress, "site/content"}},
		{hugo, "site/docs/README.md", "(../b/)", Target{"site/b/", ByPath, "site"}},
		{hugo, "site/docs/README.md", "(/b.png)", Target{"site/b.png", ByPath, "site"}},
		{zola, "content/x/a.md", "(/b/)", Target{"content/b", ByAddress, "content"}},
	} {
		inner := tt.written[1 : len(tt.written)-1]
		read := map[byte]func(string, string) (Target, bool){'[': tt.vault.Wikilink, '(': tt.vault.Destination, '{': tt.vault.Ref}[tt.written[0]]
		got, ok := read(tt.from, strings.TrimSuffix(strings.TrimPrefix(inner, "["), "]"))
		if tt.written[0] == '(' {
			got, ok = read(tt.from, inner)
		}
		if ok != (tt.want != Target{}) || ok && got != tt.want {
			t.Errorf("%s %s in %s: %+v, %v, want %+v", tt.vault.Dialect, tt.written, tt.from, got, ok, tt.want)
		}
	}
}

// FuzzVaults gives hostile markers and links to every dialect.
func FuzzVaults(f *testing.F) {
	f.Add(`{:journal/page-title-format "MMM do, yyyy"}`, "[[a|b#c]]", "a.md", "title: x")
	f.Add("workspace:\n  vaults: [{fsPath: a}]\n", "dendron://a/b", "a/b.md", "")
	f.Add("contentDir = 'x'", "@/a.md", "content/a/_index.md", "slug: y\nurl: /z")
	f.Add(`{"languages": {"en": {"contentDir": "a"}}}`, `{{< ref "x" >}}`, "content/a.en.md", "")
	f.Fuzz(func(t *testing.T, config, written, id, front string) {
		folder := aFolder{"dendron.yml": config, "logseq/config.edn": config, "hugo.toml": config, "hugo.yaml": config, "hugo.json": config}
		head, _ := ReadHead([]byte("---\n" + front + "\n---\n"))
		for _, d := range []Dialect{Plain, Obsidian, Logseq, Dendron, Hugo, Zola} {
			v := OpenVault(d, "r", folder)
			v.Names("r/"+id, head)
			for _, read := range []func(string, string) (Target, bool){v.Wikilink, v.Destination, v.Ref} {
				if target, ok := read("r/"+id, written); ok && target.Name == "" {
					t.Errorf("%v: %q leads to nothing", d, written)
				}
			}
		}
		Shortcodes([]byte(written))
	})
}
