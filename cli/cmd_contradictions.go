package cli

import (
	"context"

	"amalfa/app"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// A contradictionsAnswer is `contradictions --json`.
type contradictionsAnswer struct {
	Contradictions []app.Contradiction `json:"contradictions"`
}

func (a *program) contradictionsCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "contradictions", Category: categoryMemory, Usage: "show where notes give one key different dates, numbers or versions",
		UsageText:   "amalfa contradictions\namalfa contradictions --json",
		Description: "Keys are those of front matter and of lines \"key: value\". Keys about the note itself\n(date, version, weight, id …) are none, nor those to which most notes give a value of\ntheir own.\n\n" + networkCodes(),
		Action:      checked(arguments(0, 0, ""), plain(a, (*session).contradictions)),
	})
}

func (s *session) contradictions(ctx context.Context) error {
	return s.withIndex(ctx, func(st store.Store) error {
		found, err := s.Contradictions(ctx, st)
		if err != nil {
			return err
		}
		return s.print(contradictionsAnswer{found}, func() {
			for _, c := range found {
				s.line("%s", s.bold(cleanLine(c.Key)))
				for _, v := range c.Values {
					s.line("    %s  %s", cleanLine(v.Value), s.faint(cleanLine(v.ID)+":"+thousands(v.Line)))
				}
			}
			s.aside("%s", count(len(found), "contradiction"))
		})
	})
}
