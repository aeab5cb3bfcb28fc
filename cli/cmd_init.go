package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"amalfa/app"
	"amalfa/config"
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
		Action: checked(arguments(0, 0, ""), a.init),
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
}

type fileState struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Reason string `json:"reason"`
}

func (a *program) init(ctx context.Context, c *cli.Command) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	if s.Folder.Broad(s.Env) && !c.Bool("force") {
		return app.WithHint(fmt.Errorf("%s is not a folder of notes", s.Folder.Root), "go to one, or name it with --root; --force indexes it all the same")
	}
	if c.Bool("dry-run") {
		return s.preview(ctx, c)
	}
	if c.Bool("write-settings") {
		if err := s.writeSettings(); err != nil {
			return err
		}
	}
	st, err := s.OpenForInit(ctx, c.Bool("force"))
	if err != nil {
		return err
	}
	defer st.Close()
	emb := s.NewEmbedder(c.Bool("no-daemon"))
	defer emb.Close()
	m := a.meter()
	opts := s.IngestOptions(st, emb, nil)
	if opts.Count == nil && !s.Offline && s.FetchModel(ctx) {
		opts = s.IngestOptions(st, emb, nil)
	}
	opts.Progress = m.ingest
	sum, err := app.Ingest(ctx, st, opts)
	m.done()
	ans := newInitAnswer(sum)
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return errors.Join(a.print(c, ans, func() { s.printSummary(ans, sum) }), err)
}

func (s *session) writeSettings() error {
	f, err := os.OpenFile(s.Folder.Settings(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		s.note("%s is there already: left as it is", s.Relative(s.Folder.Settings()))
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(config.Template())
	return errors.Join(err, f.Close())
}

func newInitAnswer(sum ingest.Summary) initAnswer {
	ans := initAnswer{
		Files: sum.Seen, Indexed: sum.Indexed, Unchanged: sum.Unchanged, Partial: sum.Partial,
		Skipped: sum.Skipped, Failed: sum.Failed, Deleted: sum.Deleted, Chunks: sum.Chunks,
		Embedded: sum.Embedded, Reused: sum.Reused, Links: sum.Links, BrokenLinks: sum.BrokenLinks,
		Tags: sum.Tags, NotIndexed: []fileState{}, Degraded: append([]string{}, sum.Degraded...),
		TookMs: sum.Took.Milliseconds(),
	}
	for _, f := range sum.Files {
		ans.NotIndexed = append(ans.NotIndexed, fileState{f.ID, f.State, f.Reason})
	}
	return ans
}

func (s *session) printSummary(ans initAnswer, sum ingest.Summary) {
	s.line("amalfa %s · model %s · nothing left this computer", app.Version(), s.Settings.Embeddings.Model)
	s.line("")
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
	s.line("Next:")
	s.line("  amalfa search \"what did we decide\"   ask it")
	s.line("  amalfa setup-mcp                     connect an agent")
	s.line("  amalfa servers start                 keep it fresh in the background")
}
