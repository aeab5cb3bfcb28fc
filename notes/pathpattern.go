package notes

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// FoldPath brings a path or a name to the form in which two spellings of it are equal without regard to case and to how their
// characters are composed, in NFC. Unlike Fold it keeps accents, which make another name.
func FoldPath(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return norm.NFC.String(strings.ReplaceAll(strings.Map(caseless, norm.NFC.String(s)), "ß", "ss"))
}

// caseless gives one rune for all that differ by case only: K, k and the Kelvin sign.
func caseless(r rune) rune {
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	return unicode.ToLower(least)
}

// A PathPattern is what a filter demands of the path of a note, without regard to case and composition. It is a part of the path
// that starts at its beginning or after a slash ("docs", "docs/", "v1.2"); with a leading "/" or "./" it starts at the beginning
// only. With "*" (any characters), "?" (one, but no slash), "**/" (any folders) or "{a,b}" (either) it is a glob over the whole
// path; brackets mean themselves.
type PathPattern struct {
	part string // folded, without the slash before it
	root bool   // part must be at the beginning
	glob *regexp.Regexp
}

// maxGlob bounds what matching a hostile glob can cost.
const maxGlob = 1000

// ParsePath returns an error for a pattern that leads out of the workspace, and for a glob that is too deep or too large to match.
func ParsePath(pattern string) (PathPattern, error) {
	value := FoldPath(strings.TrimSpace(strings.ToValidUTF8(pattern, "\uFFFD")))
	p := PathPattern{root: strings.HasPrefix(value, "/") || strings.HasPrefix(value+"/", "./")}
	folder := strings.HasSuffix(value, "/") || strings.HasSuffix("/"+value, "/.")
	clean := path.Clean(strings.TrimLeft(value, "/"))
	switch {
	case clean == ".." || strings.HasPrefix(clean, "../"):
		return PathPattern{}, fmt.Errorf("%q leads out of the workspace", pattern)
	case clean == ".":
		return PathPattern{root: true}, nil
	case folder:
		clean += "/"
	}
	p.part = clean
	if isGlob(clean) {
		var err error
		if len(clean) > maxGlob {
			return PathPattern{}, fmt.Errorf("%.100q is a glob of %d bytes, at most %d are allowed", pattern, len(clean), maxGlob)
		}
		if p.glob, err = regexp.Compile(globPattern(clean, folder)); err != nil {
			return PathPattern{}, fmt.Errorf("%.100q is no glob that can be matched", pattern)
		}
	}
	return p, nil
}

// Match tells whether a folded path is such a one.
func (p PathPattern) Match(folded string) bool {
	switch {
	case p.glob != nil:
		return p.glob.MatchString(folded)
	case strings.HasPrefix(folded, p.part):
		return true
	}
	return !p.root && strings.Contains(folded, "/"+p.part)
}

// isGlob tells whether a pattern has wildcards or alternatives.
func isGlob(pattern string) bool {
	return strings.ContainsAny(pattern, "*?") || hasAlternatives(pattern)
}

// hasAlternatives tells whether a pattern has braces with a comma in them, and every brace has its partner.
func hasAlternatives(pattern string) bool {
	depth, comma := 0, false
	for _, r := range pattern {
		switch r {
		case '{':
			depth++
		case '}':
			if depth--; depth < 0 {
				return false
			}
		case ',':
			comma = comma || depth > 0
		}
	}
	return depth == 0 && comma
}

// globPattern translates a glob to a regular expression. A folder's holds for all that is below it.
func globPattern(glob string, folder bool) string {
	alternatives := hasAlternatives(glob)
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	depth := 0
	for glob != "" {
		token, size := globToken(glob, alternatives, depth)
		switch {
		case token == "(?:":
			depth++
		case token == ")":
			depth--
		}
		b.WriteString(token)
		glob = glob[size:]
	}
	if folder {
		b.WriteString(".*")
	}
	b.WriteString(`\z`)
	return b.String()
}

// globToken translates what a glob begins with, and tells how long that is.
func globToken(glob string, alternatives bool, depth int) (token string, size int) {
	stars := len(glob) - len(strings.TrimLeft(glob, "*"))
	switch {
	case stars > 1 && strings.HasPrefix(glob[stars:], "/"):
		return "(?:.*/)?", stars + 1
	case stars > 0:
		return ".*", stars
	case glob[0] == '?':
		return "[^/]", 1
	case alternatives && glob[0] == '{':
		return "(?:", 1
	case alternatives && glob[0] == '}':
		return ")", 1
	case alternatives && glob[0] == ',' && depth > 0:
		return "|", 1
	}
	end := 1 + strings.IndexAny(glob[1:]+"*", "*?{},")
	return regexp.QuoteMeta(glob[:end]), end
}
