package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"amalfa/notes"
)

func env(t *testing.T, vars map[string]string) Env {
	t.Helper()
	return Env{Getenv: func(k string) string { return vars[k] }, Cwd: t.TempDir(), TempDir: t.TempDir(), UID: os.Getuid()}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFindPlaces(t *testing.T) {
	home := t.TempDir()
	tests := map[string]struct {
		vars map[string]string
		want func(e Env) string
	}{
		"own variable": {map[string]string{"AMALFA_STATE_DIR": home + "/s"}, func(Env) string { return home + "/s" }},
		"xdg":          {map[string]string{"XDG_STATE_HOME": home + "/x"}, func(Env) string { return home + "/x/amalfa" }},
		"xdg relative": {map[string]string{"XDG_STATE_HOME": "x", "HOME": home}, func(Env) string { return home + "/.local/state/amalfa" }},
		"home":         {map[string]string{"HOME": home}, func(Env) string { return home + "/.local/state/amalfa" }},
		"no home":      {nil, func(e Env) string { return e.fallbackBase() + "/state" }},
		"broken home":  {map[string]string{"HOME": "/proc/nowhere"}, func(e Env) string { return e.fallbackBase() + "/state" }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := env(t, tt.vars)
			p, err := FindPlaces(e)
			if err != nil {
				t.Fatal(err)
			}
			if want := tt.want(e); p.State != want {
				t.Errorf("state %s, want %s", p.State, want)
			}
			fi, err := os.Stat(p.State)
			if err != nil || fi.Mode().Perm() != 0o700 {
				t.Errorf("state folder: %v, %v", fi, err)
			}
		})
	}
}

func TestFallbackRefusesTraps(t *testing.T) {
	for name, trap := range map[string]func(base string){
		"link":  func(base string) { _ = os.Symlink(t.TempDir(), base) },
		"open":  func(base string) { _ = os.Mkdir(base, 0o700); _ = os.Chmod(base, 0o777) },
		"plain": func(base string) { write(t, base, "") },
	} {
		t.Run(name, func(t *testing.T) {
			e := env(t, nil)
			trap(e.fallbackBase())
			if _, err := FindPlaces(e); !errors.Is(err, ErrNoPlace) {
				t.Fatalf("got %v, want ErrNoPlace", err)
			}
		})
	}
}

func TestFindWorkspace(t *testing.T) {
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, home+"/.git/HEAD", "")
	write(t, home+"/repo/.git/HEAD", "")
	write(t, home+"/repo/docs/deep/a.md", "")
	write(t, home+"/notes/amalfa.settings.json", "{}")
	write(t, home+"/notes/sub/a.md", "")
	write(t, home+"/plain/a.md", "")
	write(t, home+"/stray/.amalfa/runtime/watcher.pid", "")
	write(t, home+"/stray/sub/a.md", "")
	write(t, home+"/indexed/.amalfa/amalfa.db", "")
	write(t, home+"/indexed/sub/a.md", "")
	write(t, home+"/indexed/repo/.git/HEAD", "")
	write(t, home+"/indexed/repo/docs/a.md", "")
	write(t, home+"/indexed/repo/inner/.amalfa/amalfa.db", "")
	for name, settings := range map[string]string{
		"all": `{"sources": ["**/*.md"]}`, "dot": `{"sources": ["."]}`, "folder": `{"sources": ["other", "a/repo"], }`, "above": `{"sources": ["a/"]}`,
		"glob": `{"sources": ["a/*/**/*.md"]}`, "braces": `{"sources": ["{a,b}/r*/docs/*.md"]}`,
		"other": `{"sources": ["b", "a/repository"]}`, "part": `{"sources": ["a/repo/docs"]}`, "shallow": `{"sources": ["a/*.md", "*"]}`,
		"none": `{"search": {"limit": 5}}`, "broken": `{"sources": [`, "numbers": `{"sources": [5]}`, "empty": `{"sources": []}`,
	} {
		write(t, home+"/"+name+"/amalfa.settings.json", settings)
		write(t, home+"/"+name+"/a/repo/.git/HEAD", "")
		write(t, home+"/"+name+"/a/repo/docs/a.md", "")
	}
	vars := map[string]string{"HOME": home}
	for _, tt := range []struct{ name, cwd, root, variable, want string }{
		{"current folder", "/plain", "", "", "/plain"},
		{"git top level", "/repo/docs/deep", "", "", "/repo"},
		{"settings file", "/notes/sub", "", "", "/notes"},
		{"flag", "/plain", "../notes", "", "/notes"},
		{"variable", "/plain", "", home + "/notes", "/notes"},
		{"home itself", "", "", "", ""},
		{"a folder without an index marks nothing", "/stray/sub", "", "", "/stray/sub"},
		{"an index", "/indexed/sub", "", "", "/indexed"},
		{"a repository below an index", "/indexed/repo/docs", "", "", "/indexed/repo"},
		{"an index in a repository", "/indexed/repo/inner", "", "", "/indexed/repo/inner"},
		{"all is covered", "/all/a/repo/docs", "", "", "/all"}, {"the folder itself", "/dot/a/repo", "", "", "/dot"},
		{"its folder is covered", "/folder/a/repo/docs", "", "", "/folder"}, {"one above it is", "/above/a/repo", "", "", "/above"},
		{"a glob leads there", "/glob/a/repo", "", "", "/glob"}, {"with alternatives", "/braces/a/repo", "", "", "/braces"},
		{"others are", "/other/a/repo/docs", "", "", "/other/a/repo"}, {"a part is", "/part/a/repo/docs", "", "", "/part/a/repo"},
		{"files above it are", "/shallow/a/repo", "", "", "/shallow/a/repo"}, {"nothing is said of sources", "/none/a/repo", "", "", "/none/a/repo"},
		{"broken settings", "/broken/a/repo", "", "", "/broken/a/repo"}, {"no texts", "/numbers/a/repo", "", "", "/numbers/a/repo"},
		{"no sources", "/empty/a/repo", "", "", "/empty/a/repo"}, {"beside the repository", "/other/a", "", "", "/other"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := env(t, vars)
			e.Cwd = home + tt.cwd
			vars["AMALFA_ROOT"] = tt.variable
			w, err := FindWorkspace(tt.root, e)
			if err != nil {
				t.Fatal(err)
			}
			if w.Root != home+tt.want || w.Why == "" {
				t.Errorf("got %s (%s), want %s", w.Root, w.Why, home+tt.want)
			}
			if w.Broad(e) != (tt.want == "") {
				t.Errorf("Broad() = %v", w.Broad(e))
			}
		})
	}
}

func TestEnsureRefusesTraps(t *testing.T) {
	victim := t.TempDir()
	for name, at := range map[string]string{"folder": ".amalfa", "runtime": ".amalfa/runtime", "logs": ".amalfa/logs", "database": ".amalfa/amalfa.db"} {
		t.Run(name, func(t *testing.T) {
			w := Workspace{Root: t.TempDir()}
			if err := os.MkdirAll(filepath.Dir(filepath.Join(w.Root, at)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(victim, filepath.Join(w.Root, at)); err != nil {
				t.Fatal(err)
			}
			if err := w.Ensure(); !errors.Is(err, ErrUnsafe) {
				t.Fatalf("got %v, want ErrUnsafe", err)
			}
			if left, _ := os.ReadDir(victim); len(left) != 0 {
				t.Fatalf("wrote through the link: %v", left)
			}
		})
	}
	w := Workspace{Root: t.TempDir()}
	if err := errors.Join(w.Ensure(), w.Ensure()); err != nil {
		t.Fatal(err)
	}
	if fi, _ := os.Stat(w.Dir()); fi.Mode().Perm() != 0o700 {
		t.Errorf("mode %v", fi.Mode())
	}
	if b, _ := os.ReadFile(w.Dir() + "/.gitignore"); string(b) != "*\n" {
		t.Errorf(".gitignore %q", b)
	}
}

func none(string) string { return "" }

func TestLoad(t *testing.T) {
	w, p := Workspace{Root: t.TempDir()}, Places{Config: t.TempDir()}
	write(t, p.Settings(), `{"search":{"limit":5,"mode":"keyword"}, "sonar":{"host":"http://127.0.0.1:9"}, "vector.port": 4000,}`)
	write(t, w.Settings(), `{
		// a stranger's file
		"search": {"limit": 7}, "sources": ["docs"], "sonar": {"host": "http://evil.example", "apiKey": "x"},
		"vector": {"port": 1}, "embeddings": {"model": "/etc"}, "http": {"origins": ["http://evil.example"]}, "colour": 1
	}`)
	l := Load(w, p, none)
	want := Defaults()
	want.Search = Search{Limit: 7, Mode: "keyword"}
	want.Sonar.Host = "http://127.0.0.1:9"
	want.Sources = []string{"docs"}
	want.Ports = map[string]int{"vector": 4000}
	if d := cmp.Diff(want, l.Settings); d != "" {
		t.Errorf("settings (-want +got):\n%s", d)
	}
	ignored := map[string]string{}
	for _, i := range l.Unheeded() {
		ignored[i.Name] = i.Why
	}
	for _, name := range []string{"embeddings.model", "http.origins", "sonar.apiKey", "sonar.host", "vector.port"} {
		if !strings.Contains(ignored[name], "project's file") {
			t.Errorf("%s: %q", name, ignored[name])
		}
	}
	if ignored["colour"] != "is not a setting" || len(ignored) != 6 || len(l.Problems) != 0 {
		t.Errorf("ignored %v, problems %v", ignored, l.Problems)
	}
}

// TestOrigins tells where each value comes from, and what it hides: default, the user's file, the project's, a variable.
func TestOrigins(t *testing.T) {
	w, p := Workspace{Root: t.TempDir()}, Places{Config: t.TempDir()}
	user, project := p.Settings(), w.Settings()
	write(t, user, "\uFEFF{\r\n  \"search\": {\"limit\": 5, \"mode\": \"vector\"},\r\n  \"vector\": {\"port\": 4000}, // later\r\n  \"vector.port\": 4001,\r\n  \"offline\": null\r\n}")
	write(t, project, "{\n\t\"search\": {\"limit\": 7},\n\t\"search.limit\": 8,\n}")
	vars := map[string]string{"EMBEDDING_MODEL": "", "AMALFA_SEARCH_MODE": "keyword", "AMALFA_HTTP_HOSTS": "a, b", "AMALFA_SOURCES": "{x,y}/*.md,docs", "AMALFA_OFFLINE": "yes"}
	l := Load(w, p, func(name string) string { return vars[name] })
	if len(l.Problems) > 0 {
		t.Fatal(l.Problems)
	}
	for path, want := range map[string]string{
		"search.limit": project + ":3:2 8 [" + project + ":2:13 " + user + ":2:14]", "search.mode": "AMALFA_SEARCH_MODE keyword [" + user + ":2:26]",
		"vector.port": user + ":4:3 4001 [" + user + ":3:14]", "embeddings.model": "default BAAI/bge-small-en-v1.5 []",
		"http.hosts": "AMALFA_HTTP_HOSTS [a b] []", "sources": "AMALFA_SOURCES [{x,y}/*.md docs] []", "offline": "AMALFA_OFFLINE true []",
	} {
		if _, stays := LoadText("file", []byte(`{"vector": {"port": 4000}, "vector.port": 3010}`), false).Ports["vector"]; stays {
			t.Error("a port above the default stays")
		}
		v, ok := l.Get(path)
		if got := fmt.Sprintf("%v %v %v", v.Origin, v.Value, v.Hidden); !ok || got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if !l.Offline || l.Settings.Search.Mode != "keyword" || l.Ports["vector"] != 4001 {
		t.Errorf("%+v", l.Settings)
	}
}

// TestProblems has what cannot be used: where it stands, what was wanted, and that all else counts.
func TestProblems(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"not JSON":               {"{\n  \"sources\": [", ":2:15: "},
		"comma missing":          {"{\"offline\": true\n \"search\": {}}", ":2:2: "},
		"not object":             {`[]`, ":1:1: want an object around the settings"},
		"wrong type":             {"{\n\t\"search\": {\"limit\": \"many\"}}", `:2:13: search.limit: want a whole number, have text`},
		"after an umlaut":        {`{"ä": 1, "search": {"limit": true}}`, `:1:21: search.limit: want a whole number, have true or false`},
		"out of range":           {`{"search": {"limit": 0}}`, "search.limit: want 1 to 200, have 0"},
		"a fraction":             {`{"search": {"limit": 5.5}}`, "want a whole number, have 5.5"},
		"a group":                {`{"search": 5}`, ":1:2: search: want an object, have a number"},
		"an object for a value":  {`{"search": {"mode": {"x": true}}}`, "search.mode: want text, have an object"},
		"leads out":              {`{"sources": ["docs/../../other"]}`, "leads out of the workspace"},
		"absolute":               {`{"sources": ["/etc"]}`, "leads out of the workspace"},
		"unknown mode":           {`{"search": {"mode": "magic"}}`, `want one of ["hybrid" "keyword" "vector"], have "magic"`},
		"misspelt mode":          {`{"search": {"mode": "Hybird"}}`, `did you mean "hybrid"?`},
		"no dialect":             {`{"dialect": "roam"}`, "dialect: want one of"},
		"dialect outside":        {`{"dialects": {"../x": "logseq"}}`, "leads out"},
		"no dialect of a folder": {`{"dialects": {"x": "Logseq"}}`, "dialects: x: want one of"},
		"dialects as a list":     {`{"dialects": ["logseq"]}`, "dialects: want an object, have a list"},
		"deep":                   {strings.Repeat(`{"a":`, 100_000), "nested deeper than 64"},
		"large":                  {`{"a":"` + strings.Repeat("x", maxSettings) + `"}`, "larger than"},
		"group of the earlier":   {`{"fixtures": true, "watch": {"debounce": 1}}`, "watch.debounce: want 50 to 60000, have 1"},
	} {
		t.Run(name, func(t *testing.T) {
			w := Workspace{Root: t.TempDir()}
			write(t, w.Settings(), tt.text)
			l := Load(w, Places{Config: t.TempDir()}, none)
			if len(l.Problems) != 1 || !errors.Is(l.Problems[0], ErrSettings) {
				t.Fatalf("problems %v", l.Problems)
			}
			if got := l.Problems[0].Error(); !strings.Contains(got, w.Settings()) || !strings.Contains(got, tt.want) || strings.Contains(got, "hujson") {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if d := cmp.Diff(Defaults(), l.Settings, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("more than the defaults: %s", d)
			}
		})
	}
}

// TestProblemsOfVariables are told by the variable.
func TestProblemsOfVariables(t *testing.T) {
	for name, value := range map[string]string{"VECTOR_PORT": "many", "AMALFA_OFFLINE": "perhaps", "AMALFA_SEARCH_LIMIT": "0", "AMALFA_EMBEDDINGS_PRECISION": "int4", "AMALFA_DIALECTS": "obsidian"} {
		l := Load(Workspace{Root: t.TempDir()}, Places{Config: t.TempDir()}, func(n string) string { return map[string]string{name: value}[n] })
		if len(l.Problems) != 1 || !strings.HasPrefix(l.Problems[0].Error(), "settings not usable: "+name+": want ") {
			t.Errorf("%s: %v", name, l.Problems)
		}
	}
}

// TestNear has names as people misspell them.
func TestNear(t *testing.T) {
	for have, want := range map[string]string{
		"search.limt": "search.limit", "searchLimit": "search.limit", "search_limit": "search.limit", "Search.Limit": "search.limit", "exclude_patterns": "excludePatterns",
		"excludePattern": "excludePatterns", "embedding.model": "embeddings.model", "watch.debonce": "watch.debounce", "limit": "search.limit", "debounce": "watch.debounce",
		"colour": "", "x": "", "": "", "port": "", "model": "",
	} {
		if got := Near(have); got != want {
			t.Errorf("%q: %q, want %q", have, got, want)
		}
	}
	if got := NearAll("model"); len(got) != 3 {
		t.Errorf("model: %v", got)
	}
}

func TestDialects(t *testing.T) {
	w, p := Workspace{Root: t.TempDir()}, Places{Config: t.TempDir()}
	write(t, p.Settings(), `{"dialect": "obsidian", "dialects": {"docs/v1.2/": "hugo", "x": "zola"}}`)
	write(t, w.Settings(), `{"dialects": {"a/b": "logseq", "./x": "auto", "y": "markdown"}}`)
	l := Load(w, p, none)
	want := map[string]notes.Dialect{".": notes.Obsidian, "docs/v1.2": notes.Hugo, "a/b": notes.Logseq, "y": notes.Plain}
	if d := cmp.Diff(want, l.Dialects); d != "" || len(l.Ignored)+len(l.Problems) != 0 {
		t.Errorf("%s %v %v", d, l.Ignored, l.Problems)
	}
}

func TestTemplateLoads(t *testing.T) {
	w := Workspace{Root: t.TempDir()}
	write(t, w.Settings(), Template())
	l := Load(w, Places{Config: t.TempDir()}, none)
	if d := cmp.Diff(Defaults(), l.Settings); d != "" || len(l.Ignored)+len(l.Problems) != 0 {
		t.Errorf("the template changes the defaults: %s %v %v", d, l.Ignored, l.Problems)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(Template()))
	f.Add([]byte(`{"a":{"b":[1,null,{}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		leaves, err := parse(data)
		if err != nil && leaves != nil {
			t.Fatal("leaves beside an error")
		}
	})
}
