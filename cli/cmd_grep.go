package cli

import (
	"context"
	"errors"
	"fmt"

	"amalfa/search/grep"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

const defaultGrep = 1000

func (a *program) grepCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "grep", Category: categoryMemory, Usage: "print the lines of the notes that hold a text exactly",
		ArgsUsage: "TEXT [FOLDER|GLOB...]", UsageText: "amalfa grep 'rotate the keys'\namalfa grep -i todo 'log/**/*.md' -C 2\namalfa grep --regexp '^## .*draft' docs",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "regexp", Aliases: []string{"e"}, Usage: "TEXT is an RE2 expression, held against one line at a time"},
			&cli.BoolFlag{Name: "ignore-case", Aliases: []string{"i"}, Usage: "upper and lower case are the same"},
			&cli.IntFlag{Name: "context", Aliases: []string{"C"}, Usage: fmt.Sprintf("`N` lines before and after each, at most %d", grep.MaxContext)},
			&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, Value: defaultGrep, Usage: "at most `N` lines; all are counted"},
			workspaceFlag(),
		},
		Description: "Looks through the files that the index holds, as they are on disk now. A FOLDER\nstands for all that is in it; a GLOB without / fits names in any folder. For what\na text means, use search.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action:      checked(arguments(1, -1, "a text"), inWorkspace(a, grepFlags, (*session).grep)),
	})
}

func grepFlags(c *cli.Command) grep.Query {
	return grep.Query{Pattern: c.Args().First(), Paths: c.Args().Tail(), Regexp: c.Bool("regexp"), IgnoreCase: c.Bool("ignore-case"), Context: c.Int("context"), Limit: c.Int("limit")}
}

// A grepAnswer is `grep --json`.
type grepAnswer struct {
	Pattern string `json:"pattern"`
	grep.Result
}

func (s *session) grep(ctx context.Context, q grep.Query) error {
	if q.Limit < 1 || q.Context < 0 || q.Context > grep.MaxContext {
		return usageError(fmt.Sprintf("--limit takes 1 or more and --context 0 to %d", grep.MaxContext), "")
	}
	for i, p := range q.Paths {
		q.Paths[i] = s.Reference(p)
	}
	return s.withIndex(ctx, func(st store.Store) error {
		r, err := grep.Run(ctx, st, s.NotesRoot(), q)
		if errors.Is(err, grep.ErrPattern) || errors.Is(err, grep.ErrGlob) {
			return usageError(err.Error(), "")
		}
		if err != nil {
			return err
		}
		return s.print(grepAnswer{q.Pattern, r}, func() { s.printMatches(q, r) })
	})
}

// printMatches prints as grep does: ":" stands by lines that match, "-" by those around them.
func (a *program) printMatches(q grep.Query, r grep.Result) {
	for i, m := range r.Matches {
		if q.Context > 0 && i > 0 {
			a.line("--")
		}
		for j, line := range m.Before {
			a.line("%s-%d-%s", cleanLine(m.ID), m.Line-len(m.Before)+j, cleanLine(line))
		}
		a.line("%s:%d:%s", a.bold(cleanLine(m.ID)), m.Line, cleanLine(m.Text))
		for j, line := range m.After {
			a.line("%s-%d-%s", cleanLine(m.ID), m.Line+1+j, cleanLine(line))
		}
	}
	for _, id := range r.Skipped {
		a.note("%s is gone or cannot be read", cleanLine(id))
	}
	more := ""
	if r.Total > len(r.Matches) {
		more = fmt.Sprintf("; --limit %d shows all", r.Total)
	}
	a.note("%s in %s, of %s%s", count(r.Total, "line"), count(r.Notes, "note"), count(r.Searched, "note"), more)
}
