package cli

import (
	"context"
	"time"

	"amalfa/store"

	"github.com/urfave/cli/v3"
)

func (a *program) changesCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "changes", Category: categoryMemory, Usage: "list what happened to the files of the index",
		UsageText: "amalfa changes\namalfa changes --since 120 --json",
		Flags: []cli.Flag{
			&cli.Int64Flag{Name: "since", HideDefault: true, Usage: "what came after `CURSOR`, a number that an earlier answer gave (default: all that is kept)"},
			&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, Value: defaultChanges, Usage: "at most `N` events"},
		},
		Description: "Events are added, changed, removed and renamed, with content hashes and times, never with text.\n" +
			"The newest 50,000 are kept; \"pruned\" says that some after CURSOR are gone.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
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
	Since *int64 // nil: all that is kept
	Limit int
}

func changesFlags(c *cli.Command) changesOptions {
	return changesOptions{Since: given(c, "since", c.Int64("since")), Limit: c.Int("limit")}
}

func (s *session) changes(ctx context.Context, o changesOptions) error {
	var since int64
	if o.Since != nil {
		since = *o.Since
	}
	if since < 0 || o.Limit < 1 {
		return usageError("--since takes 0 or more and --limit 1 or more", "")
	}
	return s.withIndex(ctx, func(st store.Store) error {
		h, err := st.Changes(ctx, since, o.Limit)
		if err != nil {
			return err
		}
		ans := changesAnswer{Changes: append([]store.Event{}, h.Events...), Cursor: h.Cursor, Pruned: h.Pruned && o.Since != nil}
		return s.print(ans, func() { s.printChanges(ans) })
	})
}

func (a *program) printChanges(ans changesAnswer) {
	for _, e := range ans.Changes {
		from := ""
		if e.OldPath != "" {
			from = "  from " + cleanLine(e.OldPath)
		}
		a.line("%6d  %s  %-8s %s%s", e.Cursor, time.UnixMilli(e.Time).Format(time.DateTime), e.Event, cleanLine(e.Path), from)
	}
	if ans.Pruned {
		a.note("older events are gone: compare with the files themselves")
	}
	a.aside("%s; go on with --since %d", count(len(ans.Changes), "event"), ans.Cursor)
}
