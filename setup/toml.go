package setup

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

const tomlTable = "mcp_servers"

// ourTable is the header of our table, however it is spaced and quoted.
var ourTable = regexp.MustCompile(`^\s*\[\s*["']?` + tomlTable + `["']?\s*\.\s*["']?` + Name + `["']?\s*\]\s*(#.*)?$`)

// tomlFile is Codex's file, with a table for each server.
func tomlFile() file {
	return file{decode: decodeTOML, merge: tomlMerge, cut: tomlCut, keys: func(string) []string { return []string{tomlTable} }}
}

// tomlMerge replaces the values of command and args in our table of a TOML file, or adds the table at the end.
func tomlMerge(text string, e Entry) (string, error) {
	body := strings.TrimPrefix(text, byteOrderMark)
	mark := text[:len(text)-len(body)]
	tree, err := decodeTOML(body)
	if err != nil {
		return "", err
	}
	lines := strings.SplitAfter(body, "\n")
	at := slices.IndexFunc(lines, func(line string) bool { return ourTable.MatchString(strings.TrimRight(line, "\r\n")) })
	servers, _ := tree[tomlTable].(map[string]any)
	_, exists := servers[Name]
	if otherForm.MatchString(body) || exists != (at >= 0) {
		return "", fmt.Errorf("%w: %s is not written as [%s.NAME] tables", ErrUnmergeable, tomlTable, tomlTable)
	}
	old, _ := servers[Name].(map[string]any)
	if err := refuse(old); err != nil {
		return "", err
	}
	ours := shape{}.members(e, old)
	out := appendTable(body, ours)
	if exists {
		out = replaceValues(lines, at, old, ours)
	}
	return mark + out, verify(body, out, decodeTOML, []string{tomlTable}, shape{}, e)
}

// otherForm is an inline table or dotted keys, which no later table may extend; our TOML reader would let it pass.
var otherForm = regexp.MustCompile(`(?m)^\s*["']?` + tomlTable + `["']?\s*[=.]`)

// lineEnd is that of a file, CRLF where it has any.
func lineEnd(text string) string {
	if strings.Contains(text, "\r\n") {
		return "\r\n"
	}
	return "\n"
}

func appendTable(text string, ours []member) string {
	end := lineEnd(text)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += end
	}
	if text != "" {
		text += end
	}
	text += "[" + tomlTable + "." + Name + "]" + end
	for _, m := range ours {
		text += tomlLine(m) + end
	}
	return text
}

func tomlLine(m member) string { return m.path[0] + " = " + tomlValue(m.value) }

var ourKey = regexp.MustCompile(`^(\s*)["']?(command|args)["']?\s*=`)

// replaceValues puts our values where the old ones stand, which may go over several lines, and those that are missing behind the header.
// Comments and everything else stay, and so does a value that says the same.
func replaceValues(lines []string, header int, old map[string]any, ours []member) string {
	if !strings.HasSuffix(lines[header], "\n") {
		lines[header] += "\n"
	}
	end := lineEnd(lines[header])
	out := slices.Clone(lines[:header+1])
	for _, m := range ours {
		if _, there := old[m.path[0]]; !there {
			out = append(out, tomlLine(m)+end)
		}
	}
	for i := header + 1; i < len(lines); i++ {
		if strings.HasPrefix(strings.TrimSpace(lines[i]), "[") {
			return strings.Join(append(out, lines[i:]...), "")
		}
		found := ourKey.FindStringSubmatch(lines[i])
		if found == nil {
			out = append(out, lines[i])
			continue
		}
		n := valueLines(lines[i:])
		m := ours[slices.IndexFunc(ours, func(m member) bool { return m.path[0] == found[2] })]
		if reflect.DeepEqual(normalize(old[found[2]]), normalize(m.value)) {
			out = append(out, lines[i:i+n]...)
		} else {
			out = append(out, found[1]+tomlLine(m)+restOfLine(lines[i:i+n]))
		}
		i += n - 1
	}
	return strings.Join(out, "")
}

// valueLines is how many lines the first pair of some takes: as many as its value needs to be one.
func valueLines(lines []string) int {
	for n := 1; n <= len(lines); n++ {
		if _, err := decodeTOML(strings.Join(lines[:n], "")); err == nil {
			return n
		}
	}
	return 1
}

// restOfLine is what stands behind the value of a pair: blanks, a comment, and the end of its last line.
func restOfLine(lines []string) string {
	text := strings.Join(lines, "")
	for i := range len(text) {
		if text[i] != '#' {
			continue
		}
		if _, err := decodeTOML(text[:i]); err == nil {
			return " " + text[i:]
		}
	}
	return text[len(strings.TrimRight(text, "\r\n")):]
}

// tomlValue writes a basic string or a list of them. Paths hold no control characters that JSON's escapes do not cover.
func tomlValue(v any) string {
	list, ok := v.([]string)
	if !ok {
		return string(encode(v, ""))
	}
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = string(encode(s, ""))
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func decodeTOML(text string) (map[string]any, error) {
	m := map[string]any{}
	err := toml.Unmarshal([]byte(strings.TrimPrefix(text, byteOrderMark)), &m)
	var at *toml.DecodeError
	if errors.As(err, &at) {
		line, column := at.Position()
		return m, fmt.Errorf("%w: line %d, column %d: %s", ErrUnmergeable, line, column, strings.TrimPrefix(at.Error(), "toml: "))
	}
	return m, err
}
