package cli

import (
	"context"
	"io"
	"runtime"
	"runtime/debug"

	"amalfa/models"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// A buildInfo says exactly which program this is.
type buildInfo struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"`
	Date     string `json:"date"`
	Modified bool   `json:"modified"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	CGO      bool   `json:"cgo"`
	Embedded bool   `json:"embedded"` // runtime and default model are in the program
	Model    string `json:"model"`
	Schema   int    `json:"schema"`
	SQLite   string `json:"sqlite"`
}

func (a *app) versionCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "version", Category: categorySelf, Usage: "print the version and how it was built",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "notices", Usage: "print the licences of what the program carries"}},
		Action: checked(arguments(0, 0, ""), func(_ context.Context, c *cli.Command) error {
			b := readBuild()
			if c.Bool("notices") {
				if _, err := models.WriteNotice(a.out); err != nil || b.Embedded {
					return err
				}
				a.line("This build carries no third-party files.")
				return nil
			}
			return a.print(c, b, func() {
				a.line("amalfa %s", b.Version)
				a.line("commit %s %s", orDash(b.Commit), b.Date)
				a.line("%s %s, model %s%s", b.Go, b.Platform, b.Model, map[bool]string{true: " (built in)"}[b.Embedded])
			})
		}),
	})
}

// programVersion is what records, /health and version say.
func programVersion() string { return readBuild().Version }

func readBuild() buildInfo {
	b := buildInfo{
		Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Model: models.DefaultName, Schema: store.SchemaVersion,
	}
	b.Embedded, _ = models.WriteNotice(io.Discard) // cannot fail to write
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "CGO_ENABLED":
			b.CGO = s.Value == "1"
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	for _, dep := range info.Deps {
		if dep.Path == "modernc.org/sqlite" {
			b.SQLite = "modernc.org/sqlite " + dep.Version
		}
	}
	return b
}
