package cli

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"amalfa/app"
	"amalfa/store/sqlite"

	"github.com/urfave/cli/v3"
)

func (a *program) backupCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "backup", Category: categoryMemory, Usage: "write a copy of the index, while it is in use",
		ArgsUsage:   "FILE",
		Description: "FILE must not exist.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(1, 1, "a file to write"), func(ctx context.Context, c *cli.Command) error {
			return a.withIndex(ctx, c, func(s *session, st *sqlite.Store) error {
				path, err := filepath.Abs(c.Args().First())
				if err != nil {
					return err
				}
				if err := st.Backup(ctx, path); errors.Is(err, fs.ErrExist) {
					return app.WithHint(err, "name a file that does not exist yet")
				} else if err != nil {
					return err
				}
				return s.done(c, "Index copied to %s", path)
			})
		}),
	})
}

func (a *program) restoreCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "restore", Category: categoryMemory, Usage: "put a backup in the place of the index",
		ArgsUsage: "FILE",
		Description: "The backup is checked first. The index there was is set aside, whole, beside it. Run \"amalfa init\"\n" +
			"afterwards for what changed since the backup; notes are not touched.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(1, 1, "a backup"), a.restore),
	})
}

func (a *program) restore(ctx context.Context, c *cli.Command) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	backup, err := filepath.Abs(c.Args().First())
	if err != nil {
		return err
	}
	if err := s.Restore(ctx, backup); err != nil {
		return err
	}
	return s.done(c, "Index restored from %s: run \"amalfa init\" for what changed since", backup)
}

func (a *program) exportCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "export", Category: categoryMemory, Usage: "write the whole index as JSON, one object a line",
		ArgsUsage: "[FILE]",
		UsageText: "amalfa export --jsonl > index.jsonl\namalfa export --jsonl index.jsonl",
		Flags:     []cli.Flag{&cli.BoolFlag{Name: "jsonl", Usage: "one JSON object a line, the only form there is"}},
		Action: checked(arguments(0, 1, ""), func(ctx context.Context, c *cli.Command) error {
			return a.withIndex(ctx, c, func(s *session, st *sqlite.Store) error {
				path := c.Args().First()
				if path == "" || path == "-" {
					return st.Export(ctx, s.out)
				}
				f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
				if err != nil {
					return err
				}
				if err := errors.Join(st.Export(ctx, f), f.Close()); err != nil {
					return errors.Join(err, os.Remove(path))
				}
				return s.done(c, "Index written to %s", path)
			})
		}),
	})
}

func (a *program) importCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "import", Category: categoryMemory, Usage: "read an export into the index",
		ArgsUsage:   "FILE",
		Description: "Notes of the same name are replaced, others stay. The next \"amalfa init\" removes what no file stands for.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action:      checked(arguments(1, 1, "an export, or - for standard input"), a.importIndex),
	})
}

func (a *program) importIndex(ctx context.Context, c *cli.Command) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	var in io.Reader = a.in
	if path := c.Args().First(); path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	st, err := s.WriteIndex(ctx, false)
	if err != nil {
		return err
	}
	defer st.Close()
	unlock, err := s.LockWriter(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := st.Import(ctx, in); err != nil {
		return err
	}
	return s.done(c, "Imported %s", c.Args().First())
}

// done says in one line what was done, or gives the path as JSON.
func (s *session) done(c *cli.Command, format, path string) error {
	return s.print(c, map[string]string{"path": path}, func() { s.line(format, s.Relative(path)) })
}
