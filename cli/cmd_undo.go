package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

// An undoAnswer is `undo --json`: Undone what was taken back, Edits (with --list) all that can be, Cleared how many were forgotten.
type undoAnswer struct {
	Undone  []app.Edit `json:"undone"`
	Edits   []app.Edit `json:"edits"`
	Cleared int        `json:"cleared"`
	Foreign int        `json:"foreign"` // files of the journal that are not this user's
}

func (a *program) undoCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "undo", Category: categoryMemory, Usage: "take back the last edits of notes",
		ArgsUsage: "[N]", UsageText: "amalfa undo\namalfa undo 3\namalfa undo --list\namalfa undo --clear",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "list", Usage: "list the edits that can be undone, the last one first"},
			&cli.BoolFlag{Name: "clear", Usage: "forget them all: they stay as they are, and what the notes held before is removed"},
		},
		Description: fmt.Sprintf("Without N, the last edit that a command (mv, link, inject-tags) or a tool of\nan agent (write_note, edit_note, inject_tags) made; with N the last N, the newest first.\nAn edit of several files is undone as one, or not at all: where one of them was\nchanged since, nothing is touched. The journal of the last %d days, at most\n%d MiB, lies in .amalfa/journal, readable by you alone.\n\n",
			app.JournalDays, app.JournalMiB) + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(0, 1, "a number"), with(a, undoFlags, (*session).undo)),
	})
}

type undoOptions struct {
	N           string
	List, Clear bool
}

func undoFlags(c *cli.Command) undoOptions {
	return undoOptions{c.Args().First(), c.Bool("list"), c.Bool("clear")}
}

func (s *session) undo(ctx context.Context, o undoOptions) error {
	n := 1
	if o.N != "" {
		var err error
		if n, err = strconv.Atoi(o.N); err != nil || n < 1 || o.List || o.Clear {
			return usageError(fmt.Sprintf("%q is not a number of edits", o.N), "for example: amalfa undo 2")
		}
	}
	ans := undoAnswer{Undone: []app.Edit{}, Edits: []app.Edit{}}
	var err error
	switch {
	case o.List && o.Clear:
		return usageError("--list and --clear do not go together", "use one of them")
	case o.List:
		if ans.Edits, ans.Foreign, err = s.Edits(); err != nil {
			return err
		}
		return s.print(ans, func() { s.printEdits(ans) })
	case o.Clear:
		if ans.Cleared, err = s.ClearEdits(); err != nil {
			return err
		}
		return s.outcome(ans, func() { s.line("%s forgotten.", app.Count(ans.Cleared, "edit")) })
	}
	ans.Undone, err = s.Undo(ctx, n)
	if len(ans.Undone) == 0 && err != nil {
		return err
	}
	if len(ans.Undone) == 0 {
		if _, ans.Foreign, err = s.Edits(); err != nil {
			return err
		}
	}
	if told := s.outcome(ans, func() { s.printUndone(ans) }); told != nil {
		return told
	}
	return err
}

func (a *program) printUndone(ans undoAnswer) {
	for _, e := range ans.Undone {
		a.line("Undone: %s (%s)", cleanLine(e.What), app.Count(len(e.Files), "file"))
	}
	if len(ans.Undone) == 0 {
		a.line("Nothing to undo.")
	}
	a.noteForeign(ans.Foreign, "file", ".amalfa/journal")
}

func (a *program) printEdits(ans undoAnswer) {
	for _, e := range ans.Edits {
		a.line("%3d  %s  %s", e.Number, e.Time.Local().Format(time.DateTime), cleanLine(e.What))
		if len(e.Files) > 1 {
			a.line("     %s", cleanLine(strings.Join(e.Files[:min(len(e.Files), 5)], ", "))+map[bool]string{true: " …"}[len(e.Files) > 5])
		}
	}
	if len(ans.Edits) == 0 {
		a.line("Nothing to undo.")
	}
	a.noteForeign(ans.Foreign, "file", ".amalfa/journal")
}

// noteForeign says that there is something which came with the folder and counts for nothing.
func (a *program) noteForeign(n int, what, where string) {
	if n > 0 {
		a.note("%s in %s that you did not make: not used", app.Count(n, what), where)
	}
}
