package cli

import (
	"amalfa/app"
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"amalfa/config"
	"amalfa/testdata/assets"
	"amalfa/testdata/testmodels"
)

// notesOfTests are four notes: two that link, one with a tag, and one whose front matter gives it an alias.
var notesOfTests = map[string]string{
	"tides.md":      "# Tide tables\n\nHigh water comes forty minutes late. See [[moon]] and [[nowhere]].\n",
	"moon.md":       "---\ntags: [sky]\naliases: [Luna]\n---\n# Moon\n\nThe moon makes the tides.\n",
	"docs/auth.md":  "# Login\n\n## Tokens\n\nA token ends after an hour.\n\n## Keys\n\nKeys never leave the safe.\n",
	"docs/notes.md": "# Notes\n\nNothing of the above.\n",
}

// A testProgram is a program over a workspace of notes, and what it wrote.
type testProgram struct {
	*program
	dir      string
	out, err *bytes.Buffer
}

// programOver is a user of their own, with notes, no model and no network. vars are variables, in pairs.
func programOver(t *testing.T, notes map[string]string, vars ...string) *testProgram {
	t.Helper()
	base := t.TempDir()
	dir := filepath.Join(base, "notes")
	for id, text := range notes {
		writeFile(t, filepath.Join(dir, id), text)
	}
	env := map[string]string{
		"HOME": base, "AMALFA_STATE_DIR": filepath.Join(base, "state"), "AMALFA_CACHE_DIR": filepath.Join(base, "cache"),
		"XDG_CONFIG_HOME": filepath.Join(base, "config"), "AMALFA_OFFLINE": "1", "VECTOR_PORT": "0", "RERANKER_PORT": "0", "SONAR_PORT": "0", "DASHBOARD_PORT": "0",
	}
	for i := 0; i < len(vars); i += 2 {
		env[vars[i]] = vars[i+1]
	}
	p := &testProgram{dir: dir, out: &bytes.Buffer{}, err: &bytes.Buffer{}}
	p.program = &program{
		ending: &ending{},
		in:     strings.NewReader(""), out: p.out, err: p.err, exe: filepath.Join(base, "amalfa"),
		env:   config.Env{Getenv: func(name string) string { return env[name] }, Cwd: dir, TempDir: base, UID: os.Getuid()},
		flags: flags{root: dir, quiet: false},
	}
	return p
}

// indexed is programOver with an index by words.
func indexed(t *testing.T, vars ...string) *testProgram {
	t.Helper()
	p := programOver(t, maps.Clone(notesOfTests), vars...)
	p.must(t, p.s(t).init(t.Context(), initOptions{NoDaemon: true}))
	return p
}

// withTinyModel are the variables of a user who has the runtime and a model whose vectors are means of letters.
func withTinyModel(t *testing.T) []string {
	t.Helper()
	return []string{"AMALFA_ORT_LIB", assets.Runtime(t), "EMBEDDING_MODEL", filepath.Dir(testmodels.Tiny(t).Files.ModelPath)}
}

// s opens the workspace, as every command does first.
func (p *testProgram) s(t *testing.T) *session {
	t.Helper()
	s, err := p.open(app.SettingsNeeded)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// must ends the test on an error, and forgets what was written.
func (p *testProgram) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, p.out, p.err)
	}
	p.out.Reset()
	p.err.Reset()
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// A commandCase is one run of a command by its Options.
type commandCase struct {
	name string
	run  func(*testProgram) error
	json bool
	out  string // pattern that standard output matches; "" for nothing there
	err  string // pattern that the error matches; "" for none
	code int    // its exit code
}

// runCases runs each case on a program of its own.
func runCases(t *testing.T, open func(*testing.T) *testProgram, cases []commandCase) {
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			p := open(t)
			p.json = tt.json
			err := tt.run(p)
			message, code := "", codeDone
			var quiet errQuiet
			switch {
			case errors.As(err, &quiet):
				code = int(quiet)
			case err != nil:
				message, code = err.Error()+"\n"+classify(err).hint, classify(err).code
			}
			if code != tt.code || tt.err == "" && message != "" || !regexp.MustCompile(tt.err).MatchString(message) {
				t.Errorf("code %d, error %q; want %d, %q", code, message, tt.code, tt.err)
			}
			if out := p.out.String(); tt.out == "" && out != "" || !regexp.MustCompile(tt.out).MatchString(out) {
				t.Errorf("wrote %q, want %q", out, tt.out)
			}
		})
	}
}

func ptrTo[T any](v T) *T { return &v }
