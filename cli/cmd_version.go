package cli

import (
	"context"
	"fmt"
	"strings"

	"amalfa/app"
	"amalfa/models"

	"github.com/urfave/cli/v3"
)

func (a *program) versionCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "version", Category: categorySelf, Usage: "print the version and how it was built",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "notices", Usage: "print the licences of what the program carries"}},
		Action: checked(arguments(0, 0, ""), func(ctx context.Context, c *cli.Command) error {
			return a.version(ctx, versionOptions{c.Bool("notices")})
		}),
	})
}

type versionOptions struct{ Notices bool }

func (a *program) version(_ context.Context, o versionOptions) error {
	b := app.ReadBuild()
	if o.Notices {
		return a.notices(b.Embedded)
	}
	return a.print(b, func() {
		a.line("amalfa %s", b.Version)
		a.line("commit %s %s", orDash(b.Commit), b.Date)
		a.line("%s %s, model %s%s", b.Go, b.Platform, b.Model, map[bool]string{true: " (built in)"}[b.Embedded])
	})
}

// notices prints the licences of what the program carries.
func (a *program) notices(embedded bool) error {
	var text strings.Builder
	if _, err := models.WriteNotice(&text); err != nil {
		return err
	}
	if !embedded {
		text.WriteString("This build carries no third-party files.\n")
	}
	return a.print(map[string]string{"notices": text.String()}, func() { fmt.Fprint(a.out, text.String()) })
}
