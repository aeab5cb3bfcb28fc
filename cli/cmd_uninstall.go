package cli

import (
	"context"
	"errors"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

func (a *program) uninstallCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "uninstall", Category: categorySelf, Usage: "stop everything and remove what amalfa has put on this machine",
		UsageText: "amalfa uninstall --dry-run\namalfa uninstall",
		Flags:     []cli.Flag{&cli.BoolFlag{Name: "dry-run", Usage: "print what would be removed, and touch nothing"}},
		Description: "Of this user: running services and sessions, units of systemd or launchd, the entries of agents'\n" +
			"clients, keys in the system's keyring, records, and the caches with models and runtime. Notes are\n" +
			"not touched. What you wrote or may want, your settings and each workspace's .amalfa, is named\n" +
			"and kept, and so is the program itself.\n\n" + codesHelp(codeDone, codeFailed, codeUsage),
		Action: checked(arguments(0, 0, ""), withSettings(a, app.SettingsOptional, func(c *cli.Command) uninstallOptions {
			return uninstallOptions{c.Bool("dry-run")}
		}, (*session).uninstall)),
	})
}

type uninstallOptions struct{ DryRun bool }

// An uninstallAnswer is `uninstall --json`.
type uninstallAnswer struct {
	stopReport
	app.Uninstalled
}

func (s *session) uninstall(ctx context.Context, o uninstallOptions) error {
	done, failed := s.Uninstall(ctx, o.DryRun)
	ans := uninstallAnswer{newStopReport(done.Stopped), done}
	return errors.Join(s.outcome(ans, func() { s.printUninstalled(done, ans.stopReport) }), failed)
}

func (a *program) printUninstalled(done app.Uninstalled, r stopReport) {
	verb := map[bool]string{false: "removed", true: "would remove"}[done.DryRun]
	for _, st := range done.Stopped {
		if done.DryRun {
			a.line("would stop %s, pid %d", st.Service, st.PID)
		}
	}
	if !done.DryRun && len(r.Stopped) > 0 {
		a.printStopped(r)
	}
	for _, b := range done.Removed {
		what := b.What
		if b.Size > 0 {
			what += ", " + megabytes(b.Size)
		}
		a.line("%s %s: %s", verb, cleanLine(b.Path), what)
	}
	if len(done.Removed) == 0 {
		a.line("nothing of amalfa is here but:")
	}
	for _, b := range done.Kept {
		a.line("kept %s: %s", cleanLine(b.Path), b.What)
	}
}
