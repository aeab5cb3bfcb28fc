package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"amalfa/app"
	"amalfa/config"
	"amalfa/graph"
	"amalfa/ingest"
	"amalfa/lifecycle"
	"amalfa/registry"
	"amalfa/search"
	"amalfa/store/sqlite"

	"github.com/urfave/cli/v3"
)

// A verifyAnswer is `verify --json`.
type verifyAnswer struct {
	OK     bool      `json:"ok"`
	Checks []finding `json:"checks"`
	TookMs int64     `json:"tookMs"`
}

func (a *program) verifyCommand() *cli.Command {
	return a.command(cli.Command{
		Name: "verify", Category: categoryMemory, Usage: "write, index, find, link and delete notes, in a folder of its own",
		Flags:       []cli.Flag{&cli.BoolFlag{Name: "no-daemon", Usage: "load the model in this process"}},
		Description: "A round trip through everything that init and search use, with notes made for it\nin a temporary folder. Your own notes and index are not touched.\n\n" + codesHelp(codeDone, codeFailed, codeUsage, codeMissing, codeInterrupted),
		Action:      checked(arguments(0, 0, ""), a.verify),
	})
}

// canaries are the notes of the round trip. Only the first speaks of what questions ask for, in its own words.
var canaries = map[string]string{
	"harbour/canary.md": "---\ntags: [canary]\n---\n# The canary\n\n## Tides\n\nHigh water at the quay comes forty minutes late. See [[mole]].\n",
	"harbour/mole.md":   "# The mole\n\nIt was rebuilt with granite after the storm.\n",
	"accounts.md":       "# Accounts\n\nInvoices are paid on the last working day of each month.\n",
}

const canary = "harbour/canary.md"

func (a *program) verify(ctx context.Context, c *cli.Command) (err error) {
	s, err := a.open(c)
	if err != nil {
		return err
	}
	started := time.Now()
	dir, err := os.MkdirTemp("", "amalfa-verify-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	t := trip{session: s.at(dir)}
	t.Settings.Sources, t.Settings.ExcludePatterns = config.Defaults().Sources, nil
	emb := t.NewEmbedder(c.Bool("no-daemon") || !s.vectorRuns(ctx))
	defer emb.Close()
	t.emb = emb
	if err := t.run(ctx); err != nil {
		return err
	}
	ans := verifyAnswer{OK: !slices.ContainsFunc(t.found, func(f finding) bool { return f.State == "bad" }), Checks: t.found, TookMs: time.Since(started).Milliseconds()}
	err = a.print(c, ans, func() {
		a.printFindings(ans.Checks)
		a.note("%d ms", ans.TookMs)
	})
	if err != nil || ans.OK {
		return err
	}
	return errQuiet(t.code())
}

// vectorRuns reports a vector daemon that is there already: a round trip starts none.
func (s *session) vectorRuns(ctx context.Context) bool {
	svc, _ := registry.Lookup("vector")
	st, err := s.Inspect(ctx, svc)
	return err == nil && st.Trusted && st.State == lifecycle.Ready
}

// A trip is one round trip. Its checks go on after one that failed.
type trip struct {
	*session
	emb   *app.Embedder
	st    *sqlite.Store
	found []finding
}

// code is the exit code of the first check that failed.
func (t *trip) code() int {
	for _, f := range t.found {
		if f.State == "bad" {
			return f.code
		}
	}
	return codeDone
}

func (t *trip) check(name, detail string, err error) {
	f := good(name, "%s", detail)
	if err != nil {
		f = bad(name, err)
	}
	t.found = append(t.found, f)
}

// run returns an error only when there is no index to check with.
func (t *trip) run(ctx context.Context) (err error) {
	for id, text := range canaries {
		path := filepath.Join(t.Folder.Root, filepath.FromSlash(id))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			return err
		}
	}
	if err := t.Folder.Ensure(); err != nil {
		return err
	}
	if t.st, err = sqlite.Open(ctx, t.Folder.DB(), sqlite.Options{}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.st.Close()) }()
	sum, err := ingest.Run(ctx, t.IngestOptions(t.st, t.emb, nil))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	t.check("index", fmt.Sprintf("%s, %s", count(sum.Indexed, "file"), count(sum.Chunks, "passage")), errors.Join(err, expect(sum.Indexed, len(canaries))))
	t.check("read", canary, t.readBack())
	t.check("words", "\"forty minutes\" finds it", t.finds(ctx, `"forty minutes"`, search.Keyword))
	_, modelErr := t.emb.Model(ctx)
	if modelErr == nil {
		modelErr = t.finds(ctx, "when does the sea stand highest?", search.Vector)
	}
	t.check("meaning", "a question in other words finds it", modelErr)
	t.check("links", "the link and the tag connect", t.linked(ctx))
	t.check("delete", "a deleted note is gone", t.deleted(ctx))
	t.check("sound", "the index is sound", t.st.Check(ctx))
	return ctx.Err()
}

func expect(got, want int) error {
	if got != want {
		return fmt.Errorf("%d, not %d", got, want)
	}
	return nil
}

func (t *trip) readBack() error {
	text, err := t.ReadNote(canary)
	if err == nil && text != canaries[canary] {
		err = errors.New("it reads otherwise than it was written")
	}
	return err
}

// finds asks a question that the canary answers best.
func (t *trip) finds(ctx context.Context, question, mode string) error {
	ans, err := search.New(t.st, t.emb, nil).Search(ctx, search.Query{Text: question, Mode: mode, Limit: 1})
	if err == nil && (len(ans.Results) == 0 || ans.Results[0].ID != canary) {
		err = fmt.Errorf("the best answer is not %s", canary)
	}
	return err
}

func (t *trip) linked(ctx context.Context) error {
	route, err := graph.Path(ctx, t.st, "tag:canary", "harbour/mole.md", "")
	if err == nil && len(route.Steps) != 2 {
		err = fmt.Errorf("the way from its tag to the note it links to has %d steps, not 2", len(route.Steps))
	}
	return err
}

func (t *trip) deleted(ctx context.Context) error {
	if err := os.Remove(filepath.Join(t.Folder.Root, filepath.FromSlash(canary))); err != nil {
		return err
	}
	sum, err := ingest.Run(ctx, t.IngestOptions(t.st, t.emb, nil))
	if err := errors.Join(err, expect(sum.Deleted, 1)); err != nil {
		return err
	}
	ans, err := search.New(t.st, nil, nil).Search(ctx, search.Query{Text: "forty minutes", Mode: search.Keyword})
	if err == nil && len(ans.Results) > 0 {
		err = errors.New("it is still found")
	}
	return err
}
