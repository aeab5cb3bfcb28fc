package cli

import (
	"context"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v3"
)

func (a *program) backupCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "backup", Category: categoryMemory, Usage: "write a copy of the index, while it is in use",
		ArgsUsage:   "FILE",
		Description: "FILE must not exist.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action:      checked(arguments(1, 1, "a file to write"), with(a, fileArg, (*session).backup)),
	})
}

// fileOptions name a file, "" and "-" for a standard stream where the command has that.
type fileOptions struct{ File string }

func fileArg(c *cli.Command) fileOptions { return fileOptions{c.Args().First()} }

func (s *session) backup(ctx context.Context, o fileOptions) error {
	path, err := filepath.Abs(o.File)
	if err != nil {
		return err
	}
	if err := s.Backup(ctx, path); err != nil {
		return err
	}
	return s.done("Index copied to %s", path)
}

func (a *program) restoreCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "restore", Category: categoryMemory, Usage: "put a backup in the place of the index",
		ArgsUsage: "FILE",
		Description: "The backup is checked first. The index there was is set aside, whole, beside it. Run \"amalfa init\"\n" +
			"afterwards for what changed since the backup; notes are not touched.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action: checked(arguments(1, 1, "a backup"), with(a, fileArg, (*session).restore)),
	})
}

func (s *session) restore(ctx context.Context, o fileOptions) error {
	backup, err := filepath.Abs(o.File)
	if err != nil {
		return err
	}
	if err := s.Restore(ctx, backup); err != nil {
		return err
	}
	return s.done("Index restored from %s: run \"amalfa init\" for what changed since", backup)
}

func (a *program) exportCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "export", Category: categoryMemory, Usage: "write the whole index as JSON, one object a line",
		ArgsUsage: "[FILE]",
		UsageText: "amalfa export --jsonl > index.jsonl\namalfa export --jsonl index.jsonl",
		Flags:     []cli.Flag{&cli.BoolFlag{Name: "jsonl", Usage: "one JSON object a line, the only form there is"}},
		Action:    checked(arguments(0, 1, ""), with(a, fileArg, (*session).export)),
	})
}

func (s *session) export(ctx context.Context, o fileOptions) error {
	if o.File == "" || o.File == "-" {
		return s.Export(ctx, s.out)
	}
	if err := s.ExportFile(ctx, o.File); err != nil {
		return err
	}
	return s.done("Index written to %s", o.File)
}

func (a *program) importCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "import", Category: categoryMemory, Usage: "read an export into the index",
		ArgsUsage:   "FILE",
		Description: "Notes of the same name are replaced, others stay. The next \"amalfa init\" removes what no file stands for.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeUnusable),
		Action:      checked(arguments(1, 1, "an export, or - for standard input"), with(a, fileArg, (*session).importIndex)),
	})
}

func (s *session) importIndex(ctx context.Context, o fileOptions) error {
	in := s.in
	if o.File != "-" {
		f, err := os.Open(o.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	c, err := s.Import(ctx, in)
	if err != nil {
		return err
	}
	s.sayWithheld(c.Withheld)
	return s.done("Imported %s", o.File)
}

// sayWithheld tells how much of an index did not go into a database.
func (s *session) sayWithheld(n int) {
	if n > 0 {
		s.note("%s notes and files are private, or not in this folder to tell: not sent", thousands(n))
	}
}

// done says in one line what was done, or gives the path as JSON.
func (s *session) done(format, path string) error {
	return s.outcome(map[string]string{"path": path}, func() { s.line(format, s.Relative(path)) })
}
