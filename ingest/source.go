package ingest

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"amalfa/notes"

	"github.com/bmatcuk/doublestar/v4"
)

// Bounds on what matching a hostile glob can cost: each {a,b} may double it.
const (
	maxGlob         = 1000
	maxAlternatives = 6
)

// A source is a file or a folder (base alone) or a glob below base.
type source struct {
	base string // "." is the workspace
	glob string
	code bool // a folder's source code is taken too: who names a folder means what is in it
}

// parseSources refuses what leads out of the workspace.
func parseSources(root string, specs []string) ([]source, error) {
	if len(specs) == 0 {
		return []source{{base: "."}}, nil
	}
	sources := make([]source, 0, len(specs))
	for _, spec := range specs {
		s, err := parseSource(root, spec)
		if err != nil {
			return nil, fmt.Errorf("source %q: %w", spec, err)
		}
		sources = append(sources, s)
	}
	return sources, nil
}

func parseSource(root, spec string) (source, error) {
	id, err := relative(root, spec)
	if err != nil {
		return source{}, err
	}
	if !strings.ContainsAny(id, `*?[{\`) {
		return source{base: id, code: true}, nil
	}
	if len(id) > maxGlob || strings.Count(id, "{") > maxAlternatives {
		return source{}, errors.New("too long or too many alternatives")
	}
	if !doublestar.ValidatePattern(id) {
		return source{}, doublestar.ErrBadPattern
	}
	base, _ := doublestar.SplitPattern(id)
	return source{base: base, glob: id}, nil
}

// relative turns a path below the workspace, absolute or relative to it, into an id.
func relative(root, name string) (string, error) {
	if filepath.IsAbs(name) {
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return "", errOutside
		}
		name = rel
	}
	id := path.Clean(filepath.ToSlash(name))
	if id == ".." || strings.HasPrefix(id, "../") || strings.HasPrefix(id, "/") || strings.ContainsRune(id, 0) {
		return "", errOutside
	}
	return id, nil
}

// matches tells whether a file belongs to the source, going by its id alone. The case of its extension does not count.
func (s source) matches(id string) bool {
	if s.glob != "" {
		ext := path.Ext(id)
		return doublestar.MatchUnvalidated(s.glob, id) || doublestar.MatchUnvalidated(s.glob, strings.TrimSuffix(id, ext)+strings.ToLower(ext))
	}
	return id == s.base || under(id, s.base) && (notes.IsMarkdown(id) || s.code && isCode(id))
}

// leadsTo tells whether a folder lies on the way to the source's base, or is it.
func (s source) leadsTo(dir string) bool { return dir == s.base || under(s.base, dir) }

// under tells whether id lies below the folder dir.
func under(id, dir string) bool {
	return dir == "." && id != "." || len(id) > len(dir) && id[len(dir)] == '/' && id[:len(dir)] == dir
}

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
	for ; id != "." && id != "/"; id = path.Dir(id) { // a broken index may name "/etc/passwd"
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

// neverIndexed names folders that hold no notes, whatever the settings say.
func neverIndexed(name string) bool { return name == ".amalfa" || name == ".git" }

// leftOut names entries that are out unless a source names them.
func leftOut(name string) bool { return strings.HasPrefix(name, ".") || name == "node_modules" }

// isSecret goes by the file's name, in any case. Every file of a workspace is asked, so it is a switch: 26 patterns took a tenth of
// the processor time of a search.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case ".env.example", ".env.sample", ".env.template", ".env.dist": // look like secrets and hold none
		return false
	case "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", ".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass", ".git-credentials":
		return true
	}
	switch path.Ext(name) {
	case ".env", ".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk":
		return true
	}
	return strings.HasPrefix(name, ".env.")
}
