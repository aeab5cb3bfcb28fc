package ingest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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
	548: {Blocks: []string{"[foo]", "[foo]: /url"}},
	590: {Blocks: []string{"foo", `foo: /url "title"`}},
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
				want.Blocks = append(want.Blocks, "boo")
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
