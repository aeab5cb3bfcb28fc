package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"amalfa/graph"
	"amalfa/ingest"
	"amalfa/lifecycle"
	"amalfa/registry"
	"amalfa/search"
	"amalfa/store"
	"amalfa/store/sqlite"
)

// canaries are the notes of the round trip. Only the first speaks of what questions ask for, in its own words.
var canaries = map[string]string{
	"harbour/canary.md": "---\ntags: [canary]\n---\n# The canary\n\n## Tides\n\nHigh water at the quay comes forty minutes late. See [[mole]].\n",
	"harbour/mole.md":   "# The mole\n\nIt was rebuilt with granite after the storm.\n",
	"accounts.md":       "# Accounts\n\nInvoices are paid on the last working day of each month.\n",
}

const canary = "harbour/canary.md"

// A Check is one thing that was looked at, and how it is.
type Check struct {
	Name, Detail string
	Err          error // nil: it is well
}

// Verify writes, indexes, finds, links and deletes notes in a folder of its own. Its error is one of making that folder;
// checks go on after one that failed.
func (w *Workspace) Verify(ctx context.Context, noDaemon bool) (checks []Check, err error) {
	dir, err := os.MkdirTemp("", "amalfa-verify-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	emb := w.NewEmbedder(noDaemon || !w.vectorRuns(ctx))
	defer emb.Close()
	t := trip{emb: emb}
	for id, text := range canaries {
		path := filepath.Join(dir, filepath.FromSlash(id))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			return nil, err
		}
	}
	if t.Workspace, t.st, err = w.scratch(ctx, dir); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.st.Close()) }()
	err = t.run(ctx)
	return t.checks, err
}

// vectorRuns reports a vector daemon that is there already: a round trip starts none.
func (w *Workspace) vectorRuns(ctx context.Context) bool {
	svc, _ := registry.Lookup("vector")
	st, err := w.Inspect(ctx, svc)
	return err == nil && st.Trusted && st.State == lifecycle.Ready
}

// A trip is one round trip.
type trip struct {
	*Workspace
	emb    *Embedder
	st     *sqlite.Store
	checks []Check
}

func (t *trip) check(name, detail string, err error) {
	t.checks = append(t.checks, Check{name, detail, err})
}

func (t *trip) run(ctx context.Context) error {
	sum, err := ingest.RunWhole(ctx, t.ingestOptions(t.st, t.emb, nil))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	t.check("index", fmt.Sprintf("%s, %s", Count(sum.Indexed, "file"), Count(sum.Chunks, "passage")), errors.Join(err, expect(sum.Indexed, len(canaries))))
	t.check("read", canary, t.readBack(ctx))
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

func (t *trip) readBack(ctx context.Context) error {
	text, err := t.ReadNote(ctx, t.st, store.Note{ID: canary})
	if err == nil && text.Text != canaries[canary] {
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
	sum, err := ingest.RunWhole(ctx, t.ingestOptions(t.st, t.emb, nil))
	if err := errors.Join(err, expect(sum.Deleted, 1)); err != nil {
		return err
	}
	ans, err := search.New(t.st, nil, nil).Search(ctx, search.Query{Text: "forty minutes", Mode: search.Keyword})
	if err == nil && len(ans.Results) > 0 {
		err = errors.New("it is still found")
	}
	return err
}
