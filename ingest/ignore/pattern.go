package ignore

import "strings"

// A pattern is one line of an ignore file.
type pattern struct {
	base     string // folder of the file from the top of all, "" or with a slash at its end
	prefix   string // what the rest of the path must begin with, letter for letter
	rest     glob
	anywhere bool // it has no slash: it stands for a name at any depth
	folders  bool // it stands for folders only
	back     bool // it takes back in
	fold     bool
}

// parseLine reads a line without its end. It is false for lines that leave nothing out: empty ones, comments, and those that can
// never match. base is the folder of the file.
//
// The rules are those of gitignore(5) and, where it is silent, of add_pattern and wildmatch in git:dir.c and git:wildmatch.c.
func parseLine(line, base string, fold bool) (pattern, bool) {
	p := pattern{base: base, fold: fold}
	if line == "" || line[0] == '#' {
		return p, false
	}
	line, _, _ = strings.Cut(line, "\x00") // git's lines end there
	text, back := strings.CutPrefix(trimSpaces(line), "!")
	wild := strings.IndexAny(text, `*?[\`)
	if wild < 0 {
		wild = len(text)
	}
	text, p.folders = strings.CutSuffix(text, "/")
	p.back, p.anywhere = back, !strings.Contains(text, "/")
	wild = min(wild, len(text))
	if strings.HasPrefix(text, "/") {
		text, wild = text[1:], wild-1
	}
	if text == "" {
		return p, false
	}
	var ok bool
	p.prefix = fold1(text[:wild], fold)
	p.rest, ok = compile(text[wild:], fold)
	return p, ok
}

// trimSpaces takes away the spaces at a line's end, of which a backslash keeps the first.
func trimSpaces(line string) string {
	end := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			if i++; i == len(line) {
				return line
			}
			end = i + 1
		case ' ':
		default:
			end = i + 1
		}
	}
	return line[:end]
}

// matches tells whether the pattern stands for a path from the top of all.
func (p *pattern) matches(path string, isDir bool) bool {
	if p.folders && !isDir {
		return false
	}
	name, below := strings.CutPrefix(path, p.base)
	if !below {
		return false
	}
	if p.anywhere {
		name = name[strings.LastIndexByte(name, '/')+1:]
	}
	if len(name) < len(p.prefix) || fold1(name[:len(p.prefix)], p.fold) != p.prefix {
		return false
	}
	return p.rest.match(name[len(p.prefix):], p.fold)
}

// fold1 is s in lower case where case does not count.
func fold1(s string, fold bool) string {
	if !fold {
		return s
	}
	b := []byte(s)
	for i := range b {
		b[i] = lower(b[i], fold)
	}
	return string(b)
}
