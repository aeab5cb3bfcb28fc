package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"amalfa/services/sonar"

	"github.com/urfave/cli/v3"
)

func (a *program) sonarSessionsCommand() *cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeUnusable)
	list := plain(a, (*session).listSessions)
	group := a.group(cli.Command{Name: "sessions", Usage: "list, show and remove the conversations that are kept",
		Description: "Conversations of this workspace are kept below the state folder for sonar.sessions.days, readable by you alone.\n" +
			"\"amalfa sonar chat --session ID\" goes on with one.\n\n" + codes}, list)
	word := func(c *cli.Command) string { return c.Args().First() }
	group.Commands = []*cli.Command{
		a.command(cli.Command{Name: "list", Usage: "list them (also without a word)", Description: codes, Action: checked(arguments(0, 0, ""), list)}),
		a.command(cli.Command{Name: "show", Usage: "show one", ArgsUsage: "ID", Description: codes, Action: checked(arguments(1, 1, "the id of a session"), with(a, word, (*session).showSession))}),
		a.command(cli.Command{Name: "remove", Usage: "remove one, or all", ArgsUsage: "ID", Description: codes,
			Flags:  []cli.Flag{&cli.BoolFlag{Name: "all", Usage: "remove all of this workspace"}},
			Action: checked(arguments(0, 1, ""), with(a, func(c *cli.Command) removeOptions { return removeOptions{word(c), c.Bool("all")} }, (*session).removeSession))}),
	}
	return group
}

func (s *session) listSessions(context.Context) error {
	list := []sonar.SessionInfo{}
	if kept := s.Archive(); kept != nil {
		var err error
		if list, err = kept.List(); err != nil {
			return err
		}
	}
	return s.print(sonar.SessionList{Sessions: list}, func() {
		if len(list) == 0 {
			s.line("no conversation is kept")
			return
		}
		cells := [][]string{{"SESSION", "USED", "ANSWERS", "BY", "FIRST QUESTION"}}
		for _, i := range list {
			cells = append(cells, []string{i.ID, i.Used.Local().Format(time.DateTime), fmt.Sprint(i.Exchanges), where(i.Remote), cleanLine(i.Question)})
		}
		s.table(cells)
	})
}

func (s *session) showSession(_ context.Context, id string) error {
	kept := s.Archive()
	if kept == nil {
		return sonar.ErrNoSession
	}
	all, err := kept.Show(id)
	if err != nil {
		return err
	}
	return s.print(sonar.SessionText{ID: id, Exchanges: all}, func() {
		for _, e := range all {
			s.line("%s  %s", s.faint(e.At.Local().Format(time.DateTime)), s.bold(cleanLine(e.Question)))
			s.line("%s", clean(e.Answer))
			s.line("")
		}
	})
}

type removeOptions struct {
	ID  string
	All bool
}

func (s *session) removeSession(_ context.Context, o removeOptions) error {
	if (o.ID == "") != o.All {
		return usageError("sonar sessions remove takes the id of a session, or --all", `"amalfa sonar sessions" lists them`)
	}
	kept, n := s.Archive(), 0
	var err error
	switch {
	case kept == nil:
		err = sonar.ErrNoSession
	case o.All:
		n, err = kept.RemoveAll()
	default:
		n, err = 1, kept.Remove(o.ID)
	}
	if o.All && errors.Is(err, sonar.ErrNoSession) {
		err = nil
	}
	if err != nil {
		return err
	}
	return s.print(map[string]any{"removed": n}, func() { s.line("%s removed", count(n, "session")) })
}
