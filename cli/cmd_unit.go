package cli

import (
	"context"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

// unitCommand is about the system's own supervisor, systemd or launchd.
func (a *program) unitCommand() *cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeNotRunning)
	status := withSettings(a, app.SettingsOptional, func(*cli.Command) unitOptions { return unitOptions{} }, (*session).unitStatus)
	group := a.group(cli.Command{
		Name: "service", Category: categoryServices, Usage: "have systemd or launchd run this workspace's services", Description: "The unit is your own and needs no root: it runs \"amalfa supervisor serve\" for this workspace from your login on, which starts\n" +
			"the services, starts them again when they die, and stops them when it ends.\n\n" + codes,
	}, status)
	dry := &cli.BoolFlag{Name: "dry-run", Usage: "print the unit and write nothing"}
	verb := func(name, usage string, action cli.ActionFunc, flags ...cli.Flag) *cli.Command {
		return a.command(cli.Command{Name: name, Usage: usage, Flags: flags, Description: codes, Action: checked(arguments(0, 0, ""), action)})
	}
	read := func(c *cli.Command) unitOptions { return unitOptions{c.Bool("dry-run")} }
	group.Commands = []*cli.Command{
		verb("install", "write the unit and enable it", withSettings(a, app.SettingsOptional, read, (*session).installUnit), dry),
		verb("uninstall", "stop it and remove the unit", withSettings(a, app.SettingsOptional, read, (*session).uninstallUnit)),
		verb("status", "say whether it is there (also without a word)", status),
	}
	return group
}

type unitOptions struct{ DryRun bool }

func (s *session) installUnit(ctx context.Context, o unitOptions) error {
	if o.DryRun {
		f, err := s.Unit(ctx)
		if err != nil {
			return err
		}
		return s.print(f, func() { s.line("# %s\n%s", f.Path, f.Text) })
	}
	f, err := s.InstallUnit(ctx)
	if err != nil {
		return err
	}
	return s.outcome(f, func() {
		s.printUnit(f)
		if f.Manager == "systemd" {
			s.line("it ends with your last login, unless you say: loginctl enable-linger")
		}
	})
}

func (s *session) uninstallUnit(ctx context.Context, _ unitOptions) error {
	f, err := s.UninstallUnit(ctx)
	if err != nil {
		return err
	}
	return s.outcome(f, func() {
		if len(f.Did) == 0 {
			s.line("%s is not there", f.Path)
		}
		s.printUnit(f)
	})
}

func (a *program) printUnit(f app.UnitFile) {
	for _, did := range f.Did {
		a.line("%s", did)
	}
	for i, run := range f.Run {
		if i == 0 && f.Manager == "systemd" && !f.Session {
			a.line("no systemd answers for you here; where one does, run:")
		} else if i == 0 {
			a.line("to have it now, run:")
		}
		a.line("  %s", run)
	}
}

// unitStatus prints how it is; one that is not installed is exit 3.
func (s *session) unitStatus(ctx context.Context, _ unitOptions) error {
	f, err := s.Unit(ctx)
	if err != nil {
		return err
	}
	err = s.print(f, func() {
		switch {
		case !f.Exists:
			s.line("not installed: %s is not there", f.Path)
		case !f.Enabled:
			s.line("installed and not enabled: %s", f.Path)
		default:
			s.line("installed and enabled: %s", f.Path)
		}
		if f.State != "" {
			s.line("%s says: %s", f.Manager, f.State)
		}
	})
	if err == nil && !f.Exists {
		return errQuiet(codeNotRunning)
	}
	return err
}
