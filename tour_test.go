package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// sourceLink is a link of a document to a declaration: its name as code, then the file.
var sourceLink = regexp.MustCompile("\\[`([A-Za-z_.]+)`\\]\\(((?:\\.\\./)*[a-z_/]+\\.go)\\)")

// TestLinksToSource checks that each function and type which a document links to is declared in the file that it names.
func TestLinksToSource(t *testing.T) {
	found := 0
	walk(t, func(file string) {
		if path.Ext(file) != ".md" || strings.HasPrefix(file, "testdata/") {
			return
		}
		for n, line := range lines(t, file) {
			for _, m := range sourceLink.FindAllStringSubmatch(line, -1) {
				found++
				target := path.Join(path.Dir(file), m[2])
				if _, err := os.Stat(target); err != nil {
					t.Errorf("%s:%d links to %s: %v", file, n+1, target, err)
				} else if !declared(t, target)[m[1]] {
					t.Errorf("%s:%d links to %s, which %s does not declare", file, n+1, m[1], target)
				}
			}
		}
	})
	if found == 0 {
		t.Error("no document links to a function: has the form of the links changed?")
	}
}

// declared returns what a file declares at its top: functions, Type.Method, types, variables and constants.
func declared(t *testing.T, file string) map[string]bool {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			names[receiver(d)+d.Name.Name] = true
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				declaredBy(spec, names)
			}
		}
	}
	return names
}

func declaredBy(spec ast.Spec, names map[string]bool) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		names[spec.Name.Name] = true
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			names[name.Name] = true
		}
	}
}

// receiver returns "Type." for a method and "" for a function.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	typ := d.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if generic, ok := typ.(*ast.IndexExpr); ok {
		typ = generic.X
	}
	if name, ok := typ.(*ast.Ident); ok {
		return name.Name + "."
	}
	return ""
}
