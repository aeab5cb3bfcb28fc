package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"amalfa/registry"
	"amalfa/testdata/vault"

	"github.com/urfave/cli/v3"
)

func (a *program) demoCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "demo", Category: categoryMemory, Usage: "see it work on notes that come with the program",
		Flags:       []cli.Flag{&cli.BoolFlag{Name: "keep", Usage: "leave the folder for a look around"}},
		Description: "Works in a temporary folder with services and ports of its own, and stops and\nremoves everything at the end.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeInterrupted),
		Action:      checked(arguments(0, 0, ""), with(a, func(c *cli.Command) demoOptions { return demoOptions{c.Bool("keep")} }, (*session).demo)),
	})
}

type demoOptions struct{ Keep bool }

// demo runs this program as a stranger would: every step is a command that can be typed, in a process of its own.
func (s *session) demo(ctx context.Context, o demoOptions) error {
	if err := s.FetchDefault(ctx); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "amalfa-demo-")
	if err != nil {
		return err
	}
	d := &demo{program: s.program, root: filepath.Join(dir, "notes"), env: s.demoEnv(dir)}
	if err := errors.Join(d.show(ctx), d.end(dir, o.Keep)); err != nil {
		return err
	}
	s.line("")
	s.line("The answer stands in %s. Now your own notes:", vault.Answer)
	s.line("  cd FOLDER && amalfa init           index them")
	s.line("  amalfa search \"QUESTION\"           ask them")
	s.line("  amalfa setup-mcp                   connect an agent")
	return nil
}

// show is what the demo is about.
func (d *demo) show(ctx context.Context) error {
	if err := writeVault(d.root); err != nil {
		return err
	}
	for _, step := range [][]string{
		{"init"},
		{"servers", "start"},
		{"search", "--limit", "3", vault.Question},
		{"servers"},
	} {
		if err := d.step(ctx, step...); err != nil {
			return err
		}
	}
	return nil
}

// demoEnv keeps the demo's services, ports and settings apart from the user's.
func (s *session) demoEnv(dir string) []string {
	env := []string{
		"AMALFA_STATE_DIR=" + filepath.Join(dir, "state"), "AMALFA_CACHE_DIR=" + s.Places.Cache,
		"XDG_CONFIG_HOME=" + filepath.Join(dir, "config"), "AMALFA_ROOT=", "EMBEDDING_MODEL=",
	}
	for _, svc := range registry.Services() {
		if svc.PortVar != "" {
			env = append(env, svc.PortVar+"=0")
		}
	}
	return append(os.Environ(), env...)
}

type demo struct {
	*program
	root string
	env  []string
}

func (d *demo) step(ctx context.Context, args ...string) error {
	d.line("")
	d.line("%s", d.bold("$ amalfa "+quoted(args)))
	return d.command(ctx, args...).Run()
}

func (d *demo) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, d.exe, args...) // #nosec G204 -- our own executable
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = d.root, d.env, d.out, d.err
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	return cmd
}

// end stops what the demo started, also after a failure or Ctrl-C.
func (d *demo) end(dir string, keep bool) error {
	err := d.step(context.Background(), "stop-all", "--all")
	if keep {
		d.line("kept %s", dir)
		return err
	}
	return errors.Join(err, os.RemoveAll(dir))
}

func writeVault(root string) error {
	if err := os.Mkdir(root, 0o700); err != nil {
		return err
	}
	return fs.WalkDir(vault.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		to := filepath.Join(root, filepath.FromSlash(path))
		if d.IsDir() {
			return os.Mkdir(to, 0o700)
		}
		data, err := fs.ReadFile(vault.FS, path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, data, 0o600)
	})
}

func quoted(args []string) string {
	out := make([]string, len(args))
	for i, arg := range args {
		out[i] = arg
		if strings.ContainsAny(arg, " ?") {
			out[i] = fmt.Sprintf("%q", arg)
		}
	}
	return strings.Join(out, " ")
}
