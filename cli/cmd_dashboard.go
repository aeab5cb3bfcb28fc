package cli

import (
	"context"

	"amalfa/registry"

	"github.com/urfave/cli/v3"
)

// openVerb is what a service with pages offers besides its life cycle.
func (a *program) openVerb(svc registry.Service) *cli.Command {
	return a.command(cli.Command{
		Name: "open", Usage: "open it in the browser, started if need be",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "print", Usage: "print the address and open nothing"}},
		Description: "The address holds a code that lets one browser in, once, within two minutes; after that the browser has a cookie. On\n" +
			"Linux a browser of your own user needs neither: the bare address of \"amalfa " + svc.Name + " status\" does.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(0, 0, ""), with(a, func(c *cli.Command) openOptions { return openOptions{svc, c.Bool("print")} }, (*session).openPage)),
	})
}

type openOptions struct {
	Service registry.Service
	Print   bool
}

// An opened is `dashboard open --json`.
type opened struct {
	URL    string `json:"url"`
	Opened bool   `json:"opened"` // a browser was told of it
}

func (s *session) openPage(ctx context.Context, o openOptions) error {
	address, _, err := s.OpenPage(ctx, o.Service)
	if err != nil {
		return err
	}
	ans := opened{URL: address}
	if !o.Print && !s.json {
		ans.Opened = s.Browse(ctx, address)
	}
	return s.print(ans, func() { s.line("%s", address) })
}
