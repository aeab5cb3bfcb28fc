package ingest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark/extension"
)

// goldmarkFile is a file of the module.
func goldmarkFile(t testing.TB, name string) []byte {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/goldmark").Output()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// wikilinkExamples are the examples that hold [[foo]], which CommonMark knows as text only, with how they are read here.
var wikilinkExamples = map[int]reading{
	548: {Text: "[foo] [foo]: /url"},
	590: {Text: `foo foo: /url "title"`},
}

// TestSpecification reads all examples of CommonMark 0.31, which goldmark's module carries, as goldmark does.
func TestSpecification(t *testing.T) {
	var examples []struct {
		Markdown, Section string
		Example           int
	}
	if err := json.Unmarshal(goldmarkFile(t, "_test/spec.json"), &examples); err != nil {
		t.Fatal(err)
	}
	if len(examples) < 652 {
		t.Errorf("only %d examples", len(examples))
	}
	own, tree := newMarkdown(), goldmarkFor()
	for _, e := range examples {
		src := []byte(e.Markdown)
		want, ok := wikilinkExamples[e.Example]
		if !ok {
			want = goldmarkReading(t, tree, src)
		}
		if d := cmp.Diff(want, ownReading(own, src, false)); d != "" {
			t.Errorf("example %d, %s: %q\n%s", e.Example, e.Section, e.Markdown, d)
		}
	}
}

// TestGitHubExtensions reads the examples of GitHub's specification that goldmark's module carries as their HTML says.
func TestGitHubExtensions(t *testing.T) {
	own := newMarkdown()
	for _, name := range []string{"table", "strikethrough", "linkify"} {
		file := string(goldmarkFile(t, "extension/_test/"+name+".txt"))
		n := 0
		for _, example := range strings.Split(file, "//= = =") {
			parts := strings.Split(example, "//- - - - - - - - -//\n")
			if len(parts) != 3 {
				continue
			}
			n++
			src := strings.TrimSuffix(parts[1], "\n")
			if strings.Contains(parts[0], "enableEscape") {
				src = strings.ReplaceAll(src, `\t`, "\t")
			}
			want := htmlReading(t, parts[2])
			if strings.Contains(src, "| boo |") { // a cell too many: no word is dropped here
				want.Text += " boo"
			}
			if d := cmp.Diff(want, ownReading(own, []byte(src), true)); d != "" {
				t.Errorf("%s: %q\n%s", name, src, d)
			}
		}
		if n < 5 {
			t.Errorf("%s: only %d examples", name, n)
		}
	}
}

// goldmarkDeviates are texts that goldmark reads otherwise than this program, with the parser that agrees with us.
var goldmarkDeviates = []struct{ text, right, why string }{
	{"[a](b(c \"d\")", commonmark, "a destination with an open parenthesis is none"},
	{"a \\\\\\\nb", commonmark, "the third backslash at the end of a line breaks it"},
	{"![<https://a.b/c>](d.md)", commonmark, "an address is part of an image's description"},
	{"[a](<w [b](<>)", commonmark, "a destination in angle brackets holds no <"},
	{"~a~~ b", cmarkGFM, "both marks of struck text have one length"},
	{"https://a.bc/d)\\e", cmarkGFM, "a bare address goes on to the next white space"},
}

func TestGoldmarkDeviations(t *testing.T) {
	tree := goldmarkFor(extension.Table, extension.Strikethrough, extension.Linkify)
	own := newMarkdown()
	for _, tt := range goldmarkDeviates {
		t.Run(tt.why, func(t *testing.T) {
			got := ownReading(own, []byte(tt.text), true)
			if cmp.Equal(goldmarkReading(t, tree, []byte(tt.text)), got) {
				t.Errorf("%q: goldmark reads it in the same way", tt.text)
			}
			readings := commonmarkReadings
			if tt.right == cmarkGFM {
				readings = cmarkReadings
			}
			if d := cmp.Diff(readings(t, []string{tt.text})[0], got); d != "" {
				t.Errorf("%q: %s", tt.text, d)
			}
		})
	}
}
