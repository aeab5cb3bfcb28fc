//go:build cgo

package vector

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"amalfa/inference/embed"
	"amalfa/services"
	"amalfa/testdata/assets"
	"amalfa/testdata/clients"
	"amalfa/testdata/testmodels"
)

// evaluate runs a snippet of Python, whose last part is an expression, and
// prints its value.
const evaluate = `import ast, json, sys
tree, names = ast.parse(sys.argv[1]), {}
last = tree.body.pop()
exec(compile(tree, "README", "exec"), names)
print(json.dumps([float(x) for x in eval(compile(ast.Expression(last.value), "README", "eval"), names)]))`

// TestReadmeSnippets runs what README's table "use the embedder from" says,
// with this test's service in place of port 3010.
func TestReadmeSnippets(t *testing.T) {
	e := newEngine(t, testmodels.Pinned(t, "bge-small-en-v1.5-q"), embed.EngineOptions{Name: "BAAI/bge-small-en-v1.5"})
	s := serve(t, e, services.Options{})
	want := embedAll(t, e, []string{"hello world"}, embed.Options{})
	ran := 0
	for from, snippet := range snippets(t) {
		if strings.Contains(snippet, "amalfa ") {
			continue // the whole program: testdata/script/vector-life.txtar has it
		}
		ran++
		t.Run(from, func(t *testing.T) {
			cmd := exec.Command("sh", "-c", strings.ReplaceAll(snippet, "localhost:3010", strings.TrimPrefix(s.URL, "http://")))
			if !strings.HasPrefix(snippet, "curl") {
				python := assets.Python(t, clients.SDKs()...)
				if strings.Contains(snippet, "langchain") {
					python = assets.Python(t, clients.Frameworks()...)
				}
				cmd = exec.Command(python, "-c", evaluate, strings.ReplaceAll(snippet, "http://localhost:3010", s.URL))
			}
			cmd.Env = append(os.Environ(), "NO_PROXY=127.0.0.1", "HF_HUB_OFFLINE=0")
			out := testmodels.Output(t, cmd)
			if d := distance(want, [][]float64{numbers(t, out)}); d > 1e-6 {
				t.Errorf("off by %g", d)
			}
		})
	}
	if ran < 5 {
		t.Errorf("README's table has %d snippets for the service", ran)
	}
}

// numbers reads a vector, alone or as POST /embed answers it.
func numbers(t *testing.T, out []byte) []float64 {
	t.Helper()
	var bare []float64
	var own struct{ Vector []float64 }
	if json.Unmarshal(out, &bare) == nil {
		return bare
	}
	if err := json.Unmarshal(out, &own); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return own.Vector
}

// snippets returns the code of README's table by what its first column says.
func snippets(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	table := regexp.MustCompile(`(?s)<!-- use it from -->\n(.*)<!-- /use it from -->`).FindSubmatch(data)
	if table == nil {
		t.Fatal("README has no table \"use it from\"")
	}
	found := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| (.+?) \\| `(.+)` \\|$").FindAllSubmatch(table[1], -1) {
		found[string(row[1])] = strings.ReplaceAll(string(row[2]), `\|`, "|")
	}
	return found
}
