package cli

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"amalfa/app"
	"amalfa/config"

	"github.com/mattn/go-isatty"
)

// An edit is a settings file in the hands of a person: a copy that the editor opens, and that takes the file's place once it can be used.
type edit struct {
	*session
	file   app.SettingsFile
	before []byte // of the file
	draft  string // path of the copy
}

func (s *session) editSettings(ctx context.Context, o configOptions) error {
	file, err := s.target(o, func(user, _ app.SettingsFile) app.SettingsFile { return user })
	if err != nil {
		return err
	}
	e := edit{session: s, file: file, draft: s.draftOf(file)}
	if e.before, err = config.ReadFile(file.Path); err != nil {
		return fmt.Errorf("%w: %s: %w", config.ErrSettings, file.Path, err)
	}
	if err := e.begin(); err != nil {
		return err
	}
	for {
		if err := e.open(ctx); err != nil {
			return err
		}
		text, problems, err := e.read()
		switch {
		case err != nil:
			return err
		case len(problems) == 0:
			return e.finish(text)
		case !e.again(problems):
			return app.WithHint(fmt.Errorf("%w: %s is left as it was; the edit is kept in %s", config.ErrSettings, e.file.Path, e.draft),
				`run "amalfa config edit`+map[bool]string{true: " --workspace"}[file.Project]+`" to go on from there`)
		}
	}
}

// draftOf is where the copy of a file is edited: among the user's own, under a name that is the file's for good.
func (s *session) draftOf(file app.SettingsFile) string {
	sum := sha256.Sum256([]byte(file.Path))
	return filepath.Join(s.Places.State, "drafts", hex.EncodeToString(sum[:8])+".settings.json")
}

// emptySettings is what a file begins as.
const emptySettings = "{\n  // \"amalfa config list\" has every setting: \"search\": {\"limit\": 20}\n}\n"

// begin makes the copy, or takes up the one that an earlier edit left.
func (e *edit) begin() error {
	if _, err := os.Lstat(e.draft); err == nil {
		e.note("note: going on from the edit that was kept in %s; remove that file to begin with %s", e.draft, e.file.Path)
		return nil
	}
	text := e.before
	if text == nil {
		text = []byte(emptySettings)
	}
	if err := os.MkdirAll(filepath.Dir(e.draft), 0o700); err != nil {
		return err
	}
	return os.WriteFile(e.draft, text, 0o600)
}

// open runs the editor, whose variable may hold arguments.
func (e *edit) open(ctx context.Context) error {
	editor := cmp.Or(e.env.Getenv("VISUAL"), e.env.Getenv("EDITOR"))
	if editor == "" {
		in, ok := e.in.(*os.File)
		if _, err := exec.LookPath("vi"); err != nil || !ok || !isatty.IsTerminal(in.Fd()) {
			return app.WithHint(errors.New("no editor is known"), "name yours in VISUAL or EDITOR, as EDITOR=nano, or edit "+e.file.Path)
		}
		editor = "vi"
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", editor+` "$@"`, editor, e.draft) // #nosec G204 -- EDITOR is the user's own command, run by a shell as git does
	if runtime.GOOS == "windows" {
		words := strings.Fields(editor)
		cmd = exec.CommandContext(ctx, words[0], append(words[1:], e.draft)...) // #nosec G204 -- as above
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.in, e.err, e.err // standard output is for the answer
	if err := cmd.Run(); err != nil {
		return app.WithHint(fmt.Errorf("editor %s: %w; %s is left as it was, the edit is in %s", editor, err, e.file.Path, e.draft), "see VISUAL and EDITOR")
	}
	return nil
}

// read returns what the editor left, and what of it cannot be used.
func (e *edit) read() ([]byte, []config.Problem, error) {
	text, err := config.ReadFile(e.draft)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", e.draft, err)
	}
	l := config.LoadText(e.draft, text, e.file.Project)
	for _, i := range l.Unheeded() {
		e.note("note: line %d: %s: %s", i.Origin.Line, cleanLine(i.Name), cleanLine(i.Why+map[bool]string{true: "; " + i.Hint}[i.Hint != ""]))
	}
	return text, l.Problems, nil
}

// again tells what cannot be used, and asks a person whether to open the editor once more.
func (e *edit) again(problems []config.Problem) bool {
	for _, p := range problems {
		e.note("line %d: %s%s", p.Origin.Line, map[bool]string{true: cleanLine(p.Name) + ": "}[p.Name != ""], cleanLine(p.Err.Error()))
	}
	in, ok := e.in.(*os.File)
	if !ok || !isatty.IsTerminal(in.Fd()) {
		return false
	}
	fmt.Fprint(e.err, "Edit again? [Y/n] ")
	answer, err := bufio.NewReader(e.in).ReadString('\n')
	return err == nil && !strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "n")
}

// finish puts the copy into the file's place, unless that has changed meanwhile.
func (e *edit) finish(text []byte) error {
	now, err := config.ReadFile(e.file.Path)
	if err != nil || string(now) != string(e.before) {
		return app.WithHint(fmt.Errorf("%s has changed meanwhile; the edit is kept in %s", e.file.Path, e.draft), "put both together by hand")
	}
	changed := string(text) != string(e.before) && !(e.before == nil && string(text) == emptySettings)
	if changed {
		if err := e.WriteSettingsFile(e.file, text); err != nil {
			return err
		}
	}
	if err := os.Remove(e.draft); err != nil {
		return err
	}
	return e.print(map[string]any{"path": e.file.Path, "changed": changed}, func() {
		e.line("%s %s", e.Relative(e.file.Path), map[bool]string{true: "is changed", false: "is as it was"}[changed])
	})
}
