package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

func TestLoad(t *testing.T) {
	w, p := Workspace{Root: t.TempDir()}, Places{Config: t.TempDir()}
	write(t, p.Settings(), `{"search":{"limit":5,"mode":"keyword"}, "sonar":{"host":"http://127.0.0.1:9"}, "vector.port": 4000,}`)
	write(t, w.Settings(), `{
		// a stranger's file
		"search": {"limit": 7}, "sources": ["docs"], "sonar": {"host": "http://evil.example", "apiKey": "x"},
		"vector": {"port": 1}, "embeddings": {"model": "/etc"}, "http": {"origins": ["http://evil.example"]}, "colour": 1
	}`)
	l, err := Load(w, p)
	if err != nil {
		t.Fatal(err)
	}
	want := Defaults()
	want.Search = Search{Limit: 7, Mode: "keyword"}
	want.Sonar.Host = "http://127.0.0.1:9"
	want.Sources = []string{"docs"}
	want.Ports = map[string]int{"vector": 4000}
	if d := cmp.Diff(want, l.Settings); d != "" {
		t.Errorf("settings (-want +got):\n%s", d)
	}
	if len(l.Warnings) != 2 || !strings.Contains(l.Warnings[0], "embeddings.model, http.origins, sonar.apiKey, sonar.host, vector.port") || !strings.Contains(l.Warnings[1], "colour") {
		t.Errorf("warnings %q", l.Warnings)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"not JSON":               `{"sources": [`,
		"not object":             `[]`,
		"wrong type":             `{"search": {"limit": "many"}}`,
		"out of range":           `{"search": {"limit": 0}}`,
		"leads out":              `{"sources": ["docs/../../other"]}`,
		"absolute":               `{"sources": ["/etc"]}`,
		"unknown mode":           `{"search": {"mode": "magic"}}`,
		"no dialect":             `{"dialect": "roam"}`,
		"dialect outside":        `{"dialects": {"../x": "logseq"}}`,
		"no dialect of a folder": `{"dialects": {"x": "Logseq"}}`,
		"dialects as a list":     `{"dialects": ["logseq"]}`,
		"deep":                   strings.Repeat(`{"a":`, 100_000),
		"large":                  `{"a":"` + strings.Repeat("x", maxSettings) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := Workspace{Root: t.TempDir()}
			write(t, w.Settings(), text)
			if _, err := Load(w, Places{Config: t.TempDir()}); !errors.Is(err, ErrSettings) || !strings.Contains(err.Error(), w.Settings()) {
				t.Fatalf("got %v, want ErrSettings naming the file", err)
			}
		})
	}
}

func TestDialects(t *testing.T) {
	w, p := Workspace{Root: t.TempDir()}, Places{Config: t.TempDir()}
	write(t, p.Settings(), `{"dialect": "obsidian", "dialects": {"docs/v1.2/": "hugo", "x": "zola"}}`)
	write(t, w.Settings(), `{"dialects": {"a/b": "logseq", "./x": "auto", "y": "markdown"}}`)
	l, err := Load(w, p)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]notes.Dialect{".": notes.Obsidian, "docs/v1.2": notes.Hugo, "a/b": notes.Logseq, "y": notes.Plain}
	if d := cmp.Diff(want, l.Dialects); d != "" || len(l.Warnings) != 0 {
		t.Errorf("%s %q", d, l.Warnings)
	}
}

func TestTemplateLoads(t *testing.T) {
	w := Workspace{Root: t.TempDir()}
	write(t, w.Settings(), Template())
	l, err := Load(w, Places{Config: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(Defaults(), l.Settings); d != "" || len(l.Warnings) != 0 {
		t.Errorf("the template changes the defaults: %s %q", d, l.Warnings)
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
