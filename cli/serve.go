package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"

	"amalfa/daemon"
	"amalfa/registry"
	"amalfa/services"

	"github.com/urfave/cli/v3"
	"go.uber.org/zap"
)

// serveWord is the hidden command that `start` runs this program with.
const serveWord = "__serve"

// A serving is one service while it runs in this process.
type serving struct {
	*session
	svc        registry.Service
	child      *daemon.Child
	listeners  []net.Listener
	server     *services.Server
	log        *zap.Logger
	onDemand   bool // ends when idle: a command started it
	foreground bool
}

// A runner runs a service until ctx ends; a clean stop is nil. It says that it
// can work by its server's state, or in its state file.
type runner func(ctx context.Context, v *serving) error

// runners wires each background service of the registry: the one line that a
// new service adds here.
func runners() map[string]runner {
	return map[string]runner{
		"vector":   serveVector,
		"reranker": serveReranker,
		"sonar":    serveSonar,
		"watcher":  serveWatcher,
	}
}

func (a *app) hiddenServeCommand() *cli.Command {
	return a.command(cli.Command{
		Name: serveWord, Hidden: true, Usage: "run a service that start has spawned", ArgsUsage: "NAME",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "port", Value: -1},
			&cli.BoolFlag{Name: "on-demand", Usage: "end when idle"},
		},
		Action: checked(arguments(1, 1, "a service"), func(ctx context.Context, c *cli.Command) error {
			svc, ok := registry.Lookup(c.Args().First())
			if !ok || runners()[svc.Name] == nil {
				return &usageError{fmt.Sprintf("no service %q", c.Args().First()), `run "amalfa servers"`}
			}
			return a.serve(ctx, c, svc)
		}),
	})
}

// serve runs a service in this process: for `NAME serve` in the foreground, and
// for `__serve NAME` with the lock and pipe that start handed over.
func (a *app) serve(ctx context.Context, c *cli.Command, svc registry.Service) (err error) {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	flag, err := portFlag(c)
	if err != nil {
		return err
	}
	if err := s.prepare(ctx, svc); err != nil {
		return err
	}
	child, err := daemon.Adopt(s.spec(svc))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, child.Close()) }()
	v := &serving{session: s, svc: svc, child: child, onDemand: c.Bool("on-demand"), foreground: c.Name != serveWord}
	log, closeLog, err := v.openLog()
	if err != nil {
		return err
	}
	defer closeLog()
	v.log = log
	return v.run(ctx, flag)
}

// run listens, publishes the address, and hands over to the service. It ends
// with the first signal; a second one skips the drain.
func (v *serving) run(ctx context.Context, flag int) error {
	ctx, drain, stop := daemon.Signals(context.WithoutCancel(ctx))
	defer stop()
	if err := v.listen(ctx, flag); err != nil {
		return err
	}
	instance, token := rand.Text(), rand.Text()
	v.server = services.New(services.Info{
		Service: v.svc.Name, Instance: instance, Version: programVersion(), Workspace: v.ws.Root,
	}, services.Options{Log: v.log, Origins: v.settings.Origins, Token: token, SameUser: v.svc.SameUser})
	context.AfterFunc(drain, v.server.Cut)
	if err := v.child.Publish(v.address(), instance, token); err != nil {
		return err
	}
	if err := v.child.Ready(daemon.Starting); err != nil {
		return err
	}
	v.log.Info("Starting", zap.String("service", v.svc.Name), zap.String("version", programVersion()), zap.String("address", v.address()), zap.Int("pid", os.Getpid()))
	if v.foreground {
		v.note("%s serves on %s (Ctrl-C stops it)", v.svc.Name, orDash(v.address()))
	}
	err := runners()[v.svc.Name](ctx, v)
	v.log.Info("Stopped", zap.String("service", v.svc.Name), zap.Error(err))
	return err
}

func (v *serving) listen(ctx context.Context, flag int) (err error) {
	if v.svc.Port == 0 {
		return nil
	}
	choice, err := v.port(v.svc, flag)
	if err != nil {
		return err
	}
	v.listeners, err = daemon.Listen(ctx, daemon.ListenOptions{
		Service: v.svc, Port: choice.port, Explicit: choice.explicit,
		Shift: v.svc.Scope == registry.Workspace && !choice.explicit,
	})
	return err
}

func (v *serving) address() string {
	if len(v.listeners) == 0 {
		return ""
	}
	return v.listeners[0].Addr().String()
}
