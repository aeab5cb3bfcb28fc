package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// readPattern reads {"String": "…"} or {"Regex": "…"}.
func readPattern(raw json.RawMessage) (matcher, error) {
	var c struct{ String, Regex *string }
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, err
	}
	switch {
	case c.String != nil && *c.String != "":
		return literal(*c.String), nil
	case c.Regex != nil:
		return newRegex(*c.Regex)
	}
	return nil, fmt.Errorf("%w: empty pattern", ErrUnsupported)
}

// regex matches what Oniguruma's regular expression of the same spelling does.
type regex struct{ re *regexp.Regexp }

// newRegex accepts what means the same in Go and in Oniguruma: characters, sets of them,
// repetition and alternatives. Classes such as \w, anchors and flags differ and are refused.
func newRegex(expr string) (regex, error) {
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return regex{}, fmt.Errorf("%w: pattern %q: %w", ErrUnsupported, expr, err)
	}
	if err := sameMeaning(expr, tree); err != nil {
		return regex{}, fmt.Errorf("%w: pattern %q: %w", ErrUnsupported, expr, err)
	}
	re, err := regexp.Compile(spellSpaces(expr))
	if err != nil {
		return regex{}, fmt.Errorf("%w: pattern %q: %w", ErrUnsupported, expr, err)
	}
	if re.Match(nil) {
		return regex{}, fmt.Errorf("%w: pattern %q matches the empty text", ErrUnsupported, expr)
	}
	return regex{re}, nil
}

// plainEscapes are the characters that a backslash may stand before.
const plainEscapes = `snrtfv.+*?()[]{}|\/-^$"'` + "`"

func sameMeaning(expr string, tree *syntax.Regexp) error {
	for i := 0; i < len(expr); i++ {
		switch {
		case expr[i] == '\\' && i+1 < len(expr):
			i++
			if !strings.Contains(plainEscapes, expr[i:i+1]) {
				return fmt.Errorf("\\%c", expr[i])
			}
		case expr[i] == '{' && i+1 < len(expr) && expr[i+1] == ',':
			return errors.New("repetition without a lower bound")
		case expr[i] == '[' && i+1 < len(expr) && (expr[i+1] == '[' || expr[i+1] == ':'):
			return errors.New("nested class")
		case expr[i] == '&' && i+1 < len(expr) && expr[i+1] == '&':
			return errors.New("&&")
		case expr[i] == '(' && i+1 < len(expr) && expr[i+1] == '?' && !(i+2 < len(expr) && expr[i+2] == ':'):
			return errors.New("group with a flag")
		}
	}
	return sameOps(tree)
}

// white is what Oniguruma takes \s for, to be written inside a set.
const white = `\t-\r \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}`

// spellSpaces writes each \s out, since Go's knows ASCII only.
func spellSpaces(expr string) string {
	var b strings.Builder
	set := false
	for i := 0; i < len(expr); i++ {
		switch c := expr[i]; {
		case c == '\\' && i+1 < len(expr):
			i++
			switch {
			case expr[i] != 's':
				b.WriteString(expr[i-1 : i+1])
			case set:
				b.WriteString(white)
			default:
				b.WriteString("[" + white + "]")
			}
			continue
		case c == '[':
			set = true
		case c == ']':
			set = false
		}
		b.WriteByte(expr[i])
	}
	return b.String()
}

func sameOps(tree *syntax.Regexp) error {
	switch tree.Op {
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return errors.New("anchor")
	}
	for _, sub := range tree.Sub {
		if err := sameOps(sub); err != nil {
			return err
		}
	}
	return nil
}

func (x regex) each(b []byte, yield func(lo, hi int)) {
	for at := 0; at < len(b); {
		m := x.re.FindIndex(b[at:])
		if m == nil {
			return
		}
		if m[0] < m[1] {
			yield(at+m[0], at+m[1])
		}
		at += max(m[1], 1)
	}
}
