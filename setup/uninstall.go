package setup

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"howett.net/plist"
)

// PlanRemoval says what taking our entry out of a client's file would do. A file without one, or whose entry starts something else than
// amalfa's server, stays as it is. It returns ErrUnmergeable, wrapped, for a file that it does not understand well enough to change.
func PlanRemoval(c Client, path string) (Change, error) {
	ch := Change{Client: c.Name, Path: path}
	data, err := readSettings(path)
	if err != nil {
		return ch, fmt.Errorf("read settings of %s: %w", c.Name, err)
	}
	ch.Before, ch.After = string(data), string(data)
	if !strings.Contains(ch.Before, Name) {
		return ch, nil
	}
	tree, err := c.file.decode(ch.Before)
	if err != nil {
		return ch, fmt.Errorf("%s: %w: %w", path, ErrUnmergeable, err)
	}
	keys := c.file.keys(ch.Before)
	entry, _ := remove(tree, keys).(map[string]any)
	st, ok := c.file.shape.read(entry)
	if !ok || len(st.Args) == 0 || st.Args[0] != "serve" && st.Args[0] != "mcp" {
		return ch, nil
	}
	if ch.After, err = c.file.cut(ch.Before); err != nil {
		return ch, fmt.Errorf("remove from %s: %w", path, err)
	}
	if is, err := c.file.decode(ch.After); err != nil || !reflect.DeepEqual(normalize(tree), normalize(is)) {
		return ch, fmt.Errorf("remove from %s: %w: something else would change", path, ErrUnmergeable)
	}
	ch.Started = st
	return ch, nil
}

// ourTables are the header of our table and those of the tables in it.
var ourTables = regexp.MustCompile(`^\s*\[\s*["']?` + tomlTable + `["']?\s*\.\s*["']?` + Name + `["']?\s*(\.[^\]]*)?\]\s*(#.*)?$`)

// tomlCut takes our table and those in it out, with the blank lines before them. Comments right before the next table are that one's.
func tomlCut(text string) (string, error) {
	body := strings.TrimPrefix(text, byteOrderMark)
	var out, cut []string
	ours := false
	for line := range strings.Lines(body) {
		if bare := strings.TrimSpace(line); strings.HasPrefix(bare, "[") {
			out, cut = append(out, cut[len(trimEnd(cut, "#")):]...), nil
			if ours = ourTables.MatchString(bare); ours {
				out = trimEnd(out, "")
			}
		}
		if ours {
			cut = append(cut, line)
		} else {
			out = append(out, line)
		}
	}
	return text[:len(text)-len(body)] + strings.Join(out, ""), nil
}

// trimEnd leaves the blank lines at the end out, and those that begin with comment, "" for none.
func trimEnd(lines []string, comment string) []string {
	for n := len(lines); n > 0; n-- {
		bare := strings.TrimSpace(lines[n-1])
		if bare != "" && (comment == "" || !strings.HasPrefix(bare, comment)) {
			return lines[:n]
		}
	}
	return nil
}

// IsUnit reports whether the text of a file is a unit of ours, whichever workspace it is for: its program is run as our supervisor.
func IsUnit(text string) bool {
	var agent struct {
		Args []string `plist:"ProgramArguments"`
	}
	if _, err := plist.Unmarshal([]byte(text), &agent); err == nil && len(agent.Args) > 3 {
		return slices.Equal(agent.Args[1:4], []string{"supervisor", "serve", "--root"})
	}
	return strings.Contains(text, `" "supervisor" "serve" "--root" "`)
}
