package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"amalfa/config"
)

// checkSettings is the one line of `doctor` about the settings; printSettings has the rest.
func (s *session) checkSettings() finding {
	l := s.Loaded
	where := "none; the defaults count"
	if len(l.Files) > 0 {
		where = strings.Join(l.Files, ", ")
	}
	switch ignored := l.Unheeded(); {
	case len(l.Problems) > 0:
		f := bad("settings", l.Problems[0])
		f.Detail = fmt.Sprintf("%s, of which %s cannot be used: see below", where, count(len(l.Problems), "value"))
		return f
	case len(ignored) > 0:
		return warn("settings", "", "%s; without effect: %d, see below", where, len(ignored))
	}
	return good("settings", "%s", where)
}

// A settingNote is a name of a settings file, or a variable, that does not simply count.
type settingNote struct {
	Name  string `json:"name"`
	At    string `json:"at"`
	State string `json:"state"` // "unusable", "ignored" or "moved"
	Why   string `json:"why"`
	Hint  string `json:"hint"`

	origin config.Origin
}

func (s *session) settingsReport() []settingNote {
	notes := []settingNote{}
	for _, p := range s.Loaded.Problems {
		notes = append(notes, settingNote{p.Name, p.Origin.String(), "unusable", p.Err.Error(), p.Hint(), p.Origin})
	}
	for _, i := range s.Loaded.Ignored {
		if i.Same {
			continue
		}
		state := "ignored"
		if i.Moved {
			state = "moved"
		}
		notes = append(notes, settingNote{i.Name, i.Origin.String(), state, i.Why, i.Hint, i.Origin})
	}
	return notes
}

// printSettings prints what does not simply count, in one block: names of one file with the same reason together.
func (s *session) printSettings() {
	groups := grouped(s.settingsReport())
	if len(groups) == 0 {
		return
	}
	s.line("")
	s.line("Settings that do not simply count:")
	mark := map[string]string{"unusable": s.red("✗"), "ignored": s.amber("!"), "moved": s.green("✓")}
	where := ""
	for _, g := range groups {
		first := g[0]
		if at := cmp.Or(first.origin.File, "variables"); at != where {
			s.line("  %s", cleanLine(at))
			where = at
		}
		s.line("  %s %s: %s", mark[first.State], cleanLine(names(g)), cleanLine(first.Why))
		if first.Hint != "" {
			s.line("      → %s", cleanLine(first.Hint))
		}
	}
}

// grouped puts notes of one file with the same reason together, in the order of the files' lines.
func grouped(notes []settingNote) [][]settingNote {
	var groups [][]settingNote
	for _, n := range notes {
		i := slices.IndexFunc(groups, func(g []settingNote) bool {
			return g[0].origin.File == n.origin.File && g[0].State == n.State && g[0].Why == n.Why && g[0].Hint == n.Hint
		})
		if i < 0 {
			groups = append(groups, []settingNote{n})
			continue
		}
		groups[i] = append(groups[i], n)
	}
	slices.SortStableFunc(groups, func(a, b []settingNote) int {
		return cmp.Or(cmp.Compare(b[0].origin.File, a[0].origin.File), cmp.Compare(a[0].origin.Line, b[0].origin.Line))
	})
	return groups
}

// names are those of a group with their lines: "a, b (lines 3, 7)".
func names(group []settingNote) string {
	var all, lines []string
	for _, n := range group {
		all = append(all, cmp.Or(n.origin.Variable, n.Name, "the file"))
		if line := strconv.Itoa(n.origin.Line); n.origin.Line > 0 && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	text := strings.Join(all, ", ")
	switch len(lines) {
	case 0:
		return text
	case 1:
		return text + " (line " + lines[0] + ")"
	}
	return text + " (lines " + strings.Join(lines, ", ") + ")"
}
