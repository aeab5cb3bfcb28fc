package config

import (
	"errors"
	"maps"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"

	lexical "amalfa/store/text"
)

// same compares values as JSON has them.
func same(a, b any) bool { return reflect.DeepEqual(a, b) }

// join lays a value over another: objects name by name, as the folders of `dialects`, and the list of `private` behind the other.
func join(path string, under, over any) any {
	if path == privateKey {
		more, _ := over.([]any)
		have, _ := under.([]any)
		return append(slices.Clone(have), more...)
	}
	a, isObject := under.(map[string]any)
	b, both := over.(map[string]any)
	if !isObject || !both {
		return over
	}
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// hidden is shown in the place of a secret.
const hidden = "[set]"

// Shown is the value as it may be shown: secrets are not.
func (v Value) Shown() any {
	text, isText := v.Value.(string)
	switch {
	case !isText || text == "":
		return v.Value
	case v.Secret():
		return hidden
	}
	if v.Path == databaseKey {
		text = passwordWord.ReplaceAllString(text, "${1}"+hidden)
	}
	return withoutPassword(text)
}

// passwordWord is a password in an address of words, or among the options of a URL, as libpq has them.
var passwordWord = regexp.MustCompile(`(?i)((?:ssl)?password\s*=\s*)(?:'(?:[^'\\]|\\.)*'|[^\s&]+)`)

// Secret reports whether a key holds what nobody must see.
func (k Key) Secret() bool { return strings.HasSuffix(k.Path, ".apiKey") }

func withoutPassword(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User == nil {
		return address
	}
	u.User = url.User(hidden)
	return u.String()
}

// Near returns the path of the key that somebody may have meant, "" where none is near: one with the same letters in another case or with
// other marks between the words, one that is a slip or two away, or the only one that ends in that name.
func Near(path string) string {
	want := letters(path)
	best, distance := "", 1+min(3, len(want)/4)
	ends := []string{}
	for _, k := range Keys() {
		have := letters(k.Path)
		if have == want {
			return k.Path
		}
		if d := lexical.Distance([]rune(have), []rune(want)); d < distance {
			best, distance = k.Path, d
		}
		if i := strings.LastIndexByte(k.Path, '.'); i >= 0 && letters(k.Path[i:]) == letters(path[strings.LastIndexByte(path, '.')+1:]) {
			ends = append(ends, k.Path)
		}
	}
	if best == "" && len(ends) == 1 {
		best = ends[0]
	}
	return best
}

// NearAll returns the keys that share a name with path, for a list of suggestions.
func NearAll(path string) []string {
	if near := Near(path); near != "" {
		return []string{near}
	}
	var out []string
	for _, k := range Keys() {
		if slices.ContainsFunc(strings.Split(k.Path, "."), func(part string) bool { return strings.EqualFold(part, path) }) {
			out = append(out, k.Path)
		}
	}
	return out
}

// letters leaves out what separates words.
func letters(path string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, path)
}

// editorKey is checked: what it says becomes a link, which must lead to a program and never run anything in the page.
func editorKey() Key {
	k := text("dashboard.editor", "vscode://file{path}:{line}", own, "address that opens a file in an editor, as a link of the dashboard: `{path}` is its path, `{line}` a line; `idea://open?file={path}&line={line}`, `zed://file{path}:{line}`; empty for no link", nil, func(s *Settings) *string { return &s.Dashboard.Editor })
	set := k.set
	k.set = func(s *Settings, v any) error {
		if address, ok := v.(string); ok && address != "" {
			u, err := url.Parse(strings.NewReplacer("{path}", "/p", "{line}", "1").Replace(address))
			if err != nil || !strings.Contains(address, "{path}") || u.Scheme == "" || !strings.HasPrefix(address, u.Scheme+"://") || slices.Contains([]string{"http", "https", "file", "javascript", "data", "vbscript", "blob", "about"}, u.Scheme) {
				return errors.New("want the address of an editor, as vscode://file{path}:{line}")
			}
		}
		return set(s, v)
	}
	return k
}
