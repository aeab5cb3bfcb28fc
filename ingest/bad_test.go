//go:build unix

package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amalfa/ingest"
	"amalfa/testdata/limits"
)

func TestEveryFileIsAccountedFor(t *testing.T) {
	w := newWorkspace(t, map[string]string{
		"good.md":            "fine",
		"empty.md":           "",
		"blank.md":           " \n\t\n",
		"latin1.md":          "caf\xe9 au lait",
		"binary.md":          "PNG\x00\x01\x02",
		"utf16.md":           "\xff\xfeh\x00i\x00",
		"cyrillic.md":        "\xd7\xee\xf0\xed\xee\xe5 \xec\xee\xf0\xe5, KOI8 or Windows-1251",
		"two.md":             "caf\xe9 cr\xe8me brulee",
		"late-nul.md":        strings.Repeat("word ", 4000) + "\x00",
		"yaml.md":            "---\ntitle: [unclosed\n---\nbody",
		"open.md":            "---\ntitle: never closed\n\nbody",
		"rule.md":            "---\n\nA rule above is no front matter.",
		"big.md":             strings.Repeat("x ", 3<<20),
		"deep.md":            strings.Repeat(">", 100_000) + "a",
		".env":               "KEY=secret",
		"deploy.pem":         "secret",
		"deploy.md":          "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n",
		"about-keys.md":      "A key begins with -----BEGIN PRIVATE KEY-----",
		".hidden.md":         "no",
		"notes.txt":          "no source names it",
		"names/\xff.md":      "x",
		"names/new\nline.md": "x",
		"names/it's \".md":   "x",
		"names/日本語.md":       "x",
		"UPPER.MD":           "x",
	})
	w.opts.MaxFileBytes = 4 << 20
	for from, to := range map[string]string{"loop.md": "loop.md", "dir": ".", "out.md": "/etc/hostname", "link.md": "good.md"} {
		if err := os.Symlink(to, w.path(from)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(w.path("pipe.md"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := w.run()
	want := map[string]string{
		"good.md":            "indexed",
		"empty.md":           "indexed",
		"blank.md":           "indexed",
		"latin1.md":          "partial: 1 byte is not valid UTF-8 and was replaced",
		"binary.md":          "skipped: binary: NUL at byte 3",
		"utf16.md":           "skipped: UTF-16 text: convert it to UTF-8",
		"cyrillic.md":        "skipped: not UTF-8 text (10 of 33 bytes are not valid): convert it to UTF-8",
		"two.md":             "partial: 2 bytes are not valid UTF-8 and were replaced",
		"late-nul.md":        "partial: 1 byte is not valid UTF-8 and was replaced",
		"yaml.md":            "partial: front matter: line 3: did not find expected ',' or ']'",
		"open.md":            "partial: front matter: no closing --- within 64 KiB",
		"rule.md":            "indexed",
		"big.md":             "skipped: 6.3 MB, over the limit of 4.2 MB",
		"deep.md":            "partial: quotations or lists nested more than 64 deep: indexed as plain text, without links",
		".env":               "skipped: may hold secrets (by its name)",
		"deploy.pem":         "skipped: may hold secrets (by its name)",
		"deploy.md":          "skipped: holds a private key",
		"about-keys.md":      "indexed",
		"names/\uFFFD.md":    "skipped: its name is not valid UTF-8",
		"names/new\nline.md": "indexed",
		"names/it's \".md":   "indexed",
		"names/日本語.md":       "indexed",
		"UPPER.MD":           "indexed",
		"loop.md":            "skipped: symbolic link, not followed",
		"dir":                "skipped: symbolic link, not followed",
		"out.md":             "skipped: symbolic link, not followed",
		"link.md":            "skipped: symbolic link, not followed",
		"pipe.md":            "skipped: not a regular file",
	}
	if diff := cmp.Diff(want, w.states()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if s.Seen != len(want) || s.Indexed != 9 || s.Partial != 6 || s.Skipped != 13 || len(s.Files) != 19 {
		t.Errorf("seen %d indexed %d partial %d skipped %d files %d", s.Seen, s.Indexed, s.Partial, s.Skipped, len(s.Files))
	}
	again := w.run()
	if again.Embedded != 0 || again.Unchanged != 15 || again.Skipped != 13 {
		t.Errorf("second run: %+v", again)
	}
}

func TestUnreadableFilesAndFoldersKeepWhatIsIndexed(t *testing.T) {
	if os.Geteuid() == 0 {
		againAsNobody(t)
		return
	}
	w := newWorkspace(t, map[string]string{"a.md": "alpha", "dir/b.md": "beta", "dir/c.md": "gamma"})
	w.run()
	t.Cleanup(func() { _ = os.Chmod(w.path("dir"), 0o755) })
	if err := errors.Join(os.Chmod(w.path("dir"), 0), os.Chmod(w.path("a.md"), 0)); err != nil {
		t.Fatal(err)
	}
	s := w.run()
	want := map[string]string{
		"a.md": "failed: permission denied", "dir": "failed: folder cannot be read: permission denied",
		"dir/b.md": "indexed", "dir/c.md": "indexed",
	}
	if diff := cmp.Diff(want, w.states()); diff != "" || s.Deleted != 0 || s.Failed != 2 {
		t.Errorf("%+v\n%s", s, diff)
	}
}

// A folder that can be listed but not searched, a file that cannot be opened, a folder below it: none of that is a deletion. When
// they can be read again, all is as before.
func TestOnlyWhatDoesNotExistIsDeleted(t *testing.T) {
	if os.Geteuid() == 0 {
		againAsNobody(t)
		return
	}
	w := newWorkspace(t, map[string]string{
		"a.md": "alpha", "list/b.md": "beta", "list/half.md": "caf\xe9 au lait", "list/deep/c.md": "gamma", "list/gone.md": "delta", "shut/d.md": "epsilon",
	})
	w.run()
	before, notes := w.states(), w.notes()
	mode := func(id string, m os.FileMode) {
		t.Helper()
		if err := os.Chmod(w.path(id), m); err != nil {
			t.Fatal(err)
		}
	}
	restore := func() {
		mode("list", 0o755)
		mode("shut", 0o755)
		mode("a.md", 0o644)
	}
	t.Cleanup(restore)
	w.write("list/new.md", "not seen before")
	if err := os.Remove(w.path("list/gone.md")); err != nil {
		t.Fatal(err)
	}
	mode("list", 0o444)
	mode("shut", 0)
	mode("a.md", 0)
	kept := "indexed"
	want := map[string]string{
		"a.md": "failed: permission denied", "list": "failed: folder cannot be read: permission denied", "list/b.md": kept, "list/gone.md": kept,
		"list/half.md": before["list/half.md"], "list/deep/c.md": kept, "shut": "failed: folder cannot be read: permission denied", "shut/d.md": kept,
	}
	look := func(paths ...string) {
		t.Helper()
		s, err := ingest.Update(t.Context(), w.opts, paths)
		w.balanced(s)
		if diff := cmp.Diff(want, w.states()); err != nil || diff != "" || s.Embedded != 0 || s.Deleted != 0 {
			t.Errorf("%+v %v\n%s", s, err, diff)
		}
		if diff := cmp.Diff(notes, w.notes()); diff != "" {
			t.Error(diff)
		}
	}
	look(".")
	for _, id := range []string{"list/b.md", "list/half.md", "list/gone.md", "list/new.md", "list/deep"} { // no name in it can be looked at
		want[id] = "failed: permission denied"
	}
	look("list/b.md", "list/half.md", "list/gone.md", "list/new.md", "list/deep", "list/deep/c.md", "shut/d.md", "a.md")
	w.complete("kept")
	restore()
	s := w.run()
	delete(before, "list/gone.md")
	before["list/new.md"] = "indexed"
	if diff := cmp.Diff(before, w.states()); diff != "" || s.Embedded != 1 || s.Failed != 0 {
		t.Errorf("readable again: %+v\n%s", s, diff)
	}
	w.complete("readable again")
}

func TestRunNeverLeavesTheWorkspace(t *testing.T) {
	w := newWorkspace(t, map[string]string{"a.md": "alpha"})
	for _, spec := range []string{"../x", "docs/../../x", "/etc", filepath.Dir(w.root)} {
		w.opts.Sources = []string{spec}
		if _, err := ingest.Run(t.Context(), w.opts); err == nil {
			t.Errorf("source %q was accepted", spec)
		}
	}
	for _, glob := range []string{"[bad", strings.Repeat("{a,a*}", 20), strings.Repeat("*", 2000)} {
		w.opts.Sources = []string{glob}
		if _, err := ingest.Run(t.Context(), w.opts); err == nil {
			t.Errorf("glob %.20q was accepted", glob)
		}
	}
	w.opts.Sources = []string{w.root, "nowhere"}
	s := w.run()
	if diff := cmp.Diff([]string{"source nowhere does not exist"}, s.Degraded); diff != "" || s.Indexed != 1 {
		t.Errorf("%+v %s", s, diff)
	}
}

func TestBombsTakeNoTime(t *testing.T) {
	many := func(s string, n int) string { return strings.Repeat(s, n/len(s)) }
	var aliases strings.Builder
	aliases.WriteString("---\na0: &a0 [x,x,x,x,x,x,x,x,x]\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&aliases, "a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d,", i-1), 9), ","))
	}
	aliases.WriteString("tags: *a29\n---\nbody\n")
	bombs := map[string]string{
		"letters": many("a", 1<<20), "line of words": many("word ", 1<<20), "stars": many("*a_", 1<<20), "brackets": many("[", 1<<20),
		"nested links": many("[", 1<<19) + many("]", 1<<19), "open links": many("[a](b", 1<<20), "empty links": many("[](", 1<<20),
		"links": many("[a](b.md) ", 1<<20), "wiki": many("[[", 1<<20), "quotes": many(">", 1<<20), "list": many("- ", 1<<20) + "a",
		"lines": many("a\n", 1<<20), "headings": many("# a\nb\n", 1<<20), "rules": many("- - - ", 1<<20), "comments": many("<!--", 1<<20),
		"aliases": aliases.String(), "flow": "---\na: " + many("[", 60_000) + "\n---\nb", "ticks": many("a`b``", 1<<20),
		"tags": many("#a ", 1<<20), "table": many("|a", 2000) + "\n" + many("|-", 2000) + "\n" + many("|\n", 1<<20),
		"toml": "+++\na = " + many("[", 60_000) + "\n+++\nb", "crlf": many("\r\n\r\n\u0232\u00ef\uFFFD", 1<<20), "definitions": many("[r]: x\n", 1<<20),
		"indent": many("                                                                - a\n", 1<<20), "tabs": many("\t", 1<<20) + "x",
		"pictures": many("![](data:image/png;base64,iVBORw0KGgoAAAANSUhEUg) ", 1<<20), "base64": many("aB3dE5gH1jK2mN4pQ6sT8vW0yZaB3dE5gH1jK2mN4pQ6sT8vW0yZaB3dE5g\n \n", 1<<20),
		"quoted base64": many("> aB3dE5gH1jK2mN4pQ6sT8vW0yZaB3dE5gH1jK2mN4pQ6sT8vW0yZaB3dE5g\n", 1<<20),
	}
	for name, text := range bombs {
		t.Run(name, func(t *testing.T) {
			read := func(text string) (time.Duration, error) {
				w := newWorkspace(t, map[string]string{"bomb.md": text, "good.md": "fine"})
				w.opts.Embedder = nil
				began := time.Now()
				s := w.run()
				took := time.Since(began)
				if s.Indexed+s.Partial != 2 {
					return took, fmt.Errorf("%+v", s)
				}
				return took, nil
			}
			// The slowest took 1.3 s where prose of its length took 0.3 s; what is quadratic would take hours.
			limit := limits.Limit{Time: 6 * time.Second, Yard: 300 * time.Millisecond, Measure: func() (time.Duration, error) {
				return read(many("the tide table of the old harbour. ", 1<<20))
			}}
			if _, err := limit.Kept(func() (time.Duration, error) { return read(text) }); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEmbedderThatFails(t *testing.T) {
	poison := func(texts []string) error {
		for _, text := range texts {
			if strings.Contains(text, "poison") {
				return errors.New("bad text")
			}
		}
		return nil
	}
	w := newWorkspace(t, map[string]string{"a.md": "alpha", "b.md": "poison", "c.md": "gamma"})
	w.opts.Embedder = hashModel{calls: poison}
	s := w.run()
	want := map[string]string{"a.md": "indexed", "b.md": "indexed, without vectors", "c.md": "indexed"}
	if diff := cmp.Diff(want, w.states()); diff != "" || s.Embedded != 2 {
		t.Errorf("one bad text: %+v\n%s", s, diff)
	}
	w.write("d.md", "delta")
	w.opts.Embedder = hashModel{calls: func([]string) error { return errors.New("daemon is gone") }}
	s = w.run()
	if len(s.Degraded) != 2 || s.Indexed != 1 || s.Missing != 2 || w.states()["d.md"] != "indexed, without vectors" {
		t.Errorf("embedder down: %+v", s)
	}
	w.opts.Embedder = hashModel{}
	s = w.run()
	want = map[string]string{"a.md": "indexed", "b.md": "indexed, without vectors", "c.md": "indexed", "d.md": "indexed"}
	if diff := cmp.Diff(want, w.states()); diff != "" || s.Embedded != 1 || len(s.Degraded) != 1 {
		t.Errorf("a text that was refused is not asked for again: %+v\n%s", s, diff)
	}
	if why, err := ingest.Refused(t.Context(), w.opts.Store); err != nil || !strings.HasSuffix(why["b.md"], ": bad text") || len(why) != 1 {
		t.Errorf("%q %v", why, err)
	}
	w.opts.Embedder = hashModel{digest: "hash-2", calls: poison}
	if s := w.run(); s.Whole.Model.Digest != "hash-2" || s.Missing != 1 { // another model is asked, and what it refuses keeps it from nothing
		t.Errorf("another model: %+v", s)
	}
	w.write("b.md", "beta")
	s = w.run()
	want["b.md"] = "indexed"
	if diff := cmp.Diff(want, w.states()); diff != "" || s.Embedded != 1 || len(s.Degraded) != 0 {
		t.Errorf("another text: %+v\n%s", s, diff)
	}
	if why, err := ingest.Refused(t.Context(), w.opts.Store); err != nil || len(why) != 0 {
		t.Errorf("%q %v", why, err)
	}
}

func TestInterruptedRunKeepsFinishedBatches(t *testing.T) {
	w := newWorkspace(t, nil)
	for i := range 400 {
		w.write(fmt.Sprintf("n%03d.md", i), fmt.Sprintf("note %d, see [[n000]]", i))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.opts.Progress = func(p ingest.Progress) {
		if p.Done > 0 {
			cancel()
		}
	}
	s, err := ingest.Run(ctx, w.opts)
	w.balanced(s)
	if !errors.Is(err, context.Canceled) || s.Indexed == 0 || s.Pending == 0 {
		t.Fatalf("%v %+v", err, s)
	}
	stats, err := w.opts.Store.Stats(t.Context())
	if err != nil || stats.Notes != s.Indexed {
		t.Errorf("index holds %d notes, summary says %d (%v)", stats.Notes, s.Indexed, err)
	}
	if broken, err := w.opts.Store.Broken(t.Context()); err != nil || len(broken) > 0 || stats.Links != s.Indexed {
		t.Errorf("%d of %d links lead nowhere (%v)", len(broken), stats.Links, err)
	}
	w.opts.Progress = nil
	if rest := w.run(); rest.Indexed != s.Pending || rest.Embedded != 400 {
		t.Errorf("the next run: %+v", rest)
	}
}

// A tree that is nested as no person does it is looked into so far, and the rest is said.
func TestDeepFoldersAreLeftOut(t *testing.T) {
	w := newWorkspace(t, map[string]string{strings.Repeat("a/", 150) + "in.md": "in", strings.Repeat("a/", 300) + "out.md": "out"})
	w.opts.Embedder = nil
	s := w.run()
	if s.Indexed != 1 || s.Skipped != 1 {
		t.Errorf("%+v", s)
	}
}
