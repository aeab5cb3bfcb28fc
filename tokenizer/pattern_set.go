package tokenizer

import (
	"errors"
	"fmt"
	"strings"
	"sync"
)

// set reads what stands between brackets, after the first.
func (p *patternParser) set() (runeSet, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errors.New("nested too deep")
	}
	defer func() { p.depth-- }()
	not := p.accept("^")
	var all runeSet
	for first := true; ; first = false {
		switch {
		case p.rest == "":
			return nil, errors.New("set without end")
		case !first && p.accept("]"):
			if not {
				all = all.complement()
			}
			return all, nil
		}
		part, err := p.setPart()
		if err != nil {
			return nil, err
		}
		all = all.union(part)
	}
}

// setPart reads a character, a range of them, a class or an inner set.
func (p *patternParser) setPart() (runeSet, error) {
	switch {
	case strings.HasPrefix(p.rest, "[:"), strings.HasPrefix(p.rest, "&&"), strings.HasPrefix(p.rest, "]"):
		return nil, fmt.Errorf("%q in a set", p.rest[:min(2, len(p.rest))])
	case p.accept("["):
		return p.set()
	}
	part, one, err := p.single()
	if err != nil || !strings.HasPrefix(p.rest, "-") || strings.HasPrefix(p.rest, "-]") {
		return part, err
	}
	p.accept("-")
	last, oneMore, err := p.single()
	switch {
	case err != nil:
		return nil, err
	case !one || !oneMore || strings.HasPrefix(p.rest, "-") || part[0][0] > last[0][0]:
		return nil, errors.New("range in a set")
	}
	return newRuneSet(part[0][0], last[0][0]), nil
}

// single reads a character or a class such as \s; one says which.
func (p *patternParser) single() (set runeSet, one bool, err error) {
	c := p.char()
	if c != '\\' {
		return newRuneSet(c, c), true, nil
	}
	if p.rest == "" {
		return nil, false, errors.New("backslash at the end")
	}
	c = p.char()
	switch c {
	case 's', 'S', 'd', 'D':
		return p.class(c), false, nil
	case 'p', 'P':
		set, err = p.property(c == 'P')
		return set, false, err
	}
	if i := strings.IndexRune("nrtfvae", c); i >= 0 {
		c = rune("\n\r\t\f\v\a\x1b"[i])
		return newRuneSet(c, c), true, nil
	}
	if !strings.ContainsRune(" .+*?()[]{}|\\/-^$\"'`!#%&,:;<=>@_~", c) {
		return nil, false, fmt.Errorf("\\%c", c)
	}
	return newRuneSet(c, c), true, nil
}

func (p *patternParser) class(c rune) runeSet {
	var set runeSet
	switch c {
	case 's', 'S':
		set = whiteSpace()
	default:
		set = categories()["Nd"]
	}
	if c == 'S' || c == 'D' {
		return set.complement()
	}
	return set
}

// whiteSpace is \s: the same to Oniguruma and to the other parts of the library.
var whiteSpace = sync.OnceValue(func() runeSet { return newRuneSet(propertyRanges()[propSpace]...) })

// property reads the name of a general category between braces: of one, or of a group of them.
func (p *patternParser) property(not bool) (runeSet, error) {
	name, rest, ok := strings.Cut(p.rest, "}")
	if !ok || !strings.HasPrefix(name, "{") {
		return nil, errors.New("property without a name")
	}
	p.rest = rest
	name, inverse := strings.CutPrefix(name[1:], "^")
	set, ok := categories()[name]
	if !ok {
		return nil, fmt.Errorf("property %q", name)
	}
	if not != inverse {
		return set.complement(), nil
	}
	return set, nil
}

// categories returns the code points of each general category, and of each of their groups, as
// Oniguruma knows them.
var categories = sync.OnceValue(func() map[string]runeSet {
	all := make(map[string]runeSet)
	next := rune(0)
	for _, line := range strings.Fields(tableCategories) {
		name, size := line[:2], rune(0)
		for _, digit := range line[2:] {
			size = size*10 + digit - '0'
		}
		size = max(size, 1)
		all[name] = append(all[name], [2]rune{next, next + size - 1})
		next += size
	}
	for name, set := range all {
		all[name[:1]] = append(all[name[:1]], set...)
	}
	for name := range all {
		all[name] = all[name].tidy()
	}
	return all
})

// fold adds what is the same as the letters of a set but for its case.
func fold(set runeSet) (runeSet, error) {
	if !set.ascii() {
		return nil, errors.New("case folding outside ASCII")
	}
	var more runeSet
	for _, r := range set {
		for c := r[0]; c <= r[1]; c++ {
			if lower := c | 0x20; lower >= 'a' && lower <= 'z' {
				more = append(more, [2]rune{c ^ 0x20, c ^ 0x20})
			}
			switch c | 0x20 {
			case 's':
				more = append(more, [2]rune{'ſ', 'ſ'})
			case 'k':
				more = append(more, [2]rune{'\u212A', '\u212A'}) // the Kelvin sign
			}
		}
	}
	return set.union(more), nil
}

// foldsTogether reports whether letters stand side by side that one character stands for without
// regard to case, such as ß for ss; Oniguruma would match it.
func foldsTogether(seq []item) bool {
	for i := 1; i < len(seq); i++ {
		for _, pair := range []string{"ss", "st", "ff", "fi", "fl"} {
			if seq[i-1].holds(pair[0]) && seq[i].holds(pair[1]) {
				return true
			}
		}
	}
	return false
}

func (it item) holds(c byte) bool { return it.set != nil && it.set.has(rune(c)) }
