package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"amalfa/app"
	"amalfa/daemon"
	"amalfa/lifecycle"
	"amalfa/registry"

	"github.com/urfave/cli/v3"
)

func (a *program) serversCommand() *cli.Command {
	shown := []cli.Flag{
		&cli.BoolFlag{Name: "dot", Usage: "print a Graphviz drawing"},
		&cli.BoolFlag{Name: "watch", Aliases: []string{"w"}, Usage: "show them again and again, until Ctrl-C"},
		&cli.DurationFlag{Name: "interval", HideDefault: true, Usage: "the `TIME` between two looks of --watch (default: 2s)"},
	}
	status := withSettings(a, app.SettingsOptional, serversFlags, (*session).servers)
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeUnusable)
	group := a.group(cli.Command{
		Name: "servers", Category: categoryServices, Usage: "show every service, or start and stop them together",
		UsageText: "amalfa servers\namalfa servers --watch\namalfa servers start",
		Flags:     shown, Description: codes,
	}, status)
	verb := func(name, usage string, action cli.ActionFunc) *cli.Command {
		return a.command(cli.Command{Name: name, Usage: usage, Description: codes, Action: checked(arguments(0, 0, ""), action)})
	}
	group.Commands = []*cli.Command{
		verb("status", "show every service (also without a word)", status),
		verb("start", "start every background service", plain(a, (*session).startServers)),
		verb("stop", "stop this workspace's services and the machine's that it started", withSettings(a, app.SettingsOptional, stopAllFlags, (*session).stopAll)),
		verb("restart", "put new processes in their place, one by one", plain(a, (*session).restartServers)),
	}
	return group
}

type serversOptions struct {
	Dot, Watch bool
	Interval   *time.Duration // nil: 2s
}

// watchInterval is what people look at without haste; watch(1) has the same.
const watchInterval = 2 * time.Second

func serversFlags(c *cli.Command) serversOptions {
	return serversOptions{c.Bool("dot"), c.Bool("watch"), given(c, "interval", c.Duration("interval"))}
}

func (s *session) servers(ctx context.Context, o serversOptions) error {
	switch {
	case o.Watch && o.Dot:
		return usageError("--dot draws one picture, --watch many", "take one of them")
	case o.Watch && o.Interval != nil:
		return s.watchServers(ctx, *o.Interval)
	case o.Watch:
		return s.watchServers(ctx, watchInterval)
	case o.Interval != nil:
		return usageError("--interval goes with --watch", "amalfa servers --watch --interval "+o.Interval.String())
	}
	rows, err := s.rows(ctx)
	if err != nil {
		return err
	}
	if o.Dot {
		return s.print(map[string]string{"dot": dotGraph(rows)}, func() { s.line("%s", dotGraph(rows)) })
	}
	return s.print(rows, func() { s.printRows(rows) })
}

func (s *session) rows(ctx context.Context) ([]serverRow, error) {
	var rows []serverRow
	for _, svc := range registry.Services() {
		row, err := s.row(ctx, svc)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// dotGraph draws the services and who calls whom.
func dotGraph(rows []serverRow) string {
	colour := map[string]string{
		string(lifecycle.Ready): "palegreen", string(lifecycle.Degraded): "khaki",
		string(lifecycle.Failed): "salmon", string(lifecycle.Stopped): "lightgrey",
	}
	var b strings.Builder
	b.WriteString("digraph amalfa {\n  rankdir=LR;\n  node [shape=box, style=filled, fillcolor=lightblue];\n")
	for _, r := range rows {
		label := fmt.Sprintf("%s\\n%s", r.Service, r.State)
		if r.Port != nil {
			label += fmt.Sprintf("\\n:%d", *r.Port)
		}
		fmt.Fprintf(&b, "  %q [label=\"%s\"", r.Service, label)
		if fill := colour[r.State]; fill != "" {
			fmt.Fprintf(&b, ", fillcolor=%s", fill)
		}
		b.WriteString("];\n")
	}
	for _, svc := range registry.Services() {
		for _, to := range svc.Calls {
			fmt.Fprintf(&b, "  %q -> %q;\n", svc.Name, to)
		}
	}
	return b.String() + "}"
}

func (s *session) startServers(ctx context.Context) error {
	return s.eachServer(ctx, func(svc registry.Service) (daemon.Status, string, error) {
		st, err := s.Start(ctx, svc, app.StartOptions{Port: -1, Wait: app.WaitReady})
		return st, startLine(st), err
	})
}

// eachServer does something to each service that runs in the background, and prints what became of it. One that fails does not
// keep the others from it.
func (s *session) eachServer(ctx context.Context, do func(registry.Service) (now daemon.Status, line string, err error)) error {
	rows := []serverRow{}
	var failed []error
	for _, svc := range registry.Services() {
		if svc.Stdio || svc.Pages && !s.runs(ctx, svc) { // who looks at a page starts it
			continue
		}
		if why := s.LeftOut(svc); why != "" {
			s.aside("%s left out: %s", svc.Name, why)
			continue
		}
		st, line, err := do(svc)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", svc.Name, err))
			continue
		}
		rows = append(rows, newRow(st))
		if !s.json && !s.quiet {
			s.line("%s", line)
		}
	}
	return errors.Join(s.print(rows, func() {}), errors.Join(failed...))
}

// runs tells whether a service is there; one that cannot be looked at counts, so that its error is told.
func (s *session) runs(ctx context.Context, svc registry.Service) bool {
	st, err := s.Inspect(ctx, svc)
	return err != nil || st.PID > 0
}

func (a *program) stopAllCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "stop-all", Aliases: []string{"kill"}, Category: categoryServices,
		Usage:       "stop this workspace's services and the machine's that it started",
		Flags:       []cli.Flag{&cli.BoolFlag{Name: "all", Usage: "everything of this user, MCP sessions too"}},
		Description: codesHelp(codeDone, codeFailed, codeUsage),
		Action:      checked(arguments(0, 0, ""), withSettings(a, app.SettingsOptional, stopAllFlags, (*session).stopAll)),
	})
}

// A stopReport is `stop-all --json`.
type stopReport struct {
	Stopped []string `json:"stopped"`
	Left    []string `json:"left"`
}

type stopAllOptions struct{ All bool }

func stopAllFlags(c *cli.Command) stopAllOptions { return stopAllOptions{c.Bool("all")} }

func (s *session) stopAll(ctx context.Context, o stopAllOptions) error {
	done, failed := s.StopAll(ctx, o.All)
	r := newStopReport(done)
	return errors.Join(s.outcome(r, func() { s.printStopped(r) }), failed)
}

// restartServers restarts what `servers start` starts, one after the other. What another workspace has started is left, and what
// clients have; what is not to run is stopped.
func (s *session) restartServers(ctx context.Context) error {
	if err := s.stopLeftOut(ctx); err != nil {
		return err
	}
	return s.eachServer(ctx, func(svc registry.Service) (daemon.Status, string, error) {
		now, err := s.Inspect(ctx, svc)
		if err != nil {
			return now, "", err
		}
		if svc.Scope == registry.Machine && now.PID > 0 && now.Workspace != s.Folder.Root {
			return now, fmt.Sprintf("%s left running, pid %d: %s started it", svc.Name, now.PID, now.Workspace), nil
		}
		r, err := s.Restart(ctx, svc, app.StartOptions{Port: -1, Wait: app.WaitReady}, 0)
		if r.Stopped == nil || r.Stopped.WasRunning {
			s.sayStopped(svc, r)
		}
		return r.Status, restartLine(r), err
	})
}

// stopLeftOut stops what the settings keep from running, and tells of what clients have.
func (s *session) stopLeftOut(ctx context.Context) error {
	var done []app.Stopped
	for _, svc := range registry.Services() {
		if svc.Stdio {
			live, err := s.Sessions(ctx, svc)
			if err != nil {
				return err
			}
			for _, rec := range live {
				done = append(done, app.Stopped{Service: svc.Name, PID: rec.PID, Left: "its client owns it"})
			}
		}
		if s.LeftOut(svc) == "" || svc.Scope == registry.Machine { // other workspaces may use that
			continue
		}
		stopped, err := s.Stop(ctx, svc, lifecycle.Drain)
		if err != nil {
			return err
		}
		if stopped.WasRunning {
			done = append(done, app.Stopped{Service: svc.Name, PID: stopped.PID, Killed: stopped.Killed})
		}
	}
	if len(done) > 0 && !s.json && !s.quiet {
		s.printStopped(newStopReport(done))
	}
	return nil
}

func newStopReport(done []app.Stopped) stopReport {
	r := stopReport{Stopped: []string{}, Left: []string{}}
	for _, s := range done {
		if s.Left != "" {
			r.Left = append(r.Left, fmt.Sprintf("%s left running, pid %d: %s (--all stops it)", s.Service, s.PID, s.Left))
			continue
		}
		r.Stopped = append(r.Stopped, stopLine(s.Service, daemon.StopResult{PID: s.PID, WasRunning: true, Killed: s.Killed}))
	}
	return r
}

func (a *program) printStopped(r stopReport) {
	for _, line := range append(r.Stopped, r.Left...) {
		a.line("%s", line)
	}
	if len(r.Stopped)+len(r.Left) == 0 {
		a.line("nothing is running")
	}
}
