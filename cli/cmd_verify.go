package cli

import (
	"context"
	"slices"
	"time"

	"github.com/urfave/cli/v3"
)

// A verifyAnswer is `verify --json`.
type verifyAnswer struct {
	OK     bool      `json:"ok"`
	Checks []finding `json:"checks"`
	TookMs int64     `json:"tookMs"`
}

type verifyOptions struct{ NoDaemon bool }

func (a *program) verifyCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "verify", Category: categoryMemory, Usage: "write, index, find, link and delete notes, in a folder of its own",
		Flags:       []cli.Flag{&cli.BoolFlag{Name: "no-daemon", Usage: "load the model in this process"}},
		Description: "A round trip through everything that init and search use, with notes made for it\nin a temporary folder. Your own notes and index are not touched.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeInterrupted),
		Action:      checked(arguments(0, 0, ""), with(a, func(c *cli.Command) verifyOptions { return verifyOptions{c.Bool("no-daemon")} }, (*session).verify)),
	})
}

func (s *session) verify(ctx context.Context, o verifyOptions) error {
	started := time.Now()
	checks, err := s.Verify(ctx, o.NoDaemon)
	if err != nil {
		return err
	}
	ans := verifyAnswer{OK: true, TookMs: time.Since(started).Milliseconds()}
	for _, c := range checks {
		ans.Checks = append(ans.Checks, newFinding(c))
	}
	failed := slices.IndexFunc(ans.Checks, func(f finding) bool { return f.State == stateBad })
	ans.OK = failed < 0
	err = s.print(ans, func() {
		s.printFindings(ans.Checks)
		s.aside("%d ms", ans.TookMs)
	})
	if err != nil || ans.OK {
		return err
	}
	return errQuiet(ans.Checks[failed].code)
}
