package code

import (
	"bytes"
	"context"
	"fmt"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/lexers"
)

// A source is a file in which comments and strings are known.
type source struct {
	text     []byte
	code     []byte // text with blanks in place of comments and strings, line ends kept
	comments []span
	strings  []span
	words    *grammar
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
