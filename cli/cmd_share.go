package cli

import (
	"context"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

func (a *program) shareCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "share", Category: categoryMemory, Usage: "let your team's database have this workspace",
		UsageText: "amalfa share NAME",
		Description: "The database is the one that your own settings name (\"database\", or AMALFA_DATABASE).\nOutside this machine it gets a workspace only once you have said so here, under the NAME\n" +
			"that your team has for it. Notes and folders marked private stay here.\n\"amalfa init\" then indexes into it.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(1, 1, "NAME"), withSettings(a, app.SettingsNeeded, func(c *cli.Command) string { return c.Args().First() },
			func(s *session, _ context.Context, name string) error { return s.share(name) })),
	})
}

func (a *program) unshareCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "unshare", Category: categoryMemory, Usage: "let no database have this workspace any more",
		UsageText: "amalfa unshare",
		Description: "Nothing of this workspace is written there from here any more. What is there stays, for\nthose who share it.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(0, 0, ""), plain(a, (*session).unshare)),
	})
}

// A shareAnswer is `share --json` and `unshare --json`.
type shareAnswer struct {
	Shared    bool   `json:"shared"`
	Changed   bool   `json:"changed"`
	Server    string `json:"server"`
	Workspace string `json:"workspace"`
}

func newShareAnswer(d app.Database, changed bool) shareAnswer {
	return shareAnswer{d.Shared, changed, d.Server, d.Workspace}
}

func (s *session) share(name string) error {
	before, _, _ := s.Database() // what is wrong with it Share tells
	d, err := s.Share(name)
	if err != nil {
		return err
	}
	return s.print(newShareAnswer(d, before != d), func() {
		s.line("shared as %s with %s: \"amalfa init\" indexes into it", cleanLine(d.Workspace), cleanLine(d.Server))
	})
}

func (s *session) unshare(context.Context) error {
	d, was, err := s.Unshare()
	if err != nil {
		return err
	}
	return s.print(newShareAnswer(d, was), func() {
		if !was {
			s.line("not shared")
			return
		}
		s.line("no longer shared as %s with %s; what is there stays there", cleanLine(d.Workspace), cleanLine(d.Server))
	})
}
