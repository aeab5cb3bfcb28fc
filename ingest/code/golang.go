package code

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
)

// parseGo reads a file with Go's own parser. A struct or an interface is given whole: the comments in it are documentation.
func (f File) parseGo(src []byte) (File, error) {
	if deeper(src, maxDepth) {
		return File{}, fmt.Errorf("brackets nested more than %d deep", maxDepth)
	}
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, "", src, parser.ParseComments|parser.SkipObjectResolution)
	if tree == nil {
		return File{}, err
	}
	if tree.Name == nil || tree.Name.Name == "" || tree.Name.Name == "_" {
		return File{}, errors.Join(errors.New("not a Go file"), err)
	}
	g := goFile{file: fset.File(tree.FileStart)}
	if tree.Doc != nil {
		g.add("", tree.Doc, tree.Name.End())
	}
	for _, d := range tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			g.function(d)
		case *ast.GenDecl:
			g.group(d)
		}
	}
	f.Module, f.Symbols = tree.Name.Name, g.symbols
	f.comment(src, g.spans(tree.Comments))
	return f, err
}

type goFile struct {
	file    *token.File
	symbols []Symbol
}

// spans are the comments of a file.
func (g *goFile) spans(groups []*ast.CommentGroup) []span {
	spans := make([]span, len(groups))
	for i, c := range groups {
		spans[i] = span{g.file.Offset(c.Pos()), g.file.Offset(c.End())}
	}
	return spans
}

// add notes a symbol unless it overlaps the one before, which only a broken file can bring about.
func (g *goFile) add(name string, doc *ast.CommentGroup, end token.Pos) {
	s := Symbol{Name: name, Start: g.file.Offset(doc.Pos()), End: g.file.Offset(end)}
	if n := len(g.symbols); s.Start < s.End && (n == 0 || g.symbols[n-1].End <= s.Start) {
		g.symbols = append(g.symbols, s)
	}
}

func (g *goFile) function(d *ast.FuncDecl) {
	if d.Doc == nil {
		return
	}
	name := d.Name.Name
	if d.Recv != nil && len(d.Recv.List) == 1 {
		name = receiver(d.Recv.List[0].Type) + "." + name
	}
	g.add(name, d.Doc, d.Type.End())
}

// receiver is the name of a method's type.
func receiver(x ast.Expr) string {
	for {
		switch t := x.(type) {
		case *ast.StarExpr:
			x = t.X
		case *ast.ParenExpr:
			x = t.X
		case *ast.IndexExpr:
			x = t.X
		case *ast.IndexListExpr:
			x = t.X
		case *ast.Ident:
			return t.Name
		default:
			return "_"
		}
	}
}

// group is a declaration of types, constants or variables, one or several in parentheses. Where its members are documented,
// each stands for itself; else the group is one symbol under the name of its first.
func (g *goFile) group(d *ast.GenDecl) {
	if d.Tok == token.IMPORT || len(d.Specs) == 0 {
		return
	}
	documented := false
	for _, s := range d.Specs {
		_, doc := describe(s)
		documented = documented || doc != nil
	}
	name, _ := describe(d.Specs[0])
	switch {
	case d.Doc != nil && documented && d.Lparen.IsValid():
		g.add("", d.Doc, d.Lparen)
	case d.Doc != nil:
		g.add(name, d.Doc, d.End())
		return
	}
	for _, s := range d.Specs {
		if name, doc := describe(s); doc != nil {
			g.add(name, doc, s.End())
		}
	}
}

func describe(s ast.Spec) (name string, doc *ast.CommentGroup) {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return s.Name.Name, s.Doc
	case *ast.ValueSpec:
		names := make([]string, len(s.Names))
		for i, n := range s.Names {
			names[i] = n.Name
		}
		return strings.Join(names[:min(len(names), 3)], ", "), s.Doc
	}
	return "", nil
}

// deeper tells whether brackets, or operators in front of an operand, nest beyond a depth. It counts those in strings too.
func deeper(src []byte, most int) bool {
	depth, run := 0, 0
	for _, c := range src {
		switch c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(0, depth-1)
		}
		switch c {
		case '*', '!', '-', '+', '^', '&', '<', '~':
			run++
		case ' ', '\t', '\n', '\r':
		default:
			run = 0
		}
		if depth > most || run > most && c != '*' && c != '-' {
			return true
		}
	}
	return false
}
