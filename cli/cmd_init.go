package cli

import (
	"context"
	"errors"

	"amalfa/app"
	"amalfa/ingest"

	"github.com/urfave/cli/v3"
)

func (a *program) initCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "init", Category: categoryMemory, Usage: "index the notes of this folder, or bring the index up to date",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "force", Usage: "build the index again; also needed to index HOME or /"},
			&cli.BoolFlag{Name: "dry-run", Usage: "say what would happen, and write nothing"},
			&cli.BoolFlag{Name: "write-settings", Usage: "write a commented amalfa.settings.json with the defaults"},
			&cli.BoolFlag{Name: "no-daemon", Usage: "load the model in this process"},
		},
		Description: "Only what changed is read and embedded. Ctrl-C keeps what is finished; the next\nrun goes on from there. Notes are never written to.\n\n" +
			codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeUnusable, codeInterrupted),
		Action: checked(arguments(0, 0, ""), with(a, initFlags, (*session).init)),
	})
}

// An initAnswer is `init --json`.
type initAnswer struct {
	Files       int         `json:"files"`
	Indexed     int         `json:"indexed"`
	Unchanged   int         `json:"unchanged"`
	Partial     int         `json:"partial"`
	Skipped     int         `json:"skipped"`
	Failed      int         `json:"failed"`
	Deleted     int         `json:"deleted"`
	Chunks      int         `json:"chunks"`
	Embedded    int         `json:"embedded"`
	Reused      int         `json:"reused"`
	Links       int         `json:"links"`
	BrokenLinks int         `json:"brokenLinks"`
	Tags        int         `json:"tags"`
	NotIndexed  []fileState `json:"notIndexed"`
	Degraded    []string    `json:"degraded"`
	TookMs      int64       `json:"tookMs"`

	Workspace string          `json:"workspace"`
	Why       string          `json:"why"`      // it is this folder
	Language  *languageAnswer `json:"language"` // null where there is nothing to say, or it was said before
}

type fileState struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Reason string `json:"reason"`
}

type initOptions struct{ Force, DryRun, WriteSettings, NoDaemon bool }

func initFlags(c *cli.Command) initOptions {
	return initOptions{c.Bool("force"), c.Bool("dry-run"), c.Bool("write-settings"), c.Bool("no-daemon")}
}

func (s *session) init(ctx context.Context, o initOptions) error {
	if !o.Force {
		if err := s.CheckBroad(); err != nil {
			return err
		}
	}
	if o.DryRun {
		return s.preview(ctx, o)
	}
	if o.WriteSettings {
		if err := s.WriteSettings(); err != nil {
			return err
		}
	}
	m := s.meter()
	sum, foreign, err := s.Init(ctx, app.InitOptions{Force: o.Force, NoDaemon: o.NoDaemon, Progress: m.ingest})
	m.done()
	ans := s.newInitAnswer(sum)
	ans.Language = newLanguageAnswer(foreign)
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return errors.Join(s.print(ans, func() { s.printSummary(ans, sum) }), err)
}

func (s *session) newInitAnswer(sum ingest.Summary) initAnswer {
	ans := initAnswer{
		Files: sum.Seen, Indexed: sum.Indexed, Unchanged: sum.Unchanged, Partial: sum.Partial,
		Skipped: sum.Skipped, Failed: sum.Failed, Deleted: sum.Deleted, Chunks: sum.Chunks,
		Embedded: sum.Embedded, Reused: sum.Reused, Links: sum.Links, BrokenLinks: sum.BrokenLinks,
		Tags: sum.Tags, NotIndexed: []fileState{}, Degraded: append([]string{}, sum.Degraded...),
		TookMs: sum.Took.Milliseconds(), Workspace: s.Folder.Root, Why: s.Folder.Why,
	}
	for _, f := range sum.Files {
		ans.NotIndexed = append(ans.NotIndexed, fileState{f.ID, f.State, f.Reason})
	}
	return ans
}

func (s *session) printSummary(ans initAnswer, sum ingest.Summary) {
	s.line("amalfa %s · model %s · nothing left this computer", app.Version(), s.Settings.Embeddings.Model)
	s.line("")
	s.line("  Workspace %s (%s)", cleanLine(s.Folder.Root), cleanLine(s.Folder.Why))
	s.line("  Files     %d seen: %d indexed, %d unchanged, %d partial, %d skipped, %d failed; %d deleted",
		ans.Files, ans.Indexed, ans.Unchanged, ans.Partial, ans.Skipped, ans.Failed, ans.Deleted)
	s.line("  Chunks    %d, of them %d embedded now and %d reused, in %.1f s", ans.Chunks, ans.Embedded, ans.Reused, sum.Took.Seconds())
	s.line("  Links     %d, %d broken   Tags %d   Front matter %d", ans.Links, ans.BrokenLinks, ans.Tags, sum.FrontMatter)
	for _, f := range ans.NotIndexed {
		s.line("  %-9s %s: %s", f.State, cleanLine(f.ID), cleanLine(f.Reason))
	}
	for _, d := range ans.Degraded {
		s.note("degraded: %s", d)
	}
	s.line("")
	s.line("%s Memory ready in %s", s.green("✓"), s.Relative(s.Folder.Dir()))
	s.line("")
	if ans.Language != nil {
		s.printLanguage(ans.Language)
	}
	s.line("Next:")
	s.line("  amalfa search \"what did we decide\"   ask it")
	s.line("  amalfa setup-mcp                     connect an agent")
	s.line("  amalfa servers start                 keep it fresh in the background")
}
