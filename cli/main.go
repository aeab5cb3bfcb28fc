// Package cli is the command line: one file per command, and the wiring of the rooms into services. It alone reads flags,
// variables, the clock and the settings, and it alone decides exit codes (exit.go). Answers go to standard output;
// everything else goes to standard error.
package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"amalfa/config"

	"github.com/mattn/go-isatty"
	"github.com/urfave/cli/v3"
)

// A program is one run of amalfa: its streams and what it knows of the outside.
type program struct {
	in       io.Reader
	out, err io.Writer
	env      config.Env
	exe      string // absolute path of this program
	arg0     string // the word it was started by
	running  string // full name of the command, for error messages
	color    bool   // standard output takes colours
	progress bool   // standard error is a terminal that may be redrawn
	columns  int    // of a line on standard output, 0 for as many as it takes
	ending   *ending
	flags    // those that stand before and behind every command
}

// flags are what every command takes.
type flags struct {
	root          string
	json, offline bool
	quiet         bool
}

// Main runs the command that args name and returns its exit code (exit.go).
func Main(args []string) int {
	a, err := newApp()
	if err != nil {
		a.json = slices.Contains(args, "--json")
		a.report(err)
		return codeFailed
	}
	a.ending = a.listen()
	ctx := a.ending.ctx
	err = a.run(ctx, args)
	if err == nil {
		return codeDone
	}
	if ctx.Err() != nil {
		err = interrupted(err)
	}
	return a.report(err)
}

// run does what args ask for.
func (a *program) run(ctx context.Context, args []string) error {
	root := a.commandTree()
	if args[len(args)-1] == completing {
		return root.Run(ctx, args)
	}
	a.json = slices.Contains(args, "--json") // until the line is known to be right
	l, err := readLine(root, args[1:])
	if err != nil {
		return err
	}
	a.json, a.quiet, a.color = l.has("json"), l.has("quiet"), a.color && !l.has("no-color")
	switch {
	case l.help:
		return a.help(l.path)
	case l.version:
		return a.version(ctx, versionOptions{})
	}
	return root.Run(ctx, l.rewritten(args[0]))
}

func newApp() (*program, error) {
	a := &program{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	cwd, err := os.Getwd()
	if err != nil && !errors.Is(err, os.ErrNotExist) { // a folder that was deleted matters only to what works in it
		return a, err
	}
	exe, err := os.Executable()
	if err != nil {
		return a, err
	}
	if path, err := filepath.EvalSymlinks(exe); err == nil {
		exe = path
	}
	a.exe, a.arg0 = exe, os.Args[0]
	a.env = config.Env{Getenv: os.Getenv, Cwd: cwd, TempDir: os.TempDir(), UID: os.Getuid()}
	plain := os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb"
	a.columns = columnsOf(os.Stdout, os.Getenv)
	a.color = !plain && isatty.IsTerminal(os.Stdout.Fd())
	a.progress = os.Getenv("TERM") != "dumb" && isatty.IsTerminal(os.Stderr.Fd())
	return a, nil
}

func (a *program) commandTree() *cli.Command {
	root := a.command(cli.Command{
		Name:  "amalfa",
		Usage: "a local memory for AI agents and their people",
		UsageText: `amalfa init                       index the notes of this folder
amalfa search "tide tables"       ask them
amalfa servers                    the services on this machine
amalfa setup-mcp                  connect an agent`,
		Description: "Without a word, amalfa says where this folder stands.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeNotRunning, codeMissing, codeUnusable, codeInterrupted),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "root", Usage: "work for `FOLDER` (AMALFA_ROOT)"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON; errors too, on standard error"},
			&cli.BoolFlag{Name: "offline", Usage: "never touch the network (AMALFA_OFFLINE)"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "no progress, and nothing where the exit code says it"},
			&cli.BoolFlag{Name: "no-color", Usage: "no colours (NO_COLOR)"},
		},
		EnableShellCompletion: true, ShellCompletionCommandName: "__completion", // hidden: completionCommand is ours
		Action: plain(a, (*session).welcome),
	})
	root.Commands = slices.Concat(a.memoryCommands(), a.graphCommands(), a.networkCommands(), a.serviceCommands(), a.modelCommands(), a.selfCommands())
	root.ExitErrHandler = func(context.Context, *cli.Command, error) {} // report prints, Main returns the code
	return root
}

func (a *program) memoryCommands() []*cli.Command {
	return []*cli.Command{
		a.initCommand(), a.searchCommand(), a.askCommand(), a.whyNotCommand(), a.grepCommand(), a.changesCommand(), a.backupCommand(), a.restoreCommand(), a.exportCommand(), a.importCommand(), a.indexCommand(), a.docsCommand(), a.readCommand(), a.statsCommand(),
		a.listSourcesCommand(), a.workspacesCommand(), a.shareCommand(), a.unshareCommand(), a.demoCommand(), a.multiReadCommand(),
		a.tagsCommand(), a.linkCommand(), a.mentionsCommand(), a.emberCommand(), a.enhanceCommand(), a.harvestCommand(), a.lexiconCommand(), a.squashCommand(), a.moveCommand(), a.undoCommand(), a.contextCommand(), a.coverageCommand(), a.validateCommand(), a.verifyCommand(),
	}
}

func (a *program) selfCommands() []*cli.Command {
	return []*cli.Command{a.setupMCPCommand(), a.configCommand(), a.doctorCommand(), a.evalCommand(), a.benchCommand(), a.completionCommand(), a.manCommand(), a.uninstallCommand(), a.versionCommand(), a.helpCommand()}
}

func (a *program) modelCommands() []*cli.Command {
	return []*cli.Command{a.embedCommand(), a.rerankCommand(), a.tokenizeCommand(), a.modelsCommand(), a.cacheCommand()}
}
