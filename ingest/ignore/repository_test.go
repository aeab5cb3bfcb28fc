package ignore

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ignored are the names among some that the rules in force in a workspace leave out, before its own ignore files are read.
func ignored(workspace string, g Git, names ...string) []string {
	rules := Find(workspace, g).Rules()
	return slices.DeleteFunc(names, func(name string) bool { return !rules.Ignores(name, false) })
}

func TestAbove(t *testing.T) {
	top := newRepository(t)
	write(t, top, ".gitignore", "private.md\n/docs/own.md\n!back.md\n")
	write(t, top, ".amalfaignore", "mine.md\n")
	write(t, top, "docs/.gitignore", "/deep/deeper.md\n/own2.md\nback.md\n")
	write(t, top, "docs/deep/a.md", "x")
	write(t, top, ".git/info/exclude", "exclude.md\nback.md\n")
	names := []string{"private.md", "own.md", "own2.md", "mine.md", "deeper.md", "exclude.md", "back.md", "a.md"}
	for below, want := range map[string][]string{
		".":         {"exclude.md", "back.md"},
		"docs":      {"private.md", "own.md", "mine.md", "exclude.md"},
		"docs/deep": {"private.md", "mine.md", "deeper.md", "exclude.md", "back.md"},
	} {
		if diff := cmp.Diff(want, ignored(filepath.Join(top, below), Git{}, slices.Clone(names)...)); diff != "" {
			t.Errorf("%s: %s", below, diff)
		}
	}
}

// Who names a folder that git ignores as a whole means it; all else that stands above still counts.
func TestWorkspaceThatIsIgnored(t *testing.T) {
	top := newRepository(t)
	write(t, top, ".gitignore", "*\n!.gitignore\nprivate.md\n")
	write(t, top, "notes/sub/a.md", "x")
	for _, below := range []string{"notes", "notes/sub"} {
		if diff := cmp.Diff([]string{"private.md"}, ignored(filepath.Join(top, below), Git{}, "private.md", "a.md")); diff != "" {
			t.Errorf("%s: %s", below, diff)
		}
	}
	if diff := cmp.Diff([]string{"a.md", "private.md"}, ignored(top, Git{}, "private.md", "a.md")); len(ignored(top, Git{}, "a.md")) != 0 {
		t.Error("the workspace's own file is not for Rules", diff)
	}
}

// A worktree and a submodule keep their private rules elsewhere, and nothing above them counts.
func TestGitFiles(t *testing.T) {
	outer := newRepository(t)
	write(t, outer, ".gitignore", "outer.md\n")
	write(t, outer, "a.md", "x")
	commit := []string{"-c", "user.name=n", "-c", "user.email=e", "commit", "-q", "-m", "m"}
	git(t, outer, "", "add", "a.md")
	git(t, outer, "", commit...)
	git(t, outer, "", "worktree", "add", "-q", "tree")
	write(t, outer, ".git/info/exclude", "common.md\n")
	git(t, outer, "", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", outer, "module")
	write(t, outer, ".git/modules/module/info/exclude", "module.md\n")
	for below, want := range map[string]string{"tree": "common.md", "module": "module.md"} {
		workspace := filepath.Join(outer, below)
		all := []string{"outer.md", "common.md", "module.md", "a.md"}
		if diff := cmp.Diff([]string{want}, ignored(workspace, Git{}, slices.Clone(all)...)); diff != "" {
			t.Errorf("%s: %s", below, diff)
		}
		if diff := cmp.Diff([]string{want}, checkIgnore(t, workspace, all)); diff != "" {
			t.Errorf("git, %s: %s", below, diff)
		}
	}
	nested, _ := Rules{}.With(".", []byte("outer.md\n"))
	nested = nested.Nested("module", filepath.Join(outer, "module"))
	if !nested.Ignores("module/module.md", false) || nested.Ignores("module.md", false) || !nested.Ignores("module/outer.md", false) {
		t.Error("private rules of a repository in the workspace")
	}
}

func TestWhatIsNoRepository(t *testing.T) {
	top := newRepository(t)
	write(t, top, ".gitignore", "private.md\n")
	write(t, top, "empty/.git/x", "")
	write(t, top, "file/.git", "no gitdir")
	write(t, top, "lost/.git", "gitdir: nowhere\n")
	for _, below := range []string{"empty", "file", "lost"} {
		if ignored(filepath.Join(top, below), Git{}, "private.md") == nil {
			t.Errorf("%s ends the repository", below)
		}
	}
	if got := ignored(filepath.Join(top, "empty"), Git{Ceilings: []string{"", top}}, "private.md"); len(got) != 0 {
		t.Error("a ceiling is passed")
	}
	if got := ignored(top, Git{Ceilings: []string{top}}, "private.md"); Find(top, Git{Ceilings: []string{top}}).top != top {
		t.Error("a ceiling hides the workspace's own repository", got)
	}
}

func TestIgnoreFilesThatAreLinks(t *testing.T) {
	top := newRepository(t)
	write(t, top, "docs/a.md", "x")
	write(t, top, "patterns", "private.md\n")
	if err := os.Symlink("patterns", filepath.Join(top, ".gitignore")); err != nil {
		t.Fatal(err)
	}
	write(t, top, "docs/private.md", "x")
	if got := ignored(filepath.Join(top, "docs"), Git{}, "private.md"); len(got) != 0 || len(checkIgnore(t, top, []string{"docs/private.md"})) != 0 {
		t.Error("a link was followed")
	}
}

// The user's own rules, by settings that lead to settings, and by links, as people keep them.
func TestUsersOwn(t *testing.T) {
	top, home := newRepository(t), t.TempDir()
	write(t, home, "dotfiles/gitconfig", "; mine\n[include]\n\tpath = more\n[core \"x\"]\nexcludesFile = no\n")
	write(t, home, "dotfiles/more", "[CORE]\n  excludesfile = \"~/pat\"terns # mine\n")
	write(t, home, "more", "[core]\n\texcludesFile = ~/patterns\n")
	write(t, home, "patterns", "scratch.md\nlocal.md\n")
	write(t, home, ".config/git/ignore", "default.md\n")
	write(t, top, ".git/info/exclude", "!local.md\n")
	if err := os.Symlink("dotfiles/gitconfig", filepath.Join(home, ".gitconfig")); err != nil {
		t.Fatal(err)
	}
	g := Git{Home: home, Settings: []string{filepath.Join(home, ".gitconfig")}, Excludes: filepath.Join(home, ".config/git/ignore")}
	names := []string{"scratch.md", "local.md", "default.md"}
	if diff := cmp.Diff([]string{"scratch.md"}, ignored(top, g, slices.Clone(names)...)); diff != "" {
		t.Error(diff)
	}
	g.Settings = nil
	if diff := cmp.Diff([]string{"default.md"}, ignored(top, g, slices.Clone(names)...)); diff != "" {
		t.Error(diff)
	}
	write(t, top, ".git/config", "[core] ignorecase = yes\n excludesFile =\n")
	if got := ignored(top, g, slices.Clone(names)...); len(got) != 0 {
		t.Error("an empty setting keeps the default out:", got)
	}
	if !Find(top, g).folded {
		t.Error("ignoreCase")
	}
}

func TestParseSettings(t *testing.T) {
	text := "# c\n[core]\n\ta = b c  ; d\n\tquoted = \" x # y \" # z\n escaped = a\\\\b\\\"c\\t\n long = one \\\n two\n bare\n[Sub \"Name\"] key=v\r\n[x]\n= broken\n later = no\n"
	want := []setting{
		{"core.a", "b c"}, {"core.quoted", " x # y "}, {"core.escaped", "a\\b\"c\t"}, {"core.long", "one  two"}, {"core.bare", "true"}, {"sub.Name.key", "v"},
	}
	if diff := cmp.Diff(want, parseSettings(text), cmp.AllowUnexported(setting{})); diff != "" {
		t.Error(diff)
	}
}

func TestSources(t *testing.T) {
	top := newRepository(t)
	write(t, top, "a/b/x.md", "x")
	r := Find(filepath.Join(top, "a/b"), Git{Excludes: filepath.Join(top, "user")})
	var got []string
	for _, name := range r.Sources() {
		rel, err := filepath.Rel(top, name)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, rel)
	}
	if diff := cmp.Diff([]string{"user", ".git/info/exclude", "a/.gitignore", "a/.amalfaignore", ".gitignore", ".amalfaignore"}, got); diff != "" {
		t.Error(diff)
	}
	if len((Repository{}).Sources()) != 0 {
		t.Error("no repository has files")
	}
}
