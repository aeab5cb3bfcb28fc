package cli

import (
	"context"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

func (a *program) indexCommand() *cli.Command {
	verb := func(name, usage, does string, run func(*session, context.Context) error) *cli.Command {
		return a.command(cli.Command{Name: name, Usage: usage,
			Description: does + "\nNo note is read again and no model is asked. What is cut off goes on where it was when the\ncommand is run once more.\n\n" +
				codesHelp(codeDone, codeFailed, codeUsage, codeUnusable, codeInterrupted),
			Action: checked(arguments(0, 0, ""), plain(a, run))})
	}
	group := a.group(cli.Command{Name: "index", Category: categoryMemory, Usage: "bring the index into your team's database, or out of it",
		Description: "\"amalfa init\" makes the index: in this folder, or in the database that your own settings name\n(\"database\", or AMALFA_DATABASE). These bring it from one to the other.\n\n" + codesHelp(codeDone, codeUsage)},
		func(context.Context, *cli.Command) error {
			return usageError("index is push or pull", "\"amalfa init\" makes the index")
		})
	group.Commands = []*cli.Command{
		verb("push", "write this folder's index into the database", "What is in the database alone stays, and notes marked private stay here.", (*session).pushIndex),
		verb("pull", "write the database's workspace into an index in this folder", "What is in this folder's index alone stays. It answers once the setting is gone.", (*session).pullIndex),
	}
	return group
}

func (s *session) pushIndex(ctx context.Context) error { return s.copyIndex(ctx, s.PushIndex) }
func (s *session) pullIndex(ctx context.Context) error { return s.copyIndex(ctx, s.PullIndex) }

func (s *session) copyIndex(ctx context.Context, run func(context.Context, func(lines int)) (app.Copied, error)) error {
	m := s.meter()
	c, err := run(ctx, func(lines int) { m.show(count(lines, "line") + " copied") })
	m.done()
	if err != nil {
		return err
	}
	return s.print(c, func() {
		s.line("%s, %s, %s written to %s", count(c.Notes, "note"), count(c.Files, "other file"), count(c.Vectors, "vector"), cleanLine(c.To))
		if c.Known > 0 {
			s.line("%s notes and vectors are there already", thousands(c.Known))
		}
		s.sayWithheld(c.Withheld)
	})
}
