package cli

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"amalfa/app"
	"amalfa/setup"

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
			&cli.BoolFlag{Name: "check", Usage: "start the entry as a client would, and call a tool"},
		},
		Description: "Without --client or --all it prints the entry that most clients read, and nothing\nelse, on standard output.\n\n" + codesHelp(codeDone, codeFailed, codeUsage),
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
	entry := setup.NewEntry(s.exe, s.Folder.Root)
	clients, err := s.clients(o)
	if err != nil {
		return err
	}
	if len(clients) == 0 && !o.All {
		s.line("%s", entry.JSON())
	}
	for _, client := range clients {
		if err := s.setUp(o, client, entry); err != nil {
			return err
		}
	}
	if !o.Check {
		return nil
	}
	report, err := setup.Check(ctx, entry, os.TempDir(), os.Environ())
	if err != nil {
		return err
	}
	s.note("%s works: protocol %s, %s, started in %d ms", report.Server, report.Protocol, count(report.Tools, "tool"), report.Started.Milliseconds())
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

// setUp prints what would be in a client's file, or writes it.
func (s *session) setUp(o setupOptions, client setup.Client, entry setup.Entry) error {
	path, err := client.Path(s.clientEnv(), o.Scope, s.Folder.Root)
	if err != nil {
		if o.All {
			s.note("%s: left out, %v", client.Title, err)
			return nil
		}
		return app.WithHint(err, "leave --scope out")
	}
	change, err := setup.Plan(client, path, entry)
	if err != nil {
		return err
	}
	if !o.Write {
		s.note("%s: %s", client.Title, path)
		s.line("%s", strings.TrimRight(change.After, "\n"))
		return nil
	}
	if change, err = setup.Write(change, time.Now()); err != nil {
		return err
	}
	switch {
	case !change.Changed():
		s.note("%s: %s has it already", client.Title, path)
	case change.Backup != "":
		s.note("%s: written to %s (before: %s)", client.Title, path, change.Backup)
	default:
		s.note("%s: written to %s", client.Title, path)
	}
	return nil
}
