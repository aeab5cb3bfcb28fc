// Package code finds what programs say about themselves: the doc comments and doc strings of a source file, each with the
// name of what it documents and the head of its declaration. Bodies are left out.
//
// Go is read by its own parser, the other languages by the lexers of a highlighting library, which tell comments, strings and
// the rest apart; declarations are then found in the rest. A file with errors gives what could be read of it.
package code

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// ErrSlow reports a text on which a lexer takes more time than it is given: no program looks like that.
var ErrSlow = errors.New("takes too long to read as code")

// A File is what one source file documents.
type File struct {
	Module  string   // the package or module: "store", "com.acme.app", for other languages the file's name or its folder's
	Symbols []Symbol // by position, without overlaps
}

// A Symbol is a documented declaration. Name is qualified by what it stands in ("Walker.Next"); it is empty for the
// documentation of the module itself.
type Symbol struct {
	Name       string
	Start, End int // bytes: the comment and the head of the declaration
}

// maxDepth bounds the nesting of brackets: Go's parser needs stack for each.
const maxDepth = 1000

// a language is how one kind of source file is read.
type language struct {
	name  string
	lexer string // its name in the library; "" for Go
	ends  []string
	find  func(*source) []Symbol
	words *grammar
}

func languages() []language {
	return []language{
		{name: "go", ends: []string{".go"}},
		{name: "typescript", lexer: "typescript", ends: []string{".ts", ".mts", ".cts"}, find: findDeclared, words: script},
		{name: "typescript", lexer: "react", ends: []string{".tsx"}, find: findDeclared, words: script},
		{name: "javascript", lexer: "react", ends: []string{".js", ".jsx", ".mjs", ".cjs"}, find: findDeclared, words: script},
		{name: "python", lexer: "python", ends: []string{".py", ".pyi"}, find: findDocStrings},
		{name: "rust", lexer: "rust", ends: []string{".rs"}, find: findDeclared, words: rust},
		{name: "java", lexer: "java", ends: []string{".java"}, find: findDeclared, words: java},
	}
}

func lookup(id string) (language, bool) {
	end := strings.ToLower(path.Ext(id))
	for _, l := range languages() {
		if slices.Contains(l.ends, end) {
			return l, true
		}
	}
	return language{}, false
}

// Language names the language of a source file by the end of its path: "go", "typescript", "javascript", "python", "rust" or
// "java".
func Language(id string) (string, bool) {
	l, ok := lookup(id)
	return l.name, ok
}

// Parse finds the documentation in a source file whose path is id. It returns an error that wraps ErrSlow when ctx reaches its
// deadline, and errors for texts that are no program of the language; a File that comes with an error holds what was found
// all the same.
func Parse(ctx context.Context, id string, src []byte) (File, error) {
	l, ok := lookup(id)
	if !ok {
		return File{}, fmt.Errorf("%s is no source file", path.Base(id))
	}
	if l.name == "go" {
		return parseGo(src)
	}
	s, err := lex(ctx, l, src)
	if err != nil {
		return File{}, err
	}
	f := File{Module: moduleOf(id)}
	if l.name == "java" {
		f.Module = javaPackage(s, f.Module)
	}
	f.Symbols = l.find(s)
	return f, nil
}

// moduleOf is a file's name, or its folder's where the file stands for that.
func moduleOf(id string) string {
	name, _, _ := strings.Cut(path.Base(id), ".")
	if dir := path.Base(path.Dir(id)); dir != "." && slices.Contains([]string{"index", "mod", "lib", "main", "__init__"}, name) {
		return dir
	}
	return name
}

var proseMarks = []string{"///", "//!", "//", "/**", "/*!", "/*", "* "}

// marks are what ends or surrounds documentation within a line.
var marks = strings.NewReplacer("*/", " ", `r"""`, "", `"""`, "", "'''", "")

// Prose is a part of a source file as a reader takes it in: without the marks of comments.
func Prose(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(marks.Replace(line))
		for _, mark := range proseMarks {
			if rest, found := strings.CutPrefix(line, mark); found {
				line = rest
				break
			}
		}
		if strings.Trim(line, "*") != "" {
			b.WriteString(strings.TrimSpace(line))
		}
		b.WriteByte('\n')
	}
	return strings.TrimSpace(b.String())
}
