package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"amalfa/config"
	"amalfa/ingest"
	"amalfa/store"
	"amalfa/tokenizer"

	"github.com/urfave/cli/v3"
	"go.uber.org/zap"
)

func (a *app) initCommand() *cli.Command {
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

func (a *app) init(ctx context.Context, c *cli.Command) error {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	if s.ws.Broad(s.env) && !c.Bool("force") {
		return withHint(fmt.Errorf("%s is not a folder of notes", s.ws.Root), "go to one, or name it with --root; --force indexes it all the same")
	}
	if c.Bool("dry-run") {
		return s.preview(ctx, c)
	}
	if c.Bool("write-settings") {
		if err := s.writeSettings(); err != nil {
			return err
		}
	}
	st, err := s.openForInit(ctx, c.Bool("force"))
	if err != nil {
		return err
	}
	defer st.Close()
	emb := s.embedder(c.Bool("no-daemon"))
	defer emb.Close()
	m := a.meter()
	opts := s.ingestOptions(st, emb, nil)
	if opts.Count == nil && !s.offline && s.fetchModel(ctx) {
		opts = s.ingestOptions(st, emb, nil)
	}
	opts.Progress = m.ingest
	sum, err := ingest.Run(ctx, opts)
	m.done()
	ans := newInitAnswer(sum)
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return errors.Join(a.print(c, ans, func() { s.printSummary(ans, sum) }), err)
}

// openForInit opens the index; force begins a new one and keeps the old until
// the new one is there.
func (s *session) openForInit(ctx context.Context, force bool) (*store.SQLite, error) {
	if force && exists(s.ws.DB()) {
		if err := s.writable(ctx); err != nil {
			return nil, err
		}
		return s.startOver(ctx, "is built again")
	}
	return s.writeIndex(ctx, false)
}

func (s *session) writeSettings() error {
	f, err := os.OpenFile(s.ws.Settings(), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		s.note("%s is there already: left as it is", s.relative(s.ws.Settings()))
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(config.Template())
	return errors.Join(err, f.Close())
}

// ingestOptions are the same for init and for the watcher.
func (s *session) ingestOptions(st store.Store, emb ingest.Embedder, log *zap.Logger) ingest.Options {
	if log == nil {
		log = zap.NewNop()
	}
	opts := ingest.Options{
		Root: s.ws.Root, Sources: s.settings.Sources, Exclude: s.settings.ExcludePatterns,
		Store: st, Embedder: emb, WriterLock: s.ws.WriterLock(), Log: log, Now: time.Now,
	}
	if tok, maxTokens, err := s.tokenizer(); err == nil {
		opts.Count, opts.MaxTokens = tok.Count, maxTokens
	} else {
		log.Warn("No tokenizer, counting words instead", zap.Error(err))
	}
	return opts
}

// fetchModel gets runtime and model at the first use of a plain build, with
// progress, before chunks are cut: they are measured by the model's own tokens.
// Without them the notes are indexed all the same, for keyword search.
func (s *session) fetchModel(ctx context.Context) bool {
	loc := s.locator(nil)
	_, err := loc.Runtime(ctx)
	if err == nil {
		_, err = loc.Model(ctx, s.settings.Embeddings.Model, s.settings.Embeddings.Precision)
	}
	if err != nil {
		s.note("note: %s", firstLine(err))
	}
	return err == nil
}

// tokenizer loads the one of the embedding model, so that chunks fit the model.
func (s *session) tokenizer() (*tokenizer.Tokenizer, int, error) {
	files, err := s.locator(zap.NewNop()).Find(s.settings.Embeddings.Model, s.settings.Embeddings.Precision)
	if err != nil {
		return nil, 0, err
	}
	tok, err := tokenizer.Load(files.TokenizerPath)
	return tok, files.Model.MaxTokens, err
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
	s.line("amalfa %s · model %s · nothing left this computer", programVersion(), s.settings.Embeddings.Model)
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
	s.line("%s Memory ready in %s", s.green("✓"), s.relative(s.ws.Dir()))
	s.line("")
	s.line("Next:")
	s.line("  amalfa search \"what did we decide\"   ask it")
	s.line("  amalfa setup-mcp                     connect an agent")
	s.line("  amalfa servers start                 keep it fresh in the background")
}

// lag counts the files that changed on disk since they were indexed.
func (s *session) lag(ctx context.Context, st store.Store) (int, error) {
	return ingest.Lag(ctx, ingest.Options{
		Root: s.ws.Root, Sources: s.settings.Sources, Exclude: s.settings.ExcludePatterns,
		Store: st, Log: zap.NewNop(), Now: time.Now,
	})
}
