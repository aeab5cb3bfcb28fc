package grep

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// ErrGlob reports a pattern of paths that cannot be matched.
var ErrGlob = errors.New("is not a pattern of paths")

// maxGlob bounds what matching a hostile pattern can cost, in bytes.
const maxGlob = 1000

// Globs are patterns of paths in the workspace. "*" is anything but "/", "**" any folders, "?" one character, "{a,b}" either.
type Globs []string

// ParseGlobs returns an error for a pattern that cannot be matched or that leads out of the workspace.
func ParseGlobs(patterns []string) (Globs, error) {
	globs := Globs{}
	for _, p := range patterns {
		g := strings.TrimPrefix(path.Clean("/"+strings.TrimPrefix(strings.TrimSpace(p), "./")), "/")
		switch {
		case strings.TrimSpace(p) == "":
			continue
		case len(p) > maxGlob || strings.ContainsRune(p, 0) || !doublestar.ValidatePattern(g):
			return nil, fmt.Errorf("%.100q %w; for example docs/**/*.md", p, ErrGlob)
		case strings.HasPrefix(path.Clean(strings.TrimSpace(p)), ".."):
			return nil, fmt.Errorf("%.100q %w: it leads out of the workspace", p, ErrGlob)
		}
		globs = append(globs, g)
	}
	return globs, nil
}

// IsGlob tells whether a pattern has a character that does not stand for itself.
func IsGlob(pattern string) bool { return strings.ContainsAny(pattern, "*?{[") }

// Match tells whether an id fits one of the patterns.
func (g Globs) Match(id string) bool {
	for _, p := range g {
		if p == id || doublestar.MatchUnvalidated(p, id) {
			return true
		}
	}
	return false
}

// Fit is Match for those who look for places rather than name notes: a folder stands for all that is in it, "" for all there is,
// and a pattern without "/" is held against the name of the file in any folder, as in .gitignore.
func (g Globs) Fit(id string) bool {
	if g.Match(id) {
		return true
	}
	for _, p := range g {
		switch {
		case p == "" || strings.HasPrefix(id, p+"/"):
			return true
		case strings.Contains(p, "/"):
			if doublestar.MatchUnvalidated(p+"/**", id) {
				return true
			}
		case IsGlob(p) && doublestar.MatchUnvalidated(p, path.Base(id)):
			return true
		}
	}
	return false
}
