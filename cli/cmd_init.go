package cli

import (
	"context"
	"errors"

	"amalfa/app"
	"amalfa/ingest"
	"amalfa/search"
	"amalfa/store"

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
			&cli.BoolFlag{Name: "background", Usage: "end when all is found by words; the watcher makes the vectors"},
			&cli.StringFlag{Name: "precision", Usage: "full or int8, from now on for all your workspaces (embeddings.precision)"},
		},
		Description: "Words come first: once they are in, every command works. Then come the vectors,\nwhich find by meaning, of the newest notes first. Only what changed is read and\nembedded. Ctrl-C keeps what is finished; the next run goes on from there. Notes\nare never written to.\n\n" +
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

	Stopped        bool        `json:"stopped"`        // by Ctrl-C or a signal: what was finished stays
	Pending        int         `json:"pending"`        // files that were not reached
	WithoutVectors int         `json:"withoutVectors"` // notes that words find and meaning does not yet
	Index          indexCounts `json:"index"`          // as `stats --json` counts

	Vectors    search.Share `json:"vectors"`    // passages that meaning finds, of all
	Background bool         `json:"background"` // the watcher makes the vectors that are lacking

	Workspace string          `json:"workspace"`
	Database  *app.Database   `json:"database"` // that has the index; null where it is a file in the workspace
	Why       string          `json:"why"`      // it is this folder
	Language  *languageAnswer `json:"language"` // null where there is nothing to say, or it was said before
}

// indexCounts are of the whole index, whatever this run wrote.
type indexCounts struct {
	Notes       int `json:"notes"`
	Chunks      int `json:"chunks"`
	Edges       int `json:"edges"`
	Links       int `json:"links"`
	BrokenLinks int `json:"brokenLinks"`
	Tags        int `json:"tags"`
}

func newIndexCounts(n store.Stats) indexCounts {
	return indexCounts{n.Notes, n.Chunks, n.Edges, n.Links, n.Broken, n.Tags}
}

type fileState struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Reason string `json:"reason"`
}

type initOptions struct {
	Force, DryRun, WriteSettings, NoDaemon, Background bool
	Precision                                          string
}

func initFlags(c *cli.Command) initOptions {
	return initOptions{c.Bool("force"), c.Bool("dry-run"), c.Bool("write-settings"), c.Bool("no-daemon"), c.Bool("background"), c.String("precision")}
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
	if err := s.choosePrecision(o.Precision); err != nil {
		return err
	}
	m := s.initMeter()
	s.ending.tells(m.standing)
	if o.Background {
		s.ending.outlive()
	}
	sum, foreign, err := s.Init(ctx, app.InitOptions{
		Force: o.Force, NoDaemon: o.NoDaemon, Behind: o.Background, Progress: m.words, Words: m.allWords, Vectors: m.embedding,
	})
	m.done()
	ans := s.newInitAnswer(sum)
	ans.Language = newLanguageAnswer(foreign)
	ans.Stopped = errors.Is(err, context.Canceled)
	if err != nil && !ans.Stopped {
		return err
	}
	if ans.Vectors, err = s.vectorShare(ctx); err != nil {
		return err
	}
	if ans.Background = o.Background && !ans.Stopped && ans.Vectors.Have < ans.Vectors.Of; ans.Background {
		if err := s.goOnBehind(ctx); err != nil {
			return err
		}
	}
	if err := s.outcome(ans, func() { s.printSummary(ans, sum) }); err != nil || !ans.Stopped {
		return err
	}
	return stoppedError{s.stoppedLine(ctx, ans, m.worded)}
}

func (s *session) newInitAnswer(sum ingest.Summary) initAnswer {
	ans := initAnswer{
		Files: sum.Seen, Indexed: sum.Indexed, Unchanged: sum.Unchanged, Partial: sum.Partial,
		Skipped: sum.Skipped, Failed: sum.Failed, Deleted: sum.Deleted, Chunks: sum.Chunks,
		Embedded: sum.Embedded, Reused: sum.Reused, Links: sum.Whole.Links, BrokenLinks: sum.Whole.Broken,
		Tags: sum.Whole.Tags, Pending: sum.Pending, WithoutVectors: sum.Missing, Index: newIndexCounts(sum.Whole), NotIndexed: []fileState{}, Degraded: append([]string{}, sum.Degraded...),
		TookMs: sum.Took.Milliseconds(), Workspace: s.Folder.Root, Why: s.Folder.Why,
	}
	if d, ok, err := s.Database(); ok && err == nil {
		ans.Database = &d
	}
	for _, f := range sum.Files {
		ans.NotIndexed = append(ans.NotIndexed, fileState{f.ID, f.State, f.Reason})
	}
	return ans
}
