package cli

import (
	"context"
	"fmt"

	"amalfa/app"
	"amalfa/registry"

	"github.com/urfave/cli/v3"
)

func (a *program) hiddenServeCommand() *cli.Command {
	return a.command(cli.Command{
		Name: app.ServeWord, Hidden: true, Usage: "run a service that start has spawned", ArgsUsage: "NAME",
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "port", Value: -1},
			&cli.BoolFlag{Name: "default-port", Usage: "nobody has asked for that port"},
			&cli.BoolFlag{Name: "on-demand", Usage: "end when idle"},
		},
		Action: checked(arguments(1, 1, "a service"), func(ctx context.Context, c *cli.Command) error {
			svc, ok := registry.Lookup(c.Args().First())
			if !ok || !app.Serves(svc) {
				return usageError(fmt.Sprintf("no service %q", c.Args().First()), `run "amalfa servers"`)
			}
			return with(a, serveFlags(svc, false), (*session).serve)(ctx, c)
		}),
	})
}

type serveOptions struct {
	Service registry.Service
	Port    *int // nil: what variable, settings or registry say
	app.ServeOptions
}

func serveFlags(svc registry.Service, foreground bool) func(*cli.Command) serveOptions {
	return func(c *cli.Command) serveOptions {
		return serveOptions{svc, given(c, "port", c.Int("port")), app.ServeOptions{
			DefaultPort: c.Bool("default-port"), OnDemand: c.Bool("on-demand"), Foreground: foreground,
		}}
	}
}

// serve runs a service in this process.
func (s *session) serve(ctx context.Context, o serveOptions) error {
	port, err := port(o.Port)
	if err != nil {
		return err
	}
	o.ServeOptions.Port, o.SkipDrain = port, s.ending.drained()
	return s.Serve(ctx, o.Service, o.ServeOptions)
}
