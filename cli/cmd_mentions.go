package cli

import (
	"context"
	"io"
	"strings"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

// defaultMentions is how many are shown unless --limit says otherwise.
const defaultMentions = 20

func (a *program) mentionsCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "mentions", Category: categoryMemory, Usage: "list where a note is named and not linked",
		ArgsUsage: "ID", UsageText: "amalfa mentions docs/auth.md\namalfa mentions auth --limit 0 --json\namalfa mentions auth --patch | git apply",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, Value: defaultMentions, Usage: "show `N` mentions at most, 0 for all"},
			&cli.BoolFlag{Name: "patch", Usage: "print a diff for git apply that links the first mention in each note that has no link to ID yet"},
		},
		Description: "The title and the aliases of ID, as whole words, whatever their case and accents.\nNot in code, links, tags, front matter, nor in the heading that names a note, nor\nwithin the longer name of another note. Other notes of the same name are told; then\n--patch leads to ID all the same: look at it first.\n\n" + networkCodes(),
		Action: checked(arguments(1, 1, "a note"), with(a, func(c *cli.Command) mentionsOptions {
			return mentionsOptions{c.Args().First(), c.Int("limit"), c.Bool("patch")}
		}, (*session).mentions)),
	})
}

type mentionsOptions struct {
	ID    string
	Limit int
	Patch bool
}

func (s *session) mentions(ctx context.Context, o mentionsOptions) error {
	if o.Limit < 0 {
		return usageError("--limit is below 0", "0 shows all")
	}
	if o.Patch {
		return s.patchMentions(ctx, o)
	}
	ans, err := s.Mentions(ctx, o.ID, o.Limit)
	if err != nil {
		return unfound(err)
	}
	return s.print(ans, func() {
		for _, m := range ans.Mentions {
			linked := ""
			if m.Linked {
				linked = s.faint("  (the note has a link elsewhere)")
			}
			s.line("%s:%d  %s%s", cleanLine(m.Source), m.Line, cleanLine(m.Sentence), linked)
		}
		s.noteNamesakes(ans.Title, ans.Ambiguous)
		more := ""
		if len(ans.Mentions) < ans.Total {
			more = "; --limit 0 shows all"
		}
		s.aside("%s of %s in %s%s", count(ans.Total, "unlinked mention"), cleanLine(ans.Title), count(ans.Notes, "note"), more)
	})
}

func (s *session) patchMentions(ctx context.Context, o mentionsOptions) error {
	if err := s.Refresh(ctx); err != nil {
		return err
	}
	p, err := s.PatchMentions(ctx, o.ID)
	if err != nil {
		return unfound(err)
	}
	return s.print(p, func() {
		_, _ = io.WriteString(s.out, p.Patch) // as all that is printed: who reads no more is not told
		s.noteNamesakes(p.ID, p.Ambiguous)
		for _, l := range p.Left {
			s.note("%s:%d  %s: %s", cleanLine(l.Source), l.Line, cleanLine(l.Target), cleanLine(l.Why))
		}
	})
}

// noteNamesakes says that a name may mean others.
func (a *program) noteNamesakes(name string, others []string) {
	if len(others) > 0 {
		a.note("%s may also mean %s", cleanLine(name), cleanLine(strings.Join(others[:min(len(others), app.MaxNamesakes)], ", ")))
	}
}
