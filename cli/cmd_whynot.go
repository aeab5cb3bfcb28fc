package cli

import (
	"context"
	"errors"
	"strings"

	"amalfa/search"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

func (a *program) whyNotCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "why-not", Category: categoryMemory, Usage: "say at which stage a search lost a file",
		ArgsUsage: "FILE QUERY",
		UsageText: "amalfa why-not docs/tides.md \"when is high water\"",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, HideDefault: true, Usage: "results that the answer shows (default: search.limit, 10)"},
			&cli.StringFlag{Name: "mode", Usage: "hybrid, keyword or vector (default: search.mode, hybrid)"},
			&cli.BoolFlag{Name: "no-daemon", Usage: "load the model in this process"},
		},
		Description: "Stages: index, filter, excluded, match, fusion, fold, shown.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeUnusable, codeInterrupted),
		Action: checked(arguments(2, -1, "a file and a question"), a.whyNot),
	})
}

func (a *program) whyNot(ctx context.Context, c *cli.Command) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	q, err := s.query(c)
	if err != nil {
		return err
	}
	q.Text = strings.Join(c.Args().Tail(), " ")
	st, err := s.ReadIndex(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	id := c.Args().First()
	var many *store.AmbiguousError
	switch n, _, err := store.FindOne(ctx, st, id); {
	case err == nil:
		id = n.ID
	case errors.As(err, &many):
		return usageError(many.Error(), many.Hint())
	case !errors.Is(err, store.ErrNotFound): // a file that is not indexed has its reason
		return err
	}
	emb := s.NewEmbedder(c.Bool("no-daemon"))
	defer emb.Close()
	v, err := search.New(st, emb, nil).WhyNot(ctx, id, q)
	if err != nil {
		return asUsage(err)
	}
	return a.print(c, v, func() { a.line("%s: %s", v.Stage, cleanLine(v.Reason)) })
}
