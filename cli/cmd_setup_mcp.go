package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"amalfa/app"
	"amalfa/setup"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

func (a *program) setupMCPCommand() *cli.Command {
	var names []string
	for _, c := range setup.Clients() {
		names = append(names, c.Name)
	}
	return a.command(cli.Command{
		Name: "setup-mcp", Category: categorySelf, Usage: "print or write the entry that an agent's client needs",
		UsageText: "amalfa setup-mcp\namalfa setup-mcp --client cursor --write\namalfa setup-mcp --all --write --check",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "client", Usage: "for one client: " + strings.Join(names, ", ")},
			&cli.BoolFlag{Name: "all", Usage: "for every client that is installed"},
			&cli.BoolFlag{Name: "write", Usage: "write the client's file; its old text is kept beside it"},
			&cli.StringFlag{Name: "scope", Value: string(setup.User), Usage: "user, or project for a file in the workspace"},
			&cli.BoolFlag{Name: "check", Usage: "start the entry as a client would, with HOME and PATH alone, and call a tool"},
		},
		Description: "Without --client or --all it prints the entry that most clients read, and nothing\nelse, on standard output. It names the link on PATH that leads to this program, so that\nit survives an update. In an entry that is there already only what starts the server is\nchanged.\n\n" + codesHelp(codeDone, codeFailed, codeUsage),
		Action:      checked(arguments(0, 0, ""), with(a, setupFlags, (*session).setupMCP)),
	})
}

type setupOptions struct {
	Client            string
	All, Write, Check bool
	Scope             setup.Scope
}

func setupFlags(c *cli.Command) setupOptions {
	return setupOptions{c.String("client"), c.Bool("all"), c.Bool("write"), c.Bool("check"), setup.Scope(c.String("scope"))}
}

func (s *session) setupMCP(ctx context.Context, o setupOptions) error {
	clients, err := s.clients(o)
	if err != nil {
		return err
	}
	command, note := setup.Program{Exe: s.exe, Arg0: s.arg0, Cwd: s.env.Cwd, Path: s.env.Getenv("PATH"), Home: s.env.Getenv("HOME"), Temp: s.env.TempDir}.Command(ctx)
	if note != "" {
		s.note("note: %s", note)
	}
	if err := s.Places.Remember(s.Folder); err != nil { // the client has other variables than this shell
		return err
	}
	entry := setup.NewEntry(command, s.Folder.Root)
	if len(clients) == 0 && !o.All {
		s.line("%s", entry.JSON())
	}
	started := []setup.Started{}
	var failed []error
	for _, client := range clients {
		st, err := s.setUp(o, client, entry)
		if err == nil && st.Command != "" {
			started = append(started, st)
		}
		failed = append(failed, err)
	}
	if o.Check {
		if len(clients) == 0 {
			started = append(started, setup.Started{Entry: entry})
		}
		failed = append(failed, s.checkEntries(ctx, started))
	}
	return errors.Join(failed...)
}

// checkEntries starts each entry as a client would, the same one once.
func (s *session) checkEntries(ctx context.Context, entries []setup.Started) error {
	var done []setup.Started
	var failed []error
	for _, e := range entries {
		if slices.ContainsFunc(done, func(d setup.Started) bool { return reflect.DeepEqual(d, e) }) {
			continue
		}
		done = append(done, e)
		failed = append(failed, s.checkEntry(ctx, e))
	}
	return errors.Join(failed...)
}

func (s *session) checkEntry(ctx context.Context, e setup.Started) error {
	report, err := setup.Check(ctx, e.Entry, s.env.TempDir, setup.ClientEnv(s.clientEnv(), e.Env))
	if err != nil {
		return err
	}
	if report.State != "ready" && s.withIndex(ctx, func(store.Store) error { return nil }) == nil {
		return app.WithHint(fmt.Errorf("the entry starts, but with a client's environment the index is %s: %s", report.State, report.Reason),
			"a client passes on HOME and PATH alone: put what it lacks into the entry's \"env\"")
	}
	index := map[string]string{"ready": "index ready", "no_index": "no index yet"}[report.State]
	s.note("%s works: protocol %s, %s, %s, started in %d ms", report.Server, report.Protocol, count(report.Tools, "tool"), cmp.Or(index, "index unusable"), report.Started.Milliseconds())
	return nil
}

// clients returns those that the flags name.
func (a *program) clients(o setupOptions) ([]setup.Client, error) {
	client, known := setup.Lookup(o.Client)
	switch {
	case o.Scope != setup.User && o.Scope != setup.Project:
		return nil, usageError(fmt.Sprintf("--scope has no %q", o.Scope), "choose user or project")
	case o.Client != "" && o.All:
		return nil, usageError("--client and --all exclude each other", "leave one out")
	case o.Client != "" && !known:
		return nil, usageError(fmt.Sprintf("no client %q", o.Client), "\"amalfa setup-mcp --help\" lists them")
	case known:
		return []setup.Client{client}, nil
	case !o.All && o.Write:
		return nil, usageError("--write needs --client NAME or --all", "\"amalfa setup-mcp --help\" lists the clients")
	case !o.All:
		return nil, nil
	}
	var found []setup.Client
	for _, client := range setup.Clients() {
		if client.Installed(a.clientEnv()) {
			found = append(found, client)
		}
	}
	if len(found) == 0 {
		a.note("no client is installed for this user")
	}
	return found, nil
}

func (a *program) clientEnv() setup.Env {
	return setup.Env{OS: runtime.GOOS, Home: a.env.Getenv("HOME"), Getenv: a.env.Getenv}
}

// setUp prints what would be in a client's file, or writes it. It returns the entry that the file has then.
func (s *session) setUp(o setupOptions, client setup.Client, entry setup.Entry) (none setup.Started, err error) {
	path, err := client.Path(s.clientEnv(), o.Scope, s.Folder.Root)
	if err != nil {
		if o.All {
			s.note("%s: left out, %v", client.Title, err)
			return none, nil
		}
		return none, app.WithHint(err, "leave --scope out")
	}
	change, err := setup.Plan(client, path, entry)
	if err != nil {
		return none, err
	}
	if change.Started.Disabled {
		s.note("note: %s: the entry is turned off in %s", client.Title, path)
	}
	if !o.Write {
		s.note("%s: %s", client.Title, path)
		s.line("%s", strings.TrimRight(change.After, "\n"))
		return change.Started, nil
	}
	if change, err = setup.Write(change, time.Now()); err != nil {
		return none, err
	}
	switch {
	case !change.Changed():
		s.note("%s: %s has it already", client.Title, path)
	case change.Backup != "":
		s.note("%s: written to %s (before: %s)", client.Title, path, change.Backup)
	default:
		s.note("%s: written to %s", client.Title, path)
	}
	return change.Started, nil
}
