package cli

import (
	"context"

	"amalfa/search"

	"github.com/urfave/cli/v3"
)

func (a *program) whyNotCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "why-not", Category: categoryMemory, Usage: "say at which stage a search lost a file",
		ArgsUsage: "FILE QUERY",
		UsageText: "amalfa why-not docs/tides.md \"when is high water\"",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, HideDefault: true, Usage: "results that the answer shows (default: search.limit, 10)"},
			&cli.BoolFlag{Name: "strict", Usage: "as of a search with --strict"},
			&cli.StringFlag{Name: "mode", Usage: "hybrid, keyword or vector (default: search.mode, hybrid)"},
			&cli.BoolFlag{Name: "no-daemon", Usage: "load the model in this process"},
		},
		Description: "Stages: index, filter, excluded, match, fusion, fold, shown.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeUnusable, codeInterrupted),
		Action: checked(arguments(2, -1, "a file and a question"), with(a, whyNotFlags, (*session).whyNot)),
	})
}

type whyNotOptions struct {
	File string
	searchOptions
}

func whyNotFlags(c *cli.Command) whyNotOptions {
	o := searchFlags(c)
	o.Query = search.JoinArguments(c.Args().Tail())
	return whyNotOptions{c.Args().First(), o}
}

func (s *session) whyNot(ctx context.Context, o whyNotOptions) error {
	q, err := s.query(o.searchOptions)
	if err != nil {
		return err
	}
	v, err := s.WhyNot(ctx, o.File, q, o.NoDaemon)
	if err != nil {
		return asUsage(err)
	}
	return s.print(v, func() { s.line("%s: %s", v.Stage, cleanLine(v.Reason)) })
}
