package notes

import (
	"cmp"
	"path"
	"strings"
)

// A meaning is all that a target may mean.
type meaning struct {
	all  []candidate
	best map[string]candidate // of those in or below each folder, once several were compared; "." is the workspace
	// beside are those in each folder, once several were compared for a symbol.
	beside map[string][]string
}

// ids are the notes among them.
func (m *meaning) ids() (ids []string) {
	for _, c := range m.all {
		if !c.isFile {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// only is the note that documents a symbol which the note from names: the one there is, else the one in the same folder, since a
// package is a folder in most languages; "" where there are more.
func (m *meaning) only(from string) string {
	if len(m.all) == 1 {
		return m.all[0].ID
	}
	if m.beside == nil {
		m.beside = map[string][]string{}
		for _, c := range m.all {
			m.beside[path.Dir(c.ID)] = append(m.beside[path.Dir(c.ID)], c.ID)
		}
	}
	if ids := m.beside[path.Dir(from)]; len(ids) == 1 {
		return ids[0]
	}
	return ""
}

// nearest is the candidate that a link of the note from leads to: of several the one fewest steps from folder to folder away, for
// Obsidian one in or below the folder of the note, then the shorter path, then the first. There is at least one. It looks at the
// folders above the note alone, so that ten thousand notes called README that link to each other cost ten thousand times that.
func (m *meaning) nearest(rule Rule, from string) candidate {
	if len(m.all) == 1 {
		return m.all[0]
	}
	if m.best == nil {
		m.best = rule.bestBelow(m.all)
	}
	folder := path.Dir(from)
	if c, ok := m.best[folder]; ok && rule == ByObsidian {
		return c
	}
	nearest := m.best["."]
	for ; rule != ByObsidian && folder != "." && folder != "/"; folder = path.Dir(folder) {
		if c, ok := m.best[folder]; ok && cmp.Or(apart(from, c.ID)-apart(from, nearest.ID), shorter(c, nearest)) < 0 {
			nearest = c
		}
	}
	return nearest
}

// bestBelow finds the best candidate in or below each folder.
func (rule Rule) bestBelow(all []candidate) map[string]candidate {
	best := map[string]candidate{}
	for _, c := range all {
		for folder := c.ID; folder != "." && folder != "/"; {
			folder = path.Dir(folder)
			if old, ok := best[folder]; !ok || rule.compare(c, old) < 0 {
				best[folder] = c
			}
		}
	}
	return best
}

// compare orders candidates that lie below one folder: the one fewer folders down first, which Obsidian does not ask for, then the
// shorter path.
func (rule Rule) compare(a, b candidate) int {
	if rule == ByObsidian {
		return shorter(a, b)
	}
	return cmp.Or(strings.Count(a.ID, "/")-strings.Count(b.ID, "/"), shorter(a, b))
}

func shorter(a, b candidate) int { return cmp.Or(len(a.ID)-len(b.ID), a.compare(b)) }

// apart is the number of steps from the folder of one file to that of another.
func apart(a, b string) int {
	common := 0 // where the folders that both lie in end
	for i := 0; i < min(len(a), len(b)) && a[i] == b[i]; i++ {
		if a[i] == '/' {
			common = i + 1
		}
	}
	return strings.Count(a[common:], "/") + strings.Count(b[common:], "/")
}
