package setup

import (
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/coreos/go-systemd/v22/unit"
	"howett.net/plist"
)

// A Unit has the system's own supervisor run ours for a workspace, as the user who is logged in.
type Unit struct {
	Exe  string   // absolute path of the program
	Root string   // of the workspace
	Env  []string // NAME=value, without secrets: the file may be read by others
	Log  string   // where launchd writes what is printed
}

// Name is the unit's, one for each workspace.
func (u Unit) Name() string {
	base := regexp.MustCompile(`[^a-zA-Z0-9]+`).ReplaceAllString(filepath.Base(u.Root), "-")
	return fmt.Sprintf("amalfa-%s-%.4x", strings.Trim(base, "-"), sha256.Sum256([]byte(u.Root)))
}

// args is what is run: the supervisor in the foreground, which starts the services and stops them when it ends.
func (u Unit) args() []string { return []string{u.Exe, "supervisor", "serve", "--root", u.Root} }

// Systemd is the text of a user unit.
func (u Unit) Systemd() ([]byte, error) {
	var words []string
	for i, a := range u.args() {
		if i > 0 { // systemd replaces no variable in the program's path, nor "$$"
			a = strings.ReplaceAll(a, "$", "$$")
		}
		words = append(words, quoted(a))
	}
	o := unit.NewUnitOption
	options := []*unit.UnitOption{
		o("Unit", "Description", "amalfa for "+strings.ReplaceAll(oneLine(u.Root), "%", "%%")),
		o("Unit", "StartLimitIntervalSec", "60"), o("Unit", "StartLimitBurst", "5"),
		o("Service", "ExecStart", strings.Join(words, " ")),
	}
	for _, kv := range u.Env {
		options = append(options, o("Service", "Environment", quoted(kv)))
	}
	options = append(options,
		o("Service", "Restart", "on-failure"), o("Service", "RestartSec", "1"),
		o("Service", "KillMode", "mixed"), // it stops its services itself
		o("Service", "TimeoutStopSec", "60"),
		o("Install", "WantedBy", "default.target"))
	return io.ReadAll(unit.Serialize(options))
}

// oneLine keeps a name with control characters from ending the line.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// quoted is a word in systemd's own quoting, in which % begins a specifier.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b.Write([]byte{'\\', c})
		case c == '%':
			b.WriteString("%%")
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + `"`
}

// Launchd is the text of a launch agent.
func (u Unit) Launchd() ([]byte, error) {
	env := map[string]string{}
	for _, kv := range u.Env {
		k, v, _ := strings.Cut(kv, "=")
		env[k] = v
	}
	return plist.MarshalIndent(map[string]any{
		"Label": u.Name(), "ProgramArguments": u.args(), "EnvironmentVariables": env, "RunAtLoad": true,
		"KeepAlive": map[string]bool{"SuccessfulExit": false}, "ThrottleInterval": 10, "ExitTimeOut": 60, "ProcessType": "Background",
		"StandardErrorPath": u.Log,
	}, plist.XMLFormat, "\t")
}

// UnitEnv picks what a unit keeps of an environment: where things are, never a key.
func UnitEnv(environ []string) []string {
	var kept []string
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if slices.Contains(unitVars(), name) {
			kept = append(kept, kv)
		}
	}
	slices.Sort(kept)
	return kept
}

func unitVars() []string {
	return []string{"AMALFA_STATE_DIR", "AMALFA_CACHE_DIR", "AMALFA_ORT_LIB", "AMALFA_OFFLINE", "AMALFA_RERANKER_MODEL", "EMBEDDING_MODEL",
		"XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "HF_HOME", "HF_HUB_CACHE", "FASTEMBED_CACHE_PATH", "VECTOR_PORT", "RERANKER_PORT", "SONAR_PORT", "DASHBOARD_PORT"}
}
