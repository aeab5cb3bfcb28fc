package cli

import (
	"context"
	"errors"
	"time"

	"amalfa/store"

	"github.com/urfave/cli/v3"
)

func (a *program) changesCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "changes", Category: categoryMemory, Usage: "list what happened to the files of the index",
		UsageText: "amalfa changes\namalfa changes --since yesterday\namalfa changes --since 2h --until 30m\namalfa changes --since 120 --json",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "since", Usage: "`TIME` (2h, 3 days ago, yesterday, last week, 2024-03-05), or the cursor of an earlier answer (default: all that is kept)"},
			&cli.StringFlag{Name: "until", Usage: "`TIME`; a day counts whole"},
			&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, Value: defaultChanges, Usage: "at most `N` events"},
		},
		Description: "Events are added, changed, removed and renamed, with content hashes and times,\nnever with text. By a cursor they come oldest first, as the index heard of them; the\n" +
			"newest 50,000 are kept, and \"pruned\" says that some after the cursor are gone. By\ntimes they come newest first, by the files' own times.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(0, 0, ""), with(a, changesFlags, (*session).changes)),
	})
}

const defaultChanges = 1000

// A changesAnswer is `changes --json`.
type changesAnswer struct {
	Changes []store.Event `json:"changes"`
	Cursor  int64         `json:"cursor"`
	Pruned  bool          `json:"pruned"`
}

type changesOptions struct {
	Since, Until string // "": all that is kept
	Limit        int
}

func changesFlags(c *cli.Command) changesOptions {
	return changesOptions{Since: c.String("since"), Until: c.String("until"), Limit: c.Int("limit")}
}

func (s *session) changes(ctx context.Context, o changesOptions) error {
	if o.Limit < 1 {
		return usageError("--limit takes 1 or more", "")
	}
	if o.Since == "" && o.Until == "" {
		o.Since = "0" // the whole history, as it went
	}
	return s.withIndex(ctx, func(st store.Store) error {
		h, err := store.ChangesSince(ctx, st, o.Since, o.Until, o.Limit, time.Now())
		if errors.Is(err, store.ErrTime) {
			return usageError("--"+err.Error(), "")
		}
		if err != nil {
			return err
		}
		ans := changesAnswer{Changes: append([]store.Event{}, h.Events[:min(o.Limit, len(h.Events))]...), Cursor: h.Cursor, Pruned: h.Pruned}
		return s.print(ans, func() { s.printChanges(ans) })
	})
}

func (a *program) printChanges(ans changesAnswer) {
	for _, e := range ans.Changes {
		from := ""
		if e.OldPath != "" {
			from = "  from " + cleanLine(e.OldPath)
		}
		if e.Elsewhere {
			from += "  (another machine)"
		}
		a.line("%6d  %s  %-8s %s%s", e.Cursor, time.UnixMilli(e.Time).Format(time.DateTime), e.Event, cleanLine(e.Path), from)
	}
	if ans.Pruned {
		a.note("older events are gone: compare with the files themselves")
	}
	a.aside("%s; go on with --since %d", count(len(ans.Changes), "event"), ans.Cursor)
}
