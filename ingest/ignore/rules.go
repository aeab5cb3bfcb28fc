// Package ignore tells which files git leaves out, and which .amalfaignore does in the same language: patterns exactly as git
// matches them, from the ignore files of a repository's top down to those of a folder.
//
// It opens ignore files and git's own settings, bounded, and nothing else. git is never run.
package ignore

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// Files are the names of ignore files, read in every folder; what a later one says wins.
var Files = []string{".gitignore", ".amalfaignore"}

// Bounds on what hostile ignore files can cost: every candidate is held against every pattern in force.
const (
	MaxBytes    = 256 << 10 // of one file
	MaxPatterns = 4096      // in force in one folder
)

// Rules are the patterns in force in one folder, weakest first. A value is never changed, only extended into a new one.
type Rules struct {
	patterns []pattern
	prefix   string // from the repository's top to the workspace, "" or with a slash at its end
	fold     bool   // case does not count
}

// With adds the text of an ignore file in the workspace's folder dir; "." is the workspace. It is false when some of the text does
// not count because it is beyond the bounds.
func (r Rules) With(dir string, text []byte) (Rules, bool) {
	base := r.prefix
	if dir != "." {
		base += dir + "/"
	}
	return r.with(base, text)
}

func (r Rules) with(base string, text []byte) (Rules, bool) {
	r.patterns = slices.Clip(r.patterns)
	whole := len(text) <= MaxBytes
	text = bytes.TrimPrefix(text[:min(len(text), MaxBytes)], []byte("\ufeff"))
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		p, ok := parseLine(line, base, r.fold)
		if !ok {
			continue
		}
		if len(r.patterns) == MaxPatterns {
			return r, false
		}
		r.patterns = append(r.patterns, p)
	}
	return r, whole
}

// Ignores tells whether a file or folder of the workspace is left out, as long as the folder it stands in is not. r are the
// rules of that folder.
func (r Rules) Ignores(id string, isDir bool) bool {
	if len(r.patterns) == 0 {
		return false
	}
	i := r.decides(path.Join(r.prefix, id), isDir)
	return i >= 0 && !r.patterns[i].back
}

// decides is the index of the strongest pattern that stands for a path from the top, or -1.
func (r Rules) decides(path string, isDir bool) int {
	for i := len(r.patterns) - 1; i >= 0; i-- {
		if r.patterns[i].matches(path, isDir) {
			return i
		}
	}
	return -1
}
