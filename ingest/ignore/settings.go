package ignore

import (
	"path/filepath"
	"slices"
	"strings"
)

// maxIncludes is how deep settings may lead to other settings (git's number).
const maxIncludes = 10

// configure reads what git's settings say about ignoring: core.excludesFile and core.ignoreCase. The repository's own are the
// strongest. Settings that are included under a condition are not read.
func (r *Repository) configure(g Git) {
	r.user = g.Excludes
	for _, name := range slices.Concat(g.Settings, []string{filepath.Join(r.dir, "config")}) {
		r.settings(name, g.Home, maxIncludes)
	}
}

func (r *Repository) settings(name, home string, includes int) {
	text, _ := read(followed(name))
	for _, s := range parseSettings(string(text)) {
		switch {
		case s.name == "include.path" && includes > 0:
			r.settings(resolve(filepath.Dir(name), expand(s.value, home)), home, includes-1)
		case s.name == "core.excludesfile" && s.value == "":
			r.user = ""
		case s.name == "core.excludesfile":
			r.user = resolve(r.top, expand(s.value, home))
		case s.name == "core.ignorecase":
			r.folded = slices.Contains([]string{"true", "yes", "on", "1"}, strings.ToLower(s.value))
		}
	}
}

// followed is where a path leads: people keep their settings elsewhere and link to them.
func followed(name string) string {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		return real
	}
	return name
}

// expand puts the user's folder in the place of ~.
func expand(name, home string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok && home != "" {
		return filepath.Join(home, rest)
	}
	return name
}

// A setting is "section.key" or "section.subsection.key", section and key in lower case, with its value.
type setting struct{ name, value string }

// parseSettings reads a file of git's settings, up to its first error (git-config(1), "Syntax").
func parseSettings(text string) (all []setting) {
	section := ""
	text = strings.TrimPrefix(text, "\ufeff")
	for {
		text = strings.TrimLeft(text, " \t\r\n\v\f")
		switch {
		case text == "":
			return all
		case text[0] == '#' || text[0] == ';':
			_, text, _ = strings.Cut(text, "\n")
			continue
		case text[0] == '[':
			head, rest, ok := strings.Cut(text[1:], "]")
			if !ok {
				return all
			}
			name, sub, _ := strings.Cut(head, " ")
			section, text = strings.ToLower(name), rest
			if sub != "" {
				section += "." + strings.Trim(sub, `" `)
			}
			continue
		}
		key, rest := cutKey(text)
		if key == "" || section == "" {
			return all
		}
		s := setting{section + "." + strings.ToLower(key), "true"} // of a key without a value
		if text = strings.TrimLeft(rest, " \t"); strings.HasPrefix(text, "=") {
			s.value, text = cutValue(text[1:])
		}
		all = append(all, s)
	}
}

func cutKey(text string) (key, rest string) {
	end := strings.IndexFunc(text, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:]
}

// escapes are what a backslash and a letter stand for in a value; before the end of a line it stands for nothing at all.
var escapes = map[byte]string{'n': "\n", 't': "\t", 'b': "\b", '\n': ""}

// cutValue reads a value to the end of its line: quotes fall away, and so do spaces at both ends and comments outside of them.
func cutValue(text string) (value, rest string) {
	var b strings.Builder
	quoted, end := false, 0 // end: of what must stay of b
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n' && !quoted, (c == '#' || c == ';') && !quoted:
			_, rest, _ = strings.Cut(text[i:], "\n")
			return b.String()[:end], rest
		case c == '"':
			quoted = !quoted
		case c == '\\' && i+1 < len(text):
			i++
			if as, ok := escapes[text[i]]; ok {
				b.WriteString(as)
			} else {
				b.WriteByte(text[i])
			}
			end = b.Len()
		case (c == ' ' || c == '\t' || c == '\r') && !quoted:
			if b.Len() > 0 {
				b.WriteByte(c)
			}
		default:
			b.WriteByte(c)
			end = b.Len()
		}
	}
	return b.String()[:end], ""
}
