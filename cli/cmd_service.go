package cli

import (
	"context"
	"fmt"
	"time"

	"amalfa/app"
	"amalfa/daemon"
	"amalfa/lifecycle"
	"amalfa/registry"

	"github.com/urfave/cli/v3"
)

func (a *program) serviceCommands() []*cli.Command {
	out := []*cli.Command{a.serversCommand(), a.stopAllCommand(), a.unitCommand()}
	for _, svc := range registry.Services() {
		if svc.Stdio {
			out = append(out, a.stdioCommands(svc)...)
			continue
		}
		out = append(out, a.serviceCommand(svc))
	}
	return append(out, a.tokenCommand(), a.hiddenServeCommand())
}

// serviceCommand makes `amalfa NAME start|stop|restart|status|serve` of a registry row.
func (a *program) serviceCommand(svc registry.Service) *cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeNotRunning, codeMissing, codeUnusable)
	verb := func(name, usage string, action cli.ActionFunc, flags ...cli.Flag) *cli.Command {
		return a.command(cli.Command{Name: name, Usage: usage, Flags: flags, Description: codes, Action: checked(arguments(0, 0, ""), action)})
	}
	starting := []cli.Flag{&cli.DurationFlag{Name: "wait", Value: app.WaitReady, Usage: "wait `TIME` for it to be ready"}}
	serving, again := []cli.Flag{}, "stop it and start it again"
	if svc.Port != 0 {
		port := &cli.IntFlag{Name: "port", Value: -1, HideDefault: true, Usage: fmt.Sprintf("listen on port `N`, 0 for any free one (%s, default %d)", svc.PortVar, svc.Port)}
		starting, serving = append(starting, port), append(serving, port)
		again = "put a new process in its place, without a refused request"
	}
	stopping := &cli.DurationFlag{Name: "drain", Value: lifecycle.Drain, Usage: "let accepted requests run for `TIME`"}
	replacing := stopping
	if svc.Port != 0 {
		replacing = &cli.DurationFlag{Name: "drain", HideDefault: true, Usage: fmt.Sprintf("let accepted requests run for `TIME` (default: until they are answered, %.0f minutes at most)", lifecycle.Leave.Minutes())}
	}
	status := withSettings(a, app.SettingsOptional, serviceFlags(svc), (*session).status)
	read := serviceFlags(svc)
	group := a.group(cli.Command{
		Name: svc.Name, Category: categoryServices, Usage: svc.Summary, Description: codes,
	}, status)
	group.Commands = []*cli.Command{
		verb("start", "start it in the background", with(a, read, (*session).start), starting...),
		verb("stop", "stop it", withSettings(a, app.SettingsOptional, read, (*session).stop), stopping),
		verb("restart", again, with(a, read, (*session).restart), append(starting, replacing)...),
		verb("status", "say how it is (also without a word)", status),
		verb("serve", "run it in the foreground", with(a, serveFlags(svc, true), (*session).serve), serving...),
	}
	group.Commands = append(group.Commands, a.extraVerbs(svc)...)
	return group
}

type serviceOptions struct {
	Service registry.Service
	Port    *int          // nil: what variable, settings or registry say
	Wait    time.Duration // for it to be ready
	Drain   time.Duration // that accepted requests may run for; 0: what is usual
}

func serviceFlags(svc registry.Service) func(*cli.Command) serviceOptions {
	return func(c *cli.Command) serviceOptions {
		return serviceOptions{svc, given(c, "port", c.Int("port")), c.Duration("wait"), c.Duration("drain")}
	}
}

// port is the value of --port, -1 where it is absent.
func port(n *int) (int, error) {
	switch {
	case n == nil:
		return -1, nil
	case *n < 0 || *n > 65535:
		return 0, usageError(fmt.Sprintf("--port takes 0 to 65535, not %d", *n), "0 is any free port")
	}
	return *n, nil
}

func (s *session) start(ctx context.Context, o serviceOptions) error {
	port, err := port(o.Port)
	if err != nil {
		return err
	}
	st, err := s.Start(ctx, o.Service, app.StartOptions{Port: port, Wait: o.Wait})
	if err != nil {
		return err
	}
	return s.outcome(newRow(st), func() { s.line("%s", startLine(st)) })
}

func (s *session) restart(ctx context.Context, o serviceOptions) error {
	port, err := port(o.Port)
	if err != nil {
		return err
	}
	r, err := s.Restart(ctx, o.Service, app.StartOptions{Port: port, Wait: o.Wait}, o.Drain)
	s.sayStopped(o.Service, r)
	if err != nil {
		return err
	}
	return s.outcome(newRow(r.Status), func() { s.line("%s", restartLine(r)) })
}

// sayStopped says what was stopped first, and why.
func (s *session) sayStopped(svc registry.Service, r app.Restarted) {
	if r.Why != nil {
		s.aside("%s: %v", svc.Name, r.Why)
	}
	if r.Stopped != nil && !s.json && !s.quiet {
		s.line("%s", stopLine(svc.Name, *r.Stopped))
	}
}

func restartLine(r app.Restarted) string {
	if r.Stopped != nil {
		return startLine(r.Status)
	}
	verb := "restarted"
	switch {
	case r.AlreadyRunning:
		verb = "restarted by another command"
	case r.Killed:
		verb = fmt.Sprintf("restarted (pid %d did not end in time and was killed)", r.Before)
	case r.Finishing:
		verb = fmt.Sprintf("restarted (pid %d ends when it has answered what it had begun)", r.Before)
	}
	return serviceLine(r.Status, verb)
}

func startLine(st daemon.Status) string {
	verb := "started"
	if st.AlreadyRunning {
		verb = "already running"
	}
	return serviceLine(st, verb)
}

func serviceLine(st daemon.Status, verb string) string {
	line := fmt.Sprintf("%s %s: %s, pid %d", st.Service.Name, verb, st.State, st.PID)
	if st.Address != "" {
		line += ", " + st.Address
	}
	if st.Error != "" {
		line += " (" + cleanLine(st.Error) + ")" // one service has room for all of it
	}
	return line
}

func (s *session) stop(ctx context.Context, o serviceOptions) error {
	done, err := s.Stop(ctx, o.Service, o.Drain)
	if err != nil {
		return err
	}
	row, err := s.row(ctx, o.Service)
	if err != nil {
		return err
	}
	return s.outcome(row, func() { s.line("%s", stopLine(o.Service.Name, done)) })
}

func stopLine(service string, done daemon.StopResult) string {
	switch {
	case !done.WasRunning:
		return service + " is not running"
	case done.Killed:
		return fmt.Sprintf("%s did not end in time: killed pid %d", service, done.PID)
	}
	return fmt.Sprintf("%s stopped, pid %d", service, done.PID)
}

// status prints one row; a stopped service is exit 3.
func (s *session) status(ctx context.Context, o serviceOptions) error {
	row, err := s.row(ctx, o.Service)
	if err != nil {
		return err
	}
	if err := s.printStatus(ctx, o, row); err != nil {
		return err
	}
	if row.State == string(lifecycle.Stopped) || row.State == string(lifecycle.Failed) {
		return errQuiet(codeNotRunning)
	}
	return nil
}

// printStatus shows the row, and of Sonar how it stands.
func (s *session) printStatus(ctx context.Context, o serviceOptions, row serverRow) error {
	if o.Service.Name != "sonar" {
		return s.print(row, func() { s.printRows([]serverRow{row}) })
	}
	stands, err := s.sonarStatus(ctx, o)
	return s.print(sonarRow{row, stands}, func() {
		s.printRows([]serverRow{row})
		if err != nil {
			s.note("warning: %v", err)
			return
		}
		s.printSonar(stands)
	})
}
