package cli

import (
	"context"
	"io"
	"strings"
	"time"

	"amalfa/app"

	"github.com/urfave/cli/v3"
)

func (a *program) emberCommand() *cli.Command {
	codes := codesHelp(codeDone, codeFailed, codeUsage, codeUnusable, codeInterrupted)
	return a.group(cli.Command{
		Name: "ember", Category: categoryMemory, Usage: "propose tags, links, keyphrases and summaries for notes",
		UsageText: "amalfa ember scan\namalfa ember squash --dry-run\namalfa ember squash\namalfa ember revert",
		Commands: []*cli.Command{
			a.command(cli.Command{
				Name: "scan", Usage: "look at notes and write what they lack beside them, as NOTE.ember.json",
				ArgsUsage: "[NOTE...]", UsageText: "amalfa ember scan\namalfa ember scan --dry-run --json\namalfa ember scan docs/auth.md",
				Flags: []cli.Flag{
					&cli.BoolFlag{Name: "dry-run", Usage: "print what would be proposed, and write nothing"},
					&cli.IntFlag{Name: "limit", Aliases: []string{"n"}, Usage: "end after `N` notes with a proposal"},
					noModelFlag(), &cli.DurationFlag{Name: "budget", Usage: "ask a language model for `TIME` at most; what is left is done without it"},
				},
				Description: "Tags are those of the vault that notes like it, linked notes and its own words speak\nfor; links are notes that say alike, are linked with the same ones or named by their\ntitle; keyphrases are its most telling terms, and the summary is its most telling\nsentence. Each has a confidence; what is below ember.minConfidence is told under\nsuggestions and not proposed. A language model of this machine, or of one that\nsonar.allowHosts names, has a part in it, and is asked about each text once. No\nnote is changed.\n\n" + codes,
				Action:      with(a, emberScanFlags, (*session).emberScan),
			}),
			a.command(cli.Command{
				Name: "squash", Usage: "write what the sidecars propose into the front matter of their notes",
				ArgsUsage: "[NOTE...]", UsageText: "amalfa ember squash\namalfa ember squash --dry-run\namalfa ember squash docs/auth.md",
				Flags:       []cli.Flag{&cli.BoolFlag{Name: "dry-run", Usage: "print what would change as a patch for git apply, and change nothing"}},
				Description: "Nothing but front matter changes: tags, related (links), keyphrases, summary. A key\nthat the note has stays. A note that changed since the scan is left alone, and so is\na sidecar that somebody changed, unless its note is named. Copies of the notes as\nthey were go to ember.backupDir. \"amalfa undo\" and \"amalfa ember revert\" take all\nof it back. git is never run.\n\n" + codes,
				Action:      with(a, emberSquashFlags, (*session).emberSquash),
			}),
			a.command(cli.Command{
				Name: "status", Usage: "list the sidecars, and the squashes that can be reverted",
				Description: codes, Action: checked(arguments(0, 0, ""), plain(a, (*session).emberStatus)),
			}),
			a.command(cli.Command{
				Name: "revert", Usage: "take the last squash back",
				Description: "Each note that is still what squash made of it becomes what it was. One that\nchanged since stays; its copy lies in the backup. Again takes the squash before back.\n\n" + codes,
				Action:      checked(arguments(0, 0, ""), plain(a, (*session).emberRevert)),
			}),
		},
		Description: codes,
	}, plain(a, (*session).emberStatus))
}

type emberScanOptions struct {
	Notes  []string
	DryRun bool
	Limit  int
	helperOptions
}

// helperOptions say what part a language model has.
type helperOptions struct {
	NoModel bool
	Budget  time.Duration
}

func noModelFlag() cli.Flag {
	return &cli.BoolFlag{Name: "no-model", Usage: "ask no language model"}
}

func helperFlags(c *cli.Command) helperOptions {
	return helperOptions{c.Bool("no-model"), c.Duration("budget")}
}

func emberScanFlags(c *cli.Command) emberScanOptions {
	return emberScanOptions{c.Args().Slice(), c.Bool("dry-run"), c.Int("limit"), helperFlags(c)}
}

func (s *session) emberScan(ctx context.Context, o emberScanOptions) error {
	if o.Limit < 0 {
		return usageError("--limit is below 0", "leave it out for all")
	}
	if o.Budget < 0 {
		return usageError("--budget is below 0", "for example --budget 30s")
	}
	m := s.meter()
	ans, err := s.EmberScan(ctx, app.EmberOptions{Notes: o.Notes, Limit: o.Limit, DryRun: o.DryRun, NoModel: o.NoModel, Budget: o.Budget, Progress: m.noteCount("Looking at")})
	m.done()
	if err != nil {
		return unfound(err)
	}
	return s.print(ans, func() {
		for _, row := range ans.Sidecars {
			s.printEmber(row)
		}
		for _, row := range ans.Kept {
			s.note("%s: kept: %s", cleanLine(row.Path), cleanLine(row.Why))
		}
		if len(ans.Stale) > 0 {
			s.note("%s changed since they were indexed, and were left out: run \"amalfa init\"", count(len(ans.Stale), "note"))
		}
		for _, why := range ans.Degraded {
			s.tellDegraded(why)
		}
		done := "written beside them: \"amalfa ember squash\" puts them into the notes"
		if ans.DryRun {
			done = "nothing was written"
		}
		s.aside("%s for %s looked at; %s", count(len(ans.Sidecars), "proposal"), count(ans.Looked, "note"), done)
	})
}

// tellDegraded says what was done without; that there is no language model, which most have none of, only to those who look on.
func (a *program) tellDegraded(why string) {
	if strings.HasPrefix(why, app.NoLanguageModel) {
		a.aside("%s", why)
		return
	}
	a.note("%s", cleanLine(why))
}

func (a *program) printEmber(row app.EmberRow) {
	a.line("%s  %.2f  %s", a.bold(cleanLine(row.Target)), row.Confidence, a.faint(cleanLine(strings.TrimSpace(row.State+" "+row.Why))))
	if row.Changes == nil {
		return
	}
	if c := row.Changes.Tags; c != nil {
		a.line("  tags        %s", cleanLine(strings.Join(c.Add, ", ")))
	}
	if c := row.Changes.Links; c != nil {
		a.line("  links       %s", cleanLine(strings.Join(c.Add, ", ")))
	}
	if c := row.Changes.FrontMatter; c != nil {
		a.line("  keyphrases  %s", cleanLine(strings.Join(c.Keyphrases, ", ")))
	}
	if row.Changes.Summary != "" {
		a.line("  summary     %s", cleanLine(row.Changes.Summary))
	}
}

type emberSquashOptions struct {
	Notes  []string
	DryRun bool
}

func emberSquashFlags(c *cli.Command) emberSquashOptions {
	return emberSquashOptions{c.Args().Slice(), c.Bool("dry-run")}
}

func (s *session) emberSquash(ctx context.Context, o emberSquashOptions) error {
	ans, err := s.EmberSquash(ctx, o.Notes, o.DryRun)
	if err != nil {
		return unfound(err)
	}
	told := s.print(ans, func() {
		if ans.DryRun {
			_, _ = io.WriteString(s.out, ans.Patch)
		} else {
			for _, id := range ans.Notes {
				s.line("%s", cleanLine(id))
			}
			if len(ans.Notes) == 0 {
				s.line("Nothing to write.")
			} else {
				s.aside("%s changed; \"amalfa ember revert\" takes that back", count(len(ans.Notes), "note"))
			}
		}
		s.noteLeft(ans.Left)
	})
	return s.failedIfNamed(told, len(o.Notes) > 0 && len(ans.Left) > 0)
}

// failedIfNamed is exit code 1 where what was asked for by name was not done; the reason stands on standard error already.
func (s *session) failedIfNamed(err error, failed bool) error {
	if err == nil && failed {
		return errQuiet(codeFailed)
	}
	return err
}

func (a *program) noteLeft(left []app.EmberRow) {
	for _, row := range left {
		a.note("%s: %s", cleanLine(row.Path), cleanLine(strings.TrimSuffix(row.State+": "+row.Why, ": ")))
	}
}

func (s *session) emberStatus(ctx context.Context) error {
	ans, err := s.EmberStatus(ctx)
	if err != nil {
		return err
	}
	return s.print(ans, func() {
		for _, row := range ans.Sidecars {
			s.printEmber(row)
		}
		if len(ans.Sidecars) == 0 {
			s.line("No sidecar waits.")
		}
		for _, b := range ans.Backups {
			s.line("squash of %s, %s: \"amalfa ember revert\" takes the last one back", b.Time.Local().Format(time.DateTime), count(len(b.Notes), "note"))
		}
		s.noteForeign(ans.Foreign, "backup", "ember.backupDir")
	})
}

func (s *session) emberRevert(ctx context.Context) error {
	ans, err := s.EmberRevert(ctx)
	if err != nil {
		return err
	}
	told := s.outcome(ans, func() {
		for _, id := range ans.Notes {
			s.line("%s", cleanLine(id))
		}
		switch {
		case ans.Backup == nil:
			s.line("Nothing to revert.")
			s.noteForeign(ans.Foreign, "backup", "ember.backupDir")
		default:
			s.aside("%s as before the squash", count(len(ans.Notes), "note"))
		}
		s.noteLeft(ans.Left)
		if len(ans.Left) > 0 {
			s.note("their copies lie in %s", *ans.Backup)
		}
	})
	return s.failedIfNamed(told, len(ans.Left) > 0)
}
