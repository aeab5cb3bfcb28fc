package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"amalfa/store"
	"amalfa/store/sqlite"
	"amalfa/testdata/assets"

	"github.com/google/go-cmp/cmp"
)

const victimNotes = 240

// A victim is a workspace whose init is killed.
type victim struct {
	t         *testing.T
	bin       string
	root, old string // workspace, and its older index
	env       []string
}

func newVictim(t *testing.T) *victim {
	home := t.TempDir()
	v := &victim{t: t, bin: program(t), root: t.TempDir(), old: filepath.Join(t.TempDir(), "older")}
	v.env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_STATE_HOME="+home, "AMALFA_STATE_DIR="+home+"/state",
		"AMALFA_CACHE_DIR="+filepath.Join(assets.Dir(t), "script-cache"), "VECTOR_PORT=0", "AMALFA_OFFLINE=1")
	v.run("vector", "start") // so that the runs do not each load the model
	t.Cleanup(func() { v.run("stop-all", "--all") })
	return v
}

func (v *victim) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, v.bin, append([]string{"--root", v.root}, args...)...) // a context that ends kills
	cmd.Dir, cmd.Env = v.root, v.env
	return cmd
}

func (v *victim) run(args ...string) {
	v.t.Helper()
	if out, err := v.command(context.Background(), args...).CombinedOutput(); err != nil {
		v.t.Errorf("amalfa %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// init returns how long it took.
func (v *victim) init(ctx context.Context) time.Duration {
	v.t.Helper()
	from := time.Now()
	if out, err := v.command(ctx, "init", "--quiet").CombinedOutput(); err != nil {
		v.t.Fatalf("amalfa init: %v\n%s", err, out)
	}
	return time.Since(from)
}

// killed tells whether init was still at work at that moment.
func (v *victim) killed(moment time.Duration) bool {
	ctx, cancel := context.WithTimeout(v.t.Context(), moment)
	defer cancel()
	return v.command(ctx, "init", "--quiet").Run() != nil
}

func (v *victim) write(name, text string) {
	v.t.Helper()
	path := filepath.Join(v.root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		v.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		v.t.Fatal(err)
	}
}

func victimText(i int, more string) string {
	return fmt.Sprintf("---\ntags: [t%d]\n---\n# Boat %d\n\nSee [[boat%d]] and [the other](n%d.md).\n\n## Cargo\n\n%d sacks of salt%s.\n\n## Same\n\nEvery boat has a keel.\n",
		i%9, i, i*7%victimNotes, i*13%victimNotes, i*7919%1000, more)
}

// writeOlder writes notes some of which writeNewer changes, some renames, some removes.
func (v *victim) writeOlder() {
	for i := range victimNotes {
		v.write(fmt.Sprintf("n%d.md", i), victimText(i, ""))
	}
	for i := range 30 {
		v.write(fmt.Sprintf("gone/g%d.md", i), fmt.Sprintf("# Wreck %d\n\nIt sank.\n", i))
	}
}

// writeNewer also lets a third of the notes take each other's places.
func (v *victim) writeNewer() {
	if err := os.RemoveAll(filepath.Join(v.root, "gone")); err != nil {
		v.t.Fatal(err)
	}
	for i := 0; i < victimNotes; i += 3 {
		name := fmt.Sprintf("n%d.md", i)
		v.write(name, victimText(i, " and a crate of limes"))
		if i%2 == 0 {
			v.rename(name, "boat"+name[1:])
		}
	}
	v.rotate(40)
}

// rotate gives the text of every third note to the one so many thirds further on.
func (v *victim) rotate(by int) {
	v.t.Helper()
	for i := 1; i < victimNotes; i += 3 {
		v.rename(fmt.Sprintf("n%d.md", i), fmt.Sprintf("moving%d", i))
	}
	for i := 1; i < victimNotes; i += 3 {
		v.rename(fmt.Sprintf("moving%d", i), fmt.Sprintf("n%d.md", 1+(i-1+3*by)%(victimNotes/3*3)))
	}
}

func (v *victim) rename(from, to string) {
	v.t.Helper()
	if err := os.Rename(filepath.Join(v.root, from), filepath.Join(v.root, to)); err != nil {
		v.t.Fatal(err)
	}
}

func (v *victim) keepOlder() {
	v.t.Helper()
	if err := os.CopyFS(v.old, os.DirFS(filepath.Join(v.root, ".amalfa"))); err != nil {
		v.t.Fatal(err)
	}
}

// begin puts the older index, or none, in the place of the one there is.
func (v *victim) begin(older bool) {
	v.t.Helper()
	dir := filepath.Join(v.root, ".amalfa")
	if err := os.RemoveAll(dir); err != nil {
		v.t.Fatal(err)
	}
	if !older {
		return
	}
	if err := os.CopyFS(dir, os.DirFS(v.old)); err != nil {
		v.t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		v.t.Fatal(err)
	}
}

func (v *victim) compare(what string, want map[string]any) {
	v.t.Helper()
	if got := v.contents(); !reflect.DeepEqual(want, got) { // a hundred times as fast as cmp.Diff on vectors
		v.t.Fatalf("%s: indexes differ (-want +got):\n%.4000s", what, cmp.Diff(want, got))
	}
}

// contents is what the index says of each file, without what may differ
// between two indexes of the same files.
func (v *victim) contents() map[string]any {
	v.t.Helper()
	ctx := v.t.Context()
	st, err := sqlite.Open(ctx, filepath.Join(v.root, ".amalfa", "amalfa.db"), sqlite.Options{ReadOnly: true})
	if err != nil {
		v.t.Fatal(err)
	}
	defer st.Close()
	if err := st.Check(ctx); err != nil {
		v.t.Fatal(err)
	}
	model, err := st.ActiveModel(ctx)
	if err != nil {
		v.t.Fatal(err)
	}
	vectors, err := st.VectorsOf(ctx, model.Digest, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	row := map[int64][]float32{}
	for i, id := range vectors.IDs {
		row[id] = vectors.Data[i*model.Dim : (i+1)*model.Dim]
	}
	files, err := st.Files(ctx)
	if err != nil {
		v.t.Fatal(err)
	}
	out := map[string]any{}
	for id, f := range files {
		out[id] = v.content(st, f, row)
	}
	return out
}

func (v *victim) content(st store.Store, f store.File, row map[int64][]float32) []any {
	v.t.Helper()
	ctx := v.t.Context()
	note, err := st.Get(ctx, f.ID)
	if err != nil {
		v.t.Fatal(err)
	}
	edges, err := st.Edges(ctx, f.ID, store.Out)
	if err != nil {
		v.t.Fatal(err)
	}
	chunks, err := st.Chunks(ctx, f.ID)
	if err != nil {
		v.t.Fatal(err)
	}
	var vectors [][]float32
	for i := range chunks {
		if row[chunks[i].ID] == nil {
			v.t.Errorf("%s: chunk %d has no vector", f.ID, i)
		}
		vectors = append(vectors, row[chunks[i].ID])
		chunks[i].ID = 0
	}
	f.Signature, f.Racy, note.MTime = store.Signature{Size: f.Size}, false, 0
	return []any{f, note, edges, chunks, vectors}
}
