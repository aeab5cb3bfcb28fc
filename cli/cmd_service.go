package cli

import (
	"context"
	"fmt"

	"amalfa/app"
	"amalfa/daemon"
	"amalfa/lifecycle"
	"amalfa/registry"

	"github.com/urfave/cli/v3"
)

func (a *program) serviceCommands() []*cli.Command {
	out := []*cli.Command{a.serversCommand(), a.stopAllCommand()}
	for _, svc := range registry.Services() {
		if svc.Stdio {
			out = append(out, a.stdioCommands(svc)...)
			continue
		}
		out = append(out, a.serviceCommand(svc))
	}
	return append(out, a.hiddenServeCommand())
}

// serviceCommand makes `amalfa NAME start|stop|restart|status|serve` of a registry row.
func (a *program) serviceCommand(svc registry.Service) *cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeNotRunning, codeMissing, codeUnusable)
	verb := func(name, usage string, action cli.ActionFunc, flags ...cli.Flag) *cli.Command {
		return a.command(cli.Command{Name: name, Usage: usage, Flags: flags, Description: codes, Action: checked(arguments(0, 0, ""), action)})
	}
	starting := []cli.Flag{&cli.DurationFlag{Name: "wait", Value: app.WaitReady, Usage: "wait `TIME` for it to be ready"}}
	serving := []cli.Flag{}
	if svc.Port != 0 {
		port := &cli.IntFlag{Name: "port", Value: -1, HideDefault: true, Usage: fmt.Sprintf("listen on port `N`, 0 for any free one (%s, default %d)", svc.PortVar, svc.Port)}
		starting, serving = append(starting, port), append(serving, port)
	}
	stopping := &cli.DurationFlag{Name: "drain", Value: lifecycle.Drain, Usage: "let accepted requests run for `TIME`"}
	status := func(ctx context.Context, c *cli.Command) error { return a.status(ctx, c, svc) }
	group := a.group(cli.Command{
		Name: svc.Name, Category: categoryServices, Usage: svc.Summary, Description: codes,
	}, status)
	group.Commands = []*cli.Command{
		verb("start", "start it in the background", func(ctx context.Context, c *cli.Command) error { return a.start(ctx, c, svc) }, starting...),
		verb("stop", "stop it", func(ctx context.Context, c *cli.Command) error { return a.stop(ctx, c, svc) }, stopping),
		verb("restart", "stop it and start it again", func(ctx context.Context, c *cli.Command) error {
			if err := a.stop(ctx, c, svc); err != nil {
				return err
			}
			return a.start(ctx, c, svc)
		}, append(starting, stopping)...),
		verb("status", "say how it is (also without a word)", status),
		verb("serve", "run it in the foreground", func(ctx context.Context, c *cli.Command) error { return a.serve(ctx, c, svc) }, serving...),
	}
	group.Commands = append(group.Commands, a.extraVerbs(svc)...)
	return group
}

// portFlag is the value of --port, -1 where it is absent.
func portFlag(c *cli.Command) (int, error) {
	if !c.IsSet("port") {
		return -1, nil
	}
	n := c.Int("port")
	if n < 0 || n > 65535 {
		return 0, usageError(fmt.Sprintf("--port takes 0 to 65535, not %d", n), "0 is any free port")
	}
	return n, nil
}

func (a *program) start(ctx context.Context, c *cli.Command, svc registry.Service) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	flag, err := portFlag(c)
	if err != nil {
		return err
	}
	st, err := s.Start(ctx, svc, app.StartOptions{Port: flag, Wait: c.Duration("wait")})
	if err != nil {
		return err
	}
	return a.print(c, newRow(st), func() { a.line("%s", startLine(st)) })
}

func startLine(st daemon.Status) string {
	verb := "started"
	if st.AlreadyRunning {
		verb = "already running"
	}
	line := fmt.Sprintf("%s %s: %s, pid %d", st.Service.Name, verb, st.State, st.PID)
	if st.Address != "" {
		line += ", " + st.Address
	}
	if st.Error != "" {
		line += " (" + cleanLine(st.Error) + ")"
	}
	return line
}

func (a *program) stop(ctx context.Context, c *cli.Command, svc registry.Service) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	done, err := s.Stop(ctx, svc, c.Duration("drain"))
	if err != nil {
		return err
	}
	if c.Bool("json") {
		row, err := s.row(ctx, svc)
		if err != nil || c.Name != "stop" {
			return err
		}
		return a.print(c, row, func() {})
	}
	a.line("%s", stopLine(svc, done))
	return nil
}

func stopLine(svc registry.Service, done daemon.StopResult) string {
	switch {
	case !done.WasRunning:
		return svc.Name + " is not running"
	case done.Killed:
		return fmt.Sprintf("%s did not end in time: killed pid %d", svc.Name, done.PID)
	}
	return fmt.Sprintf("%s stopped, pid %d", svc.Name, done.PID)
}

// status prints one row; a stopped service is exit 3.
func (a *program) status(ctx context.Context, c *cli.Command, svc registry.Service) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	row, err := s.row(ctx, svc)
	if err != nil {
		return err
	}
	if err := a.print(c, row, func() { a.printRows([]serverRow{row}) }); err != nil {
		return err
	}
	if row.State == string(lifecycle.Stopped) || row.State == string(lifecycle.Failed) {
		return errQuiet(codeNotRunning)
	}
	return nil
}
