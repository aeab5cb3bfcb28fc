package setup

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

const tomlTable = "mcp_servers"

// ourTable is the header of our table, however it is spaced and quoted.
var ourTable = regexp.MustCompile(`^\s*\[\s*["']?` + tomlTable + `["']?\s*\.\s*["']?` + Name + `["']?\s*\]\s*(#.*)?$`)

// tomlMerge replaces the lines of command and args in our table of a TOML file, or adds the table at the end.
func tomlMerge(text string, e Entry) (string, error) {
	old, err := decodeTOML(text)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnmergeable, err)
	}
	lines := strings.SplitAfter(text, "\n")
	ours := []string{"command = " + tomlString(e.Command) + "\n", "args = " + tomlStrings(e.Args) + "\n"}
	at := slices.IndexFunc(lines, func(line string) bool { return ourTable.MatchString(strings.TrimRight(line, "\r\n")) })
	servers, _ := old[tomlTable].(map[string]any)
	_, exists := servers[Name]
	if otherForm.MatchString(text) || exists != (at >= 0) {
		return "", fmt.Errorf("%w: %s is not written as [%s.NAME] tables", ErrUnmergeable, tomlTable, tomlTable)
	}
	out := appendTable(text, ours)
	if exists {
		out = replaceTable(lines, at, ours)
	}
	return out, verifyTOML(text, out, e)
}

// otherForm is an inline table or dotted keys, which no later table may extend; our TOML reader would let it pass.
var otherForm = regexp.MustCompile(`(?m)^\s*["']?` + tomlTable + `["']?\s*[=.]`)

func appendTable(text string, ours []string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if text != "" {
		text += "\n"
	}
	return text + "[" + tomlTable + "." + Name + "]\n" + strings.Join(ours, "")
}

var ourKey = regexp.MustCompile(`^\s*(command|args)\s*=`)

// replaceTable keeps the table's other keys and its comments. A value over several lines is left to verify, which refuses it.
func replaceTable(lines []string, at int, ours []string) string {
	if startsWith(lines[at+1:], ours) {
		return strings.Join(lines, "")
	}
	if !strings.HasSuffix(lines[at], "\n") {
		lines[at] += "\n"
	}
	out := append(append([]string{}, lines[:at+1]...), ours...)
	inside := true
	for _, line := range lines[at+1:] {
		inside = inside && !strings.HasPrefix(strings.TrimSpace(line), "[")
		if !inside || !ourKey.MatchString(line) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

func startsWith(lines, ours []string) bool {
	return len(lines) >= len(ours) && strings.Join(lines[:len(ours)], "") == strings.Join(ours, "")
}

// tomlString writes a basic string. Paths hold no control characters that JSON's escapes do not cover.
func tomlString(s string) string { return string(encode(s, "")) }

func tomlStrings(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = tomlString(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func decodeTOML(text string) (map[string]any, error) {
	m := map[string]any{}
	return m, toml.Unmarshal([]byte(text), &m)
}

// verifyTOML is verify for a table whose other keys are the user's.
func verifyTOML(before, after string, e Entry) error {
	strip := func(text string) (map[string]any, error) {
		m, err := decodeTOML(text)
		if err != nil {
			return nil, err
		}
		if servers, ok := m[tomlTable].(map[string]any); ok {
			if ours, ok := servers[Name].(map[string]any); ok {
				servers[Name] = map[string]any{"command": ours["command"], "args": ours["args"]}
				for k, v := range ours {
					if k != "command" && k != "args" {
						m["\x00"+k] = v // compared with the rest
					}
				}
			}
		}
		return m, nil
	}
	return verify(before, after, strip, []string{tomlTable}, e)
}
