// Package code finds what programs say about themselves: the doc comments and doc strings of a source file, each with the
// name of what it documents and the head of its declaration. Bodies are left out.
//
// Go is read by its own parser, the other languages by the lexers of a highlighting library, which tell comments, strings and
// the rest apart; declarations are then found in the rest. A file with errors gives what could be read of it.
package code

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

// ErrSlow reports a text on which a lexer takes more time than it is given: no program looks like that.
var ErrSlow = errors.New("takes too long to read as code")

// A File is what one source file documents.
type File struct {
	Module  string   // the package or module: "store", "com.acme.app", for other languages the file's name or its folder's
	Symbols []Symbol // by position, without overlaps
	// Comments are the documentation in Symbols.
	Comments  []Comment
	language  string
	documents map[string]bool // the names of Symbols
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
	f := File{Module: moduleOf(id), language: l.name}
	if l.name == "go" {
		return f.parseGo(src)
	}
	s, err := lex(ctx, l, src)
	if err != nil {
		return File{}, err
	}
	if l.name == "java" {
		f.Module = javaPackage(s, f.Module)
	}
	f.Symbols = l.find(s)
	f.comment(src, s.documentation(f.Symbols))
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

// A source is a file in which comments and strings are known.
type source struct {
	text     []byte
	code     []byte // text with blanks in place of comments and strings, line ends kept
	comments []span
	strings  []span
	words    *grammar
}

// documentation are the comments and, in Python, the strings that end a symbol.
func (s *source) documentation(symbols []Symbol) []span {
	if s.words != nil {
		return s.comments
	}
	return slices.DeleteFunc(slices.Clone(s.strings), func(p span) bool {
		_, ends := slices.BinarySearchFunc(symbols, p.end, func(sym Symbol, end int) int { return sym.End - end })
		return !ends
	})
}

// A span is a range of bytes.
type span struct{ start, end int }

// lex tells comments and strings from the rest.
func lex(ctx context.Context, l language, src []byte) (*source, error) {
	lexer := lexers.Get(l.lexer)
	if lexer == nil {
		return nil, fmt.Errorf("no lexer for %s", l.name)
	}
	s := &source{text: src, code: bytes.Clone(src), words: l.words}
	for at := 0; at < len(src); {
		next, err := s.tokens(ctx, lexer, at)
		if err != nil {
			return nil, err
		}
		at = max(next, at+1)
	}
	return s, nil
}

// tokens reads from a position on and returns where it stopped: at the end, or where the lexer went wrong and must begin anew.
func (s *source) tokens(ctx context.Context, lexer chroma.Lexer, at int) (int, error) {
	next, err := lexer.Tokenise(&chroma.TokeniseOptions{State: "root"}, string(s.text[at:]))
	if err != nil {
		return 0, err
	}
	open := 0 // comments within one another
	for t := next(); t != chroma.EOF && at < len(s.text); t = next() {
		if ctx.Err() != nil {
			return 0, ErrSlow
		}
		p := span{at, min(at+len(t.Value), len(s.text))}
		at = p.end
		switch {
		case s.isComment(t.Type):
			s.comment(p, &open)
		case t.Type.InSubCategory(chroma.LiteralString):
			if line := bytes.IndexByte(s.text[p.start:p.end], '\n'); line >= 0 && s.runaway(p, line) {
				return p.start + line, nil
			}
			s.strings = extend(s.strings, p)
			s.blank(p)
		}
	}
	return len(s.text), nil
}

// isComment goes by the lexers' kinds: Rust's attributes are "preprocessor comments" there, its doc comments "strings".
func (s *source) isComment(t chroma.TokenType) bool {
	if s.words == rust && t == chroma.LiteralStringDoc {
		return true
	}
	return t.InCategory(chroma.Comment) && t != chroma.CommentPreproc && t != chroma.CommentPreprocFile
}

// comment adds a piece of a comment. Pieces belong together until all that was opened in them is closed.
func (s *source) comment(p span, open *int) {
	text := s.text[p.start:p.end]
	if n := len(s.comments); *open > 0 && n > 0 && s.comments[n-1].end == p.start {
		s.comments[n-1].end = p.end
	} else {
		*open = 0
		s.comments = append(s.comments, p)
	}
	if !bytes.HasPrefix(text, []byte("//")) {
		*open = max(0, *open+bytes.Count(text, []byte("/*"))-bytes.Count(text, []byte("*/")))
	}
	s.blank(p)
}

// runaway tells that a string of a script goes over the end of its line, where none may: an apostrophe in the text of a page
// began it.
func (s *source) runaway(p span, line int) bool {
	if s.words != script {
		return false
	}
	quote := s.text[p.start]
	return (quote == '\'' || quote == '"') && (line == 0 || s.text[p.start+line-1] != '\\')
}

// extend adds a piece of a string to the piece before it, if that ends there.
func extend(list []span, p span) []span {
	if n := len(list); n > 0 && list[n-1].end == p.start {
		list[n-1].end = p.end
		return list
	}
	return append(list, p)
}

func (s *source) blank(p span) {
	for i := p.start; i < p.end; i++ {
		if c := s.code[i]; c != '\n' && c != '\r' {
			s.code[i] = ' '
		}
	}
}
