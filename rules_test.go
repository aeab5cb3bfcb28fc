package main

import (
	"bufio"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rooms is the table of docs/architecture.md: every folder with Go code, the
// rooms of ours it may import, and the third-party modules it may import.
// Tests may import more: what go.mod says.
var rooms = map[string]struct{ ours, theirs []string }{
	".":                       {ours: []string{"cli"}},
	"cli":                     {ours: []string{"*"}, theirs: []string{"github.com/urfave/cli/v3", "github.com/gofrs/flock", "github.com/mattn/go-isatty", "github.com/bmatcuk/doublestar/v4", "go.uber.org/zap"}},
	"config":                  {ours: []string{"registry"}, theirs: []string{"github.com/tailscale/hujson"}},
	"registry":                {},
	"daemon":                  {ours: []string{"registry"}, theirs: []string{"golang.org/x/sys", "github.com/shirou/gopsutil/v4", "github.com/DeRuina/timberjack", "github.com/gofrs/flock"}},
	"models":                  {ours: []string{"models/pack", "models/pinned"}, theirs: []string{"github.com/klauspost/compress", "github.com/gofrs/flock", "golang.org/x/sys", "go.uber.org/zap"}},
	"models/fetch":            {ours: []string{"models", "models/maven", "models/pack", "models/pinned"}, theirs: []string{"github.com/klauspost/compress", "github.com/gofrs/flock"}},
	"models/maven":            {ours: []string{"models/pinned"}},
	"models/pack":             {},
	"models/pinned":           {},
	"store/cache":             {theirs: []string{"modernc.org/sqlite", "github.com/gofrs/flock"}},
	"onnx/onnxtest":           {},
	"onnx":                    {theirs: []string{"github.com/yalue/onnxruntime_go"}},
	"tokenizer":               {theirs: []string{"github.com/sugarme/tokenizer", "golang.org/x/text"}},
	"notes/edit":              {theirs: []string{"go.yaml.in/yaml/v4", "golang.org/x/text"}},
	"store":                   {theirs: []string{"modernc.org/sqlite", "golang.org/x/text", "golang.org/x/sys"}},
	"search":                  {ours: []string{"store"}, theirs: []string{"gonum.org/v1/gonum", "go.uber.org/zap", "golang.org/x/text", "golang.org/x/sync"}},
	"search/eval":             {ours: []string{"store"}},
	"graph":                   {ours: []string{"store"}, theirs: []string{"gonum.org/v1/gonum"}},
	"ingest/code":             {theirs: []string{"github.com/alecthomas/chroma/v2"}},
	"ingest":                  {ours: []string{"store", "tokenizer", "ingest/code"}, theirs: []string{"github.com/yuin/goldmark", "go.yaml.in/yaml/v4", "github.com/BurntSushi/toml", "github.com/bmatcuk/doublestar/v4", "github.com/go-git/go-git/v5", "github.com/gofrs/flock", "golang.org/x/text", "golang.org/x/sync", "go.uber.org/zap"}},
	"services":                {theirs: []string{"github.com/prometheus/client_golang", "go.uber.org/zap", "golang.org/x/sys"}},
	"services/engine":         {ours: []string{"services", "onnx", "models"}, theirs: []string{"go.uber.org/zap"}},
	"services/vector":         {ours: []string{"services", "services/engine", "onnx", "tokenizer", "models"}, theirs: []string{"go.uber.org/zap", "github.com/prometheus/client_golang", "golang.org/x/sync"}},
	"services/reranker":       {ours: []string{"services", "services/engine", "onnx", "tokenizer", "models"}, theirs: []string{"go.uber.org/zap"}},
	"services/sonar":          {ours: []string{"services", "search", "store"}, theirs: []string{"go.uber.org/zap", "golang.org/x/net"}},
	"services/watcher":        {ours: []string{"services", "ingest"}, theirs: []string{"github.com/fsnotify/fsnotify", "github.com/natefinch/atomic", "go.uber.org/zap"}},
	"services/mcp":            {ours: []string{"services", "search", "graph", "store", "notes/edit", "services/mcp/stdio", "services/mcp/scratchpad"}, theirs: []string{"github.com/modelcontextprotocol/go-sdk", "github.com/google/jsonschema-go", "go.uber.org/zap", "golang.org/x/time"}},
	"services/mcp/scratchpad": {},
	"services/mcp/stdio":      {theirs: []string{"github.com/modelcontextprotocol/go-sdk"}},
	"setup":                   {theirs: []string{"github.com/modelcontextprotocol/go-sdk", "github.com/natefinch/atomic", "github.com/tailscale/hujson", "github.com/BurntSushi/toml"}},
	"testdata/eval":           {},
	"testdata/vault":          {},
	"testdata/assets":         {ours: []string{"models/maven", "models/pinned"}, theirs: []string{"github.com/gofrs/flock"}},
}

const module = "amalfa"

func TestRooms(t *testing.T) {
	for dir, files := range goFiles(t) {
		room, known := rooms[dir]
		if !known {
			t.Errorf("%s is a new room: add it to rules_test.go and docs/architecture.md", dir)
			continue
		}
		comments := 0
		for _, file := range files {
			f := parseFile(t, file)
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			if f.Doc != nil {
				comments++
			}
			for _, spec := range f.Imports {
				name, _ := strconv.Unquote(spec.Path.Value)
				checkImport(t, file, name, room.ours, room.theirs)
			}
		}
		if comments != 1 && hasCode(files) {
			t.Errorf("%s has %d package comments, want exactly one", dir, comments)
		}
	}
}

func checkImport(t *testing.T, file, name string, ours, theirs []string) {
	t.Helper()
	if rest, own := strings.CutPrefix(name, module+"/"); own {
		if !slices.Contains(ours, rest) && !slices.Contains(ours, "*") {
			t.Errorf("%s imports our %s, which its room may not", file, rest)
		}
		return
	}
	if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") {
		return // standard library
	}
	if !slices.ContainsFunc(theirs, func(m string) bool { return name == m || strings.HasPrefix(name, m+"/") }) {
		t.Errorf("%s imports %s, which its room may not", file, name)
	}
}

// TestRoomsExist keeps the table from naming folders that are gone.
func TestRoomsExist(t *testing.T) {
	have := goFiles(t)
	for dir := range rooms {
		if have[dir] == nil {
			t.Errorf("rules_test.go names %s, which holds no Go code", dir)
		}
	}
}

var quotedPath = regexp.MustCompile("`([a-z]+[a-zA-Z0-9_./-]*)`")

// TestPathsInProse checks that a backquoted path that starts with one of our
// rooms exists, in documents and in comments.
func TestPathsInProse(t *testing.T) {
	top := map[string]bool{"docs": true, "testdata": true}
	for dir := range rooms {
		first, _, _ := strings.Cut(dir, "/")
		top[first] = true
	}
	walk(t, func(file string) {
		if ext := path.Ext(file); ext != ".go" && ext != ".md" || strings.HasPrefix(file, "testdata/vault/") {
			return
		}
		for n, line := range lines(t, file) {
			if path.Ext(file) == ".go" && !strings.Contains(line, "//") {
				continue
			}
			for _, m := range quotedPath.FindAllStringSubmatch(line, -1) {
				first, _, below := strings.Cut(m[1], "/")
				if !top[first] || !below || strings.HasPrefix(m[1], "models/assets") {
					continue
				}
				if _, err := os.Stat(filepath.FromSlash(m[1])); err != nil {
					t.Errorf("%s:%d names `%s`, which does not exist", file, n+1, m[1])
				}
			}
		}
	})
}

func goFiles(t *testing.T) map[string][]string {
	t.Helper()
	dirs := map[string][]string{}
	walk(t, func(file string) {
		if path.Ext(file) == ".go" {
			dirs[path.Dir(file)] = append(dirs[path.Dir(file)], file)
		}
	})
	return dirs
}

// walk calls do for every file of the tree, by its slash path. Go code below a
// room's testdata folder is a fixture and not a room.
func walk(t *testing.T, do func(file string)) {
	t.Helper()
	err := fs.WalkDir(os.DirFS("."), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(d.Name(), ".") && p != "."
		if d.IsDir() && (hidden || p == "bin" || p == "models/assets" || (d.Name() == "testdata" && p != "testdata")) {
			return fs.SkipDir
		}
		if !d.IsDir() && !hidden {
			do(p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func parseFile(t *testing.T, file string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func hasCode(files []string) bool {
	return slices.ContainsFunc(files, func(f string) bool { return !strings.HasSuffix(f, "_test.go") })
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		out = append(out, sc.Text())
	}
	if err := sc.Err(); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return out
}
