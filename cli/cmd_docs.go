package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

// docsCommand holds what shows the notes as pages.
func (a *program) docsCommand() *cli.Command {
	export := a.command(cli.Command{
		Name: "export", Usage: "write the notes as a web site that opens without a server",
		ArgsUsage: "DIR",
		UsageText: "amalfa docs export site\namalfa docs export --name \"Team handbook\" ../site",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "name", Usage: "`NAME` of the site, in the title of each page (default: the name of the folder)"},
			&cli.BoolFlag{Name: "private", Usage: "with notes that are marked as private"},
		},
		Description: "A page for each note, with working links, contents and a list of what links to it, and a\n" +
			"search over titles, headings, tags and paths. Pages run no code of a note and load nothing\n" +
			"from elsewhere: pictures are named, not shown. DIR must be new, empty, or an earlier export,\n" +
			"which is replaced.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable, codeInterrupted),
		Action: checked(arguments(1, 1, "a folder to write"), with(a, func(c *cli.Command) docsExportOptions {
			return docsExportOptions{c.Args().First(), c.String("name"), c.Bool("private")}
		}, (*session).docsExport)),
	})
	return a.group(cli.Command{
		Name: "docs", Category: categoryMemory, Usage: "the notes as pages",
		UsageText: "amalfa docs export site", Commands: []*cli.Command{export}, Description: codesHelp(codeDone, codeFailed, codeUsage, codeUnusable, codeInterrupted),
	}, func(_ context.Context, c *cli.Command) error {
		return usageError(c.FullName()+" needs export", `run "`+c.FullName()+` --help"`)
	})
}

type docsExportOptions struct {
	Dir, Name string
	Private   bool
}

func (s *session) docsExport(ctx context.Context, o docsExportOptions) error {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return err
	}
	m := s.meter()
	ans, err := s.ExportSite(ctx, app.SiteOptions{Dir: dir, Name: o.Name, Private: o.Private, Progress: func(done, total int) {
		m.show(fmt.Sprintf("Writing %s %s of %s", bar(done, total), thousands(done), count(total, "page")))
	}})
	m.done()
	if errors.Is(err, app.ErrNotASite) {
		return app.WithHint(err, "name a new folder")
	}
	if err != nil {
		return err
	}
	return s.print(ans, func() {
		s.line("%s written: open %s", count(ans.Pages, "page"), s.Relative(ans.Path))
		if n := len(ans.Private); n > 0 {
			s.line("%s left out for being private (--private writes them)", count(n, "note"))
		}
	})
}
