package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"amalfa/app"
	"amalfa/lifecycle"
	"amalfa/registry"

	"github.com/urfave/cli/v3"
)

func (a *program) serversCommand() *cli.Command {
	dot := &cli.BoolFlag{Name: "dot", Usage: "print a Graphviz drawing"}
	status := func(ctx context.Context, c *cli.Command) error { return a.servers(ctx, c) }
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeUnusable)
	group := a.group(cli.Command{
		Name: "servers", Category: categoryServices, Usage: "show every service, or start and stop them together",
		Flags: []cli.Flag{dot}, Description: codes,
	}, status)
	verb := func(name, usage string, action cli.ActionFunc) *cli.Command {
		return a.command(cli.Command{Name: name, Usage: usage, Description: codes, Action: checked(arguments(0, 0, ""), action)})
	}
	group.Commands = []*cli.Command{
		verb("status", "show every service (also without a word)", status),
		verb("start", "start every background service", a.startServers),
		verb("stop", "stop this workspace's services and the machine's that it started", func(ctx context.Context, c *cli.Command) error { return a.stopAll(ctx, c, false) }),
		verb("restart", "stop them and start them again", func(ctx context.Context, c *cli.Command) error {
			if err := a.stopAll(ctx, c, false); err != nil {
				return err
			}
			return a.startServers(ctx, c)
		}),
	}
	return group
}

func (a *program) servers(ctx context.Context, c *cli.Command) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	rows, err := s.rows(ctx)
	if err != nil {
		return err
	}
	if c.Bool("dot") {
		a.line("%s", dotGraph(rows))
		return nil
	}
	return a.print(c, rows, func() { a.printRows(rows) })
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

// startServers starts what runs in the background; one that fails does not
// keep the others from starting.
func (a *program) startServers(ctx context.Context, c *cli.Command) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	rows := []serverRow{}
	var failed []error
	for _, svc := range registry.Services() {
		if svc.Stdio {
			continue
		}
		if svc.Name == "watcher" && !s.Settings.Watch.Enabled {
			a.note("watcher left out: watch.enabled is false in your settings")
			continue
		}
		st, err := s.Start(ctx, svc, app.StartOptions{Port: -1, Wait: app.WaitReady})
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", svc.Name, err))
			continue
		}
		rows = append(rows, newRow(st))
		if !c.Bool("json") {
			a.line("%s", startLine(st))
		}
	}
	return errors.Join(a.print(c, rows, func() {}), errors.Join(failed...))
}

func (a *program) stopAllCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "stop-all", Aliases: []string{"kill"}, Category: categoryServices,
		Usage:       "stop this workspace's services and the machine's that it started",
		Flags:       []cli.Flag{&cli.BoolFlag{Name: "all", Usage: "everything of this user, MCP sessions too"}},
		Description: codesHelp(codeDone, codeFailed, codeUsage),
		Action: checked(arguments(0, 0, ""), func(ctx context.Context, c *cli.Command) error {
			return a.stopAll(ctx, c, c.Bool("all"))
		}),
	})
}

// A stopReport is `stop-all --json`.
type stopReport struct {
	Stopped []string `json:"stopped"`
	Left    []string `json:"left"`
}

func (a *program) stopAll(ctx context.Context, c *cli.Command, all bool) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	r := stopReport{Stopped: []string{}, Left: []string{}}
	var failed []error
	roots := []string{s.Folder.Root}
	if all {
		roots = s.Workspaces()
	}
	for _, root := range roots {
		failed = append(failed, s.at(root).stopWorkspace(ctx, all, &r)...)
	}
	failed = append(failed, s.stopMachine(ctx, all, &r)...)
	if c.Name == "restart" && c.Bool("json") {
		return errors.Join(failed...)
	}
	err = a.print(c, r, func() {
		for _, line := range append(r.Stopped, r.Left...) {
			a.line("%s", line)
		}
		if len(r.Stopped)+len(r.Left) == 0 {
			a.line("nothing is running")
		}
	})
	return errors.Join(err, errors.Join(failed...))
}

func (s *session) stopWorkspace(ctx context.Context, all bool, r *stopReport) (failed []error) {
	for _, svc := range registry.Services() {
		switch {
		case svc.Stdio:
			failed = append(failed, s.stopSessions(ctx, svc, all, r)...)
		case svc.Scope == registry.Workspace:
			failed = append(failed, s.stopOne(ctx, svc, r)...)
		}
	}
	return failed
}

func (s *session) stopMachine(ctx context.Context, all bool, r *stopReport) (failed []error) {
	for _, svc := range registry.Services() {
		if svc.Scope != registry.Machine {
			continue
		}
		st, err := s.Inspect(ctx, svc)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if st.PID > 0 && !all && st.Workspace != s.Folder.Root {
			r.Left = append(r.Left, fmt.Sprintf("%s left running, pid %d: %s started it (--all stops it)", svc.Name, st.PID, st.Workspace))
			continue
		}
		failed = append(failed, s.stopOne(ctx, svc, r)...)
	}
	return failed
}

func (s *session) stopOne(ctx context.Context, svc registry.Service, r *stopReport) []error {
	done, err := s.Stop(ctx, svc, lifecycle.Drain)
	if err != nil {
		return []error{fmt.Errorf("stop %s: %w", svc.Name, err)}
	}
	if done.WasRunning {
		r.Stopped = append(r.Stopped, stopLine(svc, done))
	}
	return nil
}

// stopSessions names the MCP processes, and ends them when all says so: their
// agents would otherwise lose their memory in the middle of a talk.
func (s *session) stopSessions(ctx context.Context, svc registry.Service, all bool, r *stopReport) (failed []error) {
	live, err := s.Sessions(ctx, svc)
	if err != nil {
		return []error{err}
	}
	for _, rec := range live {
		if !all {
			r.Left = append(r.Left, fmt.Sprintf("%s left running, pid %d: its client owns it (--all stops it)", svc.Name, rec.PID))
			continue
		}
		done, err := s.StopSession(ctx, svc, rec.PID)
		if err != nil {
			failed = append(failed, err)
		} else if done.WasRunning {
			r.Stopped = append(r.Stopped, fmt.Sprintf("%s stopped, pid %d", svc.Name, rec.PID))
		}
	}
	return failed
}
