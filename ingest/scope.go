package ingest

import "path"

// A scope is the part of a workspace that a run looks at: some files and folders, and all that is below them.
type scope struct {
	covered map[string]bool
	next    map[string][]string // folder on the way → names of the next steps
}

func newScope(ids []string) scope {
	sc := scope{covered: make(map[string]bool), next: make(map[string][]string)}
	for _, id := range ids {
		sc.covered[id] = true
	}
	seen := make(map[string]bool)
	for id := range sc.covered {
		for id != "." && !seen[id] {
			seen[id] = true
			dir, name := path.Dir(id), path.Base(id)
			sc.next[dir] = append(sc.next[dir], name)
			id = dir
		}
	}
	return sc
}

// covers tells whether id is in the scope or below something that is.
func (sc scope) covers(id string) bool {
	for ; id != "."; id = path.Dir(id) {
		if sc.covered[id] {
			return true
		}
	}
	return sc.covered["."]
}

// touches tells whether id is covered or leads to something that is.
func (sc scope) touches(id string) bool {
	_, leads := sc.next[id]
	return leads || sc.covers(id)
}

// steps returns the only names worth a look in a folder that is not itself covered.
func (sc scope) steps(dir string) ([]string, bool) {
	if sc.covers(dir) {
		return nil, false
	}
	return sc.next[dir], true
}
