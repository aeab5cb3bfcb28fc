package ingest

import (
	"path"
	"slices"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/gitignore"
)

// Bounds on what a hostile ignore file can cost: every candidate is held against every pattern in force.
const (
	maxIgnoreBytes    = 256 << 10
	maxIgnorePatterns = 4096
)

// ignoreFiles are read in every folder; what a later one says wins.
var ignoreFiles = []string{".gitignore", ".amalfaignore"}

// rules are the patterns in force in one folder, weakest first. A value is never changed, only extended into a new one.
type rules []gitignore.Pattern

// with adds the lines of an ignore file that stands in the folder dir.
func (r rules) with(dir string, lines string) rules {
	var domain []string
	if dir != "." {
		domain = strings.Split(dir, "/")
	}
	out := slices.Clip(r)
	for line := range strings.Lines(lines) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if len(out) >= maxIgnorePatterns {
			break
		}
		out = append(out, gitignore.ParsePattern(line, domain))
	}
	return out
}

// ignores goes from the strongest pattern to the weakest; the first that speaks decides.
func (r rules) ignores(id string, isDir bool) bool {
	if len(r) == 0 {
		return false
	}
	parts := strings.Split(id, "/")
	for _, p := range slices.Backward(r) {
		if m := p.Match(parts, isDir); m != gitignore.NoMatch {
			return m == gitignore.Exclude
		}
	}
	return false
}

// neverIndexed names folders that hold no notes, whatever the settings say.
func neverIndexed(name string) bool { return name == ".amalfa" || name == ".git" }

// leftOut names entries that are out unless a source names them.
func leftOut(name string) bool { return strings.HasPrefix(name, ".") || name == "node_modules" }

var secretPatterns = []string{
	".env", ".env.*", "*.env", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk",
	"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", ".netrc", "_netrc", ".npmrc", ".pypirc", ".pgpass", ".git-credentials",
}

// secretTemplates look like secrets and hold none.
var secretTemplates = []string{".env.example", ".env.sample", ".env.template", ".env.dist"}

// isSecret goes by the file's name.
func isSecret(name string) bool {
	name = strings.ToLower(name)
	if slices.Contains(secretTemplates, name) {
		return false
	}
	return slices.ContainsFunc(secretPatterns, func(p string) bool {
		ok, _ := path.Match(p, name)
		return ok
	})
}
