package ignore

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// git runs the real one, without the settings of whoever runs the tests.
func git(t *testing.T, dir, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "XDG_CONFIG_HOME=/nowhere", "HOME=/nowhere")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil && cmd.ProcessState.ExitCode() != 1 { // 1: no path is ignored
		t.Fatalf("git %v: %v %s", args, err, stderr.String())
	}
	return string(out)
}

// newRepository returns the folder of an empty one.
func newRepository(t *testing.T) string {
	t.Helper()
	top := t.TempDir()
	git(t, top, "", "init", "-q", "--template=", ".")
	return top
}

func appendTo(t *testing.T, file, text string) {
	t.Helper()
	have, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, append(have, text...), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// checkIgnore asks git which of the paths it ignores.
func checkIgnore(t *testing.T, top string, paths []string) []string {
	t.Helper()
	if len(paths) == 0 {
		return nil
	}
	out := git(t, top, strings.Join(paths, "\x00")+"\x00", "check-ignore", "--no-index", "-z", "--stdin")
	return sorted(strings.FieldsFunc(out, func(r rune) bool { return r == 0 }))
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// left walks a workspace as ingest does and returns all paths in it, from the top, and those that are left out.
func left(t *testing.T, top, below string) (all, out []string) {
	t.Helper()
	workspace := filepath.Join(top, filepath.FromSlash(below))
	var walk func(id string, rules Rules, lost bool)
	walk = func(id string, rules Rules, lost bool) {
		dir := filepath.Join(workspace, filepath.FromSlash(id))
		for _, name := range Files {
			if text, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
				rules, _ = rules.With(id, text)
			}
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Name() == ".git" {
				continue
			}
			child := path.Join(id, e.Name())
			lost := lost || rules.Ignores(child, e.IsDir())
			all = append(all, path.Join(below, child))
			if lost {
				out = append(out, path.Join(below, child))
			}
			if e.IsDir() {
				walk(child, rules, lost)
			}
		}
	}
	walk(".", Find(workspace, Git{}).Rules(), false)
	return sorted(all), sorted(out)
}

// A generator makes trees and ignore files out of few letters, so that patterns often match.
type generator struct{ *rand.Rand }

func (g generator) one(of ...string) string { return of[g.IntN(len(of))] }

func (g generator) name() string {
	if g.IntN(3) > 0 {
		return g.one("a", "b", "ab", "aab", "A", "b.md", "a.md", "B.MD", "foo", "doc")
	}
	return g.one("a b", "b ", "!a", "#b", "é.md", "e\u0301", "[a]", "a*", "?", `a\b`, "a-z", "x]", "日本", "a\tb", "-", "^a", "a.b.md", ".h", "foo\r")
}

func (g generator) part() string {
	return g.one("a", "b", "ab", "A", "a.md", "*", "**", "***", "?", "*.md", "a*", "*b", "a**", "**b", "a?b", "foo", "doc", "d*c", "", g.name(), g.class(),
		`\`+g.name(), `a\*`, "*a*b*", "[", "a[", `[\]`, "[[:alpha:]", "\u00e9.md", "??.md", "*\u00e9*")
}

func (g generator) class() string {
	return g.one("[ab]", "[a-c]*", "[!a]*", "[^a]", "[]a]", "[!]a]", "[a-]", "[-a]", "[[:alpha:]]*", "[[:upper:]]", "[[:lower:][:digit:]]*", `[\a]`, `[a\-z]`, `[a-\z]`,
		"[[:space:]]", "[[:nope:]]", "[[:alpha]", "[a[:punct:]]", "[A-Z]*", "[z-a]", "[a-c-z]", "[/]", "[!/]", "[[a]", "[\u00e9]*", "[[:print:]]*", "[[:graph:]]", "[[:cntrl:]]",
		"[[:xdigit:]]*", "[[:blank:]]", "[[:alnum:]]*.md", "[A]", "[a-a]", "[!A-Z]*")
}

func (g generator) line() string {
	if g.IntN(2) == 0 {
		return g.one("", "", "!", "/") + g.part() + g.one("", "", "/")
	}
	parts := make([]string, 1+g.IntN(3))
	for i := range parts {
		parts[i] = g.part()
	}
	return g.one("", "", "", "!", "/", "!/", "#", `\`, `\!`, `\#`, " ") + strings.Join(parts, "/") + g.one("", "", "", "/", "/**", "/*", " ", "  ", `\ `, `\  `, `\\ `, "\t", `\`)
}

func (g generator) file() string {
	b := strings.Builder{}
	b.WriteString(g.one("", "", "", "\ufeff", "\ufeff\ufeff", "\n"))
	end := g.one("\n", "\n", "\r\n", "\r\n", "\r\r\n")
	for range 1 + g.IntN(5) {
		b.WriteString(g.line() + end)
	}
	b.WriteString(g.one("", "", g.line(), g.line()+"\r", "\x00a", "a\x00b\n"))
	return b.String()
}

// tree fills a folder and returns the folders it made.
func (g generator) tree(t *testing.T, top string) []string {
	folders := []string{""}
	for range 45 {
		dir := folders[g.IntN(len(folders))]
		name := path.Join(dir, g.name())
		info, err := os.Lstat(filepath.Join(top, name))
		switch {
		case err == nil && info.IsDir():
		case err == nil:
			continue
		case g.IntN(2) == 0 && strings.Count(name, "/") < 4:
			if err := os.Mkdir(filepath.Join(top, name), 0o755); err != nil {
				t.Fatal(err)
			}
			folders = append(folders, name)
		default:
			write(t, top, name, "x")
		}
	}
	for _, dir := range folders {
		if g.IntN(3) == 0 || dir == "" {
			write(t, top, path.Join(dir, ".gitignore"), g.file())
		}
	}
	return folders
}

// Whatever a tree and its ignore files look like, from whatever folder of it: what is left out is what git ignores.
func TestGitAgrees(t *testing.T) {
	trees, pairs, ignored := 150, 0, 0
	fresh := filepath.Join(newRepository(t), ".git")
	for seed := range trees {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			g := generator{rand.New(rand.NewPCG(uint64(seed), 12))}
			top := t.TempDir()
			if err := os.CopyFS(filepath.Join(top, ".git"), os.DirFS(fresh)); err != nil {
				t.Fatal(err)
			}
			settings := ""
			if g.IntN(4) == 0 {
				settings = "[core]\n\tignoreCase = true\n"
			}
			if g.IntN(3) == 0 {
				write(t, top, ".git/info/exclude", g.file())
			}
			if g.IntN(3) == 0 {
				write(t, top, "../patterns", g.file())
				settings += "[core] excludesFile = ../patterns\n"
			}
			appendTo(t, filepath.Join(top, ".git", "config"), settings)
			folders := g.tree(t, top)
			all, got := left(t, top, "")
			want := checkIgnore(t, top, all)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("git ignores (-), we leave out (+):\n%s%s", diff, rulesOf(top, folders))
			}
			pairs, ignored = pairs+len(all), ignored+len(want)
			below := folders[g.IntN(len(folders))]
			if slices.Contains(want, below) {
				return // what git ignores as a whole is a workspace all the same
			}
			inside, got := left(t, top, below)
			want = slices.DeleteFunc(want, func(name string) bool { return !slices.Contains(inside, name) })
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("from %q, git ignores (-), we leave out (+):\n%s%s", below, diff, rulesOf(top, folders))
			}
			pairs += len(inside)
		})
	}
	t.Logf("%d paths of %d trees, %d of them ignored", pairs, trees, ignored)
	if !t.Failed() && (pairs < 5000 || ignored < pairs/10 || ignored > pairs*9/10) {
		t.Error("the trees say little")
	}
}

// rulesOf shows the ignore files of a tree that failed.
func rulesOf(top string, folders []string) string {
	var b strings.Builder
	for _, name := range []string{".git/info/exclude", "../patterns", ".git/config"} {
		if text, err := os.ReadFile(filepath.Join(top, name)); err == nil {
			fmt.Fprintf(&b, "%s: %q\n", name, text)
		}
	}
	for _, dir := range folders {
		if text, err := os.ReadFile(filepath.Join(top, dir, ".gitignore")); err == nil {
			fmt.Fprintf(&b, "%s/.gitignore: %q\n", dir, text)
		}
	}
	return b.String()
}
