package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
)

// TestCommandsPage keeps docs/commands.md equal to the help pages.
func TestCommandsPage(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Commands\n\nWhat `amalfa COMMAND --help` prints, of all commands. `go test ./cli -update` writes this page; manual pages of the same are written by\n`amalfa man DIR`.")
	pages := allPages(testApp(t, nil).commandTree())
	writeRows(&b, "These flags work everywhere", pages[0].Everywhere)
	for _, p := range pages[1:] {
		b.WriteString("\n" + p.markdown(min(4, 1+strings.Count(p.Name, " "))))
	}
	golden(t, filepath.Join("..", "docs", "commands.md"), b.String())
}

// TestMan reads each manual page by mandoc, whose warnings are about what readers would see.
func TestMan(t *testing.T) {
	dir := t.TempDir()
	root := testApp(t, nil).commandTree()
	n, err := writeMan(root, dir)
	if want := len(commandPaths(root, nil)); err != nil || n != want {
		t.Fatalf("%d pages for %d commands: %v", n, want, err)
	}
	page, err := os.ReadFile(filepath.Join(dir, "amalfa-search.1"))
	for _, part := range []string{".SH NAME", ".SH SYNOPSIS", ".SH EXAMPLES", ".SH FLAGS", ".SH EXIT STATUS", "--limit N"} {
		if !strings.Contains(string(page), part) {
			t.Errorf("no %q in amalfa-search.1: %v", part, err)
		}
	}
	mandoc, err := exec.LookPath("mandoc")
	if err != nil {
		t.Skip("not tried: no mandoc here")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(mandoc, append([]string{"-T", "lint", "-W", "error"}, files...)...).CombinedOutput(); err != nil {
		t.Errorf("mandoc: %v\n%s", err, out)
	}
	out, err := exec.Command(mandoc, "-T", "utf8", filepath.Join(dir, "amalfa-search.1")).Output()
	for _, text := range []string{"ask the notes a question", "path:docs/api", "at most N results"} {
		if !strings.Contains(string(out), text) {
			t.Errorf("readers do not see %q: %v", text, err)
		}
	}
}

// TestPlainMarkdown holds that no text of a help page is read as markup.
func TestPlainMarkdown(t *testing.T) {
	for _, text := range []string{"*a* _b_ `c` <d> [e](f) # ~~g~~ \\ | h", "snake_case and 2*3*4", "tasks/NAME-FAILED.md [--flag]"} {
		var html strings.Builder
		if err := goldmark.Convert([]byte(plainMarkdown(text)), &html); err != nil {
			t.Fatal(err)
		}
		plain := strings.NewReplacer("<p>", "", "</p>", "", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&amp;", "&").Replace(html.String())
		if strings.TrimSpace(plain) != text {
			t.Errorf("%q became %q", text, plain)
		}
	}
}
