package main

import (
	"bufio"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

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
