package config

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"amalfa/registry"
)

// Variables are the names under which the environment may set a key, the first one that is not empty: one that was there before the
// settings, then AMALFA_ and the path in capitals, as AMALFA_SEARCH_LIMIT for search.limit. A key of files alone has none.
func (k Key) Variables() []string {
	if k.FileOnly {
		return []string{}
	}
	var b strings.Builder
	b.WriteString("AMALFA_")
	for _, r := range k.Path {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		if r == '.' {
			r = '_'
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	own := b.String()
	if svc, ok := registry.Lookup(strings.TrimSuffix(k.Path, ".port")); ok && svc.PortVar != "" {
		return []string{svc.PortVar, own}
	}
	if k.Path == "embeddings.model" {
		return []string{"EMBEDDING_MODEL", own}
	}
	return []string{own}
}

// variables lays the environment over the files. An empty variable is none.
func (l *Loaded) variables(getenv func(string) string) {
	for _, v := range l.Values {
		for _, name := range v.Variables() {
			if text := getenv(name); text != "" {
				l.variable(v.Key, name, text)
				break
			}
		}
	}
	for _, row := range EarlierNames() {
		if row.Variable && getenv(row.Name) != "" && row.Now == "" {
			l.ignore(Ignored{Name: row.Name, Origin: Origin{Variable: row.Name}, Why: row.Fate(), Silent: !strings.HasPrefix(row.Name, "AMALFA_")})
		}
	}
	switch level := getenv("LOG_LEVEL"); strings.ToLower(level) {
	case "", "debug", "info", "warn", "error":
	default:
		l.ignore(Ignored{Name: "LOG_LEVEL", Origin: Origin{Variable: "LOG_LEVEL"}, Silent: true,
			Why: fmt.Sprintf("is none of debug, info, warn and error: %q", level), Hint: "the services' logs are written as for info"})
	}
}

func (l *Loaded) variable(key Key, name, text string) {
	origin := Origin{Variable: name}
	value, err := key.Parse(text)
	if err == nil {
		err = key.set(&l.Settings, value)
	}
	if err != nil {
		l.problem(key.Path, origin, err)
		return
	}
	l.Project[key.Path] = false
	l.record(key, value, origin)
}

// Parse reads a value as a person types it, on the command line or into a variable: text without quotes, yes or no, 64 or 6.4e1, a list
// with commas between or as JSON, an object as JSON.
func (k Key) Parse(text string) (any, error) {
	trimmed := strings.TrimSpace(text)
	switch k.Kind {
	case "number", decimal:
		n, err := strconv.ParseFloat(trimmed, 64)
		if err != nil {
			return nil, fmt.Errorf("want a number, have %q", text)
		}
		return n, nil
	case "true or false":
		switch strings.ToLower(trimmed) {
		case "1", "true", "yes", "on":
			return true, nil
		case "0", "false", "no", "off":
			return false, nil
		}
		return nil, fmt.Errorf("want true or false, have %q", text)
	case "list of text":
		return parseList(trimmed)
	case "object of text":
		var object map[string]any
		if err := json.Unmarshal([]byte(trimmed), &object); err != nil || object == nil {
			return nil, fmt.Errorf("want a JSON object, have %q", text)
		}
		return object, nil
	}
	if k.Secret() {
		return trimmed, nil
	}
	return unquote(trimmed), nil
}

// unquote takes text that somebody has written as JSON.
func unquote(text string) string {
	var out string
	if strings.HasPrefix(text, `"`) && json.Unmarshal([]byte(text), &out) == nil {
		return out
	}
	return text
}

func parseList(text string) (any, error) {
	if strings.HasPrefix(text, "[") {
		var list []any
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			return nil, fmt.Errorf("want a list, have %q", text)
		}
		return list, nil
	}
	list := []any{}
	depth := 0 // of braces, whose commas belong to a glob
	for _, item := range strings.FieldsFunc(text, func(r rune) bool {
		switch r {
		case '{':
			depth++
		case '}':
			depth--
		}
		return r == ',' && depth == 0
	}) {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list, nil
}
