package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"amalfa/services/mcp/scratchpad"
	"amalfa/store"
	"amalfa/tokenizer"

	"github.com/google/go-cmp/cmp"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// connect returns a go-sdk client of a server for o.
func connect(t testing.TB, o Options, co *sdk.ClientOptions) *sdk.ClientSession {
	t.Helper()
	return connectAs(t, o, co, "")
}

// connectAs speaks one revision of the protocol; "" is the newest.
func connectAs(t testing.TB, o Options, co *sdk.ClientOptions, revision string) *sdk.ClientSession {
	t.Helper()
	s := New(o)
	client, server := sdk.NewInMemoryTransports()
	ss, err := s.sdk.Connect(context.Background(), server, nil)
	if err != nil {
		t.Fatal(err)
	}
	cs, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, co).Connect(context.Background(), client, &sdk.ClientSessionOptions{ProtocolVersion: revision})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cs.Close()
		ss.Wait()
		s.Close()
	})
	return cs
}

// ask calls a tool, checks the size of both forms of its answer, and decodes the structured one.
func ask[Out any](t testing.TB, cs *sdk.ClientSession, tool string, args map[string]any) (out Out, text string) {
	t.Helper()
	res, err := cs.CallTool(context.Background(), &sdk.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		t.Fatal(err)
	}
	text = res.Content[0].(*sdk.TextContent).Text
	if res.IsError {
		t.Fatalf("%s: %s", tool, text)
	}
	data, err := json.Marshal(res.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	limit, ok := args["max_tokens"].(int)
	if !ok {
		limit = defaultMaxTokens
	}
	for _, form := range []string{text, asSeen(t, res)} {
		if n := tokenizer.Estimate(form); n > limit {
			t.Errorf("%s %v: %d tokens, at most %d:\n%s", tool, args, n, limit, form)
		}
	}
	return out, text
}

func refused(t testing.TB, cs *sdk.ClientSession, tool string, args map[string]any) string {
	t.Helper()
	res, err := cs.CallTool(context.Background(), &sdk.CallToolParams{Name: tool, Arguments: args})
	if err != nil {
		t.Fatal(err)
	}
	if !res.IsError {
		t.Fatalf("%s %v was answered: %v", tool, args, res.StructuredContent)
	}
	return res.Content[0].(*sdk.TextContent).Text
}

// granite adds notes that all speak of granite, so that a search has many answers. No two say the same, which a search would
// fold: every sentence has two words of its own.
func (v *vault) granite(n int) {
	files := map[string]string{}
	for i := range n {
		var text strings.Builder
		for j := range 1 + i%40 {
			fmt.Fprintf(&text, "Granite block %[1]s carries %[1]sstone. ", letters(100*i+j))
		}
		files[fmt.Sprintf("many/%03d.md", i)] = fmt.Sprintf("# Block %d\n\n%s\n", i, text.String())
	}
	v.writeAll(files)
}

// letters writes a number as a word.
func letters(n int) string {
	word := []byte("quarry")
	for ; n > 0; n /= 26 {
		word = append(word, byte('a'+n%26))
	}
	return string(word)
}

func TestSearchFitsBudgets(t *testing.T) {
	v := newVault(t)
	v.granite(60)
	o := v.options()
	o.Scratchpad = scratchpad.Open(scratchpad.Options{Dir: filepath.Join(v.root, ".amalfa", "pad")})
	cs := connect(t, o, nil)
	for _, tokens := range []int{200, 500, 4000, 100_000} {
		t.Run(fmt.Sprint(tokens), func(t *testing.T) {
			args := map[string]any{"query": "granite block", "limit": 7, "max_tokens": tokens}
			var ids []string
			for pages := 0; ; pages++ {
				out, _ := ask[searchOut](t, cs, "search_documents", args)
				if len(out.Results) == 0 || !out.Untrusted || pages > 200 {
					t.Fatalf("page %d: %+v", pages, out)
				}
				for _, r := range out.Results {
					ids = append(ids, r.ID)
				}
				if out.NextCursor == nil {
					break
				}
				args["cursor"] = *out.NextCursor
			}
			all, _ := ask[searchOut](t, cs, "search_documents", map[string]any{"query": "granite block", "limit": 50, "max_tokens": 100_000})
			if len(ids) < 60 {
				t.Errorf("the cursors led to %d notes", len(ids))
			}
			for i, r := range all.Results {
				if ids[i] != r.ID {
					t.Fatalf("place %d is %s by cursors, %s at once", i, ids[i], r.ID)
				}
			}
		})
	}
}

func TestLargeSearchGoesToScratchpad(t *testing.T) {
	v := newVault(t)
	v.granite(60)
	o := v.options()
	o.Scratchpad = scratchpad.Open(scratchpad.Options{Dir: filepath.Join(v.root, ".amalfa", "pad")})
	cs := connect(t, o, nil)
	out, text := ask[searchOut](t, cs, "search_documents", map[string]any{"query": "granite block", "limit": 50, "max_tokens": 800})
	if out.Scratchpad == nil || !strings.Contains(text, "scratchpad_read "+*out.Scratchpad) {
		t.Fatalf("no scratchpad entry: %s", text)
	}
	full := readPad(t, cs, *out.Scratchpad, 500)
	if n := strings.Count(full, "· score"); n != 50 {
		t.Errorf("the entry holds %d results, want 50", n)
	}
	list, _ := ask[scratchpadListOut](t, cs, "scratchpad_list", nil)
	if list.Total != 1 || list.Entries[0].ID != *out.Scratchpad || list.Entries[0].Title != "granite block" {
		t.Errorf("list: %+v", list)
	}
	small, _ := ask[searchOut](t, cs, "search_documents", map[string]any{"query": "tide tables", "limit": 1})
	if small.Scratchpad != nil {
		t.Error("an answer that fits went to the scratchpad")
	}
}

// readPad reads an entry part by part.
func readPad(t *testing.T, cs *sdk.ClientSession, id string, tokens int) string {
	args := map[string]any{"id": id, "max_tokens": tokens}
	var all strings.Builder
	for range 1000 {
		out, _ := ask[scratchpadReadOut](t, cs, "scratchpad_read", args)
		all.WriteString(out.Content)
		if out.NextCursor == nil {
			return all.String()
		}
		args["cursor"] = *out.NextCursor
	}
	t.Fatal("no end")
	return ""
}

func TestReadInParts(t *testing.T) {
	v := newVault(t)
	text := vaultNotes()["notes/long lines.md"]
	v.write("notes/wide.md", "# 幅\n\n"+strings.Repeat("広い行です。é", 30_000)+"\nlast\n")
	v.write("notes/tall.md", "# Tall\n"+strings.Repeat("one line of it\n", 3000))
	cs := connect(t, v.options(), nil)
	wide, err := os.ReadFile(filepath.Join(v.root, "notes/wide.md"))
	v.must(err)
	tests := []struct {
		id, want string
		tokens   int
	}{
		{"notes/long lines.md", text, 200},
		{"notes/long lines.md", text, 4000},
		{"notes/wide.md", string(wide), 3000},
		{"notes/tall.md", "# Tall\n" + strings.Repeat("one line of it\n", 3000), 1000},
	}
	for _, tc := range tests {
		t.Run(fmt.Sprint(tc.id, tc.tokens), func(t *testing.T) {
			args := map[string]any{"id": tc.id, "max_tokens": tc.tokens}
			var got strings.Builder
			last := 0
			for range 2000 {
				out, _ := ask[readOut](t, cs, "read_node_content", args)
				if last > 0 && out.Lines[0] > last {
					got.WriteString("\n") // a new line began; otherwise the answer goes on within one
				}
				got.WriteString(out.Content)
				if last = out.Lines[1]; out.NextCursor == nil {
					break
				}
				args["cursor"] = *out.NextCursor
			}
			if want := strings.TrimSuffix(tc.want, "\n"); got.String() != want {
				t.Errorf("%d bytes came back, want %d", got.Len(), len(want))
			}
		})
	}
}

func TestStaleAndMissingFiles(t *testing.T) {
	v := newVault(t)
	cs := connect(t, v.options(), nil)
	now := time.Now().Add(time.Minute)
	v.must(os.Chtimes(filepath.Join(v.root, "docs/pilots.md"), now, now))
	for id := range vaultNotes() {
		out, _ := ask[readOut](t, cs, "read_node_content", map[string]any{"id": id})
		if out.Stale || *out.Hash != hash(vaultNotes()[id]) {
			t.Errorf("untouched, or only touched: %+v", out)
		}
	}
	v.must(os.WriteFile(filepath.Join(v.root, "docs/tides.md"), []byte("changed\n"), 0o644))
	out, _ := ask[readOut](t, cs, "read_node_content", map[string]any{"id": "docs/tides.md"})
	if !out.Stale || out.Content != "changed" {
		t.Errorf("%+v", out)
	}
	v.must(os.Remove(filepath.Join(v.root, "docs/tides.md")))
	if got := refused(t, cs, "read_node_content", map[string]any{"id": "docs/tides.md"}); !strings.Contains(got, "no longer on disk") {
		t.Error(got)
	}
}

// TestFilesOutside plants what a hostile repository may hold under the names of indexed notes. Nothing outside the workspace
// is read, and nothing hangs.
func TestFilesOutside(t *testing.T) {
	v := newVault(t)
	outside := t.TempDir()
	v.must(os.WriteFile(filepath.Join(outside, "secret.md"), []byte("SECRET"), 0o600))
	v.must(os.MkdirAll(v.root+"-evil", 0o755))
	t.Cleanup(func() { os.RemoveAll(v.root + "-evil") })
	v.must(os.WriteFile(v.root+"-evil/secret.md", []byte("SECRET"), 0o600))
	at := func(name string) string { return filepath.Join(v.root, name) }
	v.must(os.Symlink(filepath.Join(outside, "secret.md"), at("link.md")))
	v.must(os.Symlink(outside, at("dir")))
	v.must(os.Symlink("dir", at("chain")))
	v.must(os.Symlink("loop.md", at("loop.md")))
	v.must(os.Symlink("/dev/zero", at("zero.md")))
	v.must(os.Symlink("docs/tides.md", at("inside.md")))
	v.must(os.MkdirAll(at("folder.md"), 0o755))
	makePipe(t, at("pipe.md"))
	cs := connect(t, v.options(), nil)
	ids := []string{"link.md", "dir/secret.md", "chain/secret.md", "loop.md", "zero.md", "folder.md", "pipe.md",
		"../" + filepath.Base(v.root) + "-evil/secret.md", "../../../../../../etc/passwd", "/etc/passwd", "docs/../link.md", "nul\x00.md"}
	for _, id := range ids {
		v.plant(id)
		if got := refused(t, cs, "read_node_content", map[string]any{"id": id}); strings.Contains(got, "SECRET") || strings.Contains(got, "root:") {
			t.Errorf("%q: %s", id, got)
		}
		res, err := cs.ReadResource(context.Background(), &sdk.ReadResourceParams{URI: noteURI(id)})
		if err == nil {
			t.Errorf("%q: %v", id, res.Contents)
		}
	}
	v.plant("inside.md")
	if out, _ := ask[readOut](t, cs, "read_node_content", map[string]any{"id": "inside.md"}); !strings.HasPrefix(out.Content, "# Tide tables") {
		t.Errorf("a link that stays inside: %q", out.Content)
	}
}

func TestIndexReplacedWhileRunning(t *testing.T) {
	v := newVault(t)
	cs := connect(t, v.options(), nil)
	query := map[string]any{"query": "tide tables"}
	if out, _ := ask[searchOut](t, cs, "search_documents", query); len(out.Results) == 0 {
		t.Fatal("nothing found")
	}
	v.must(v.st.Close())
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(v.index + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	if got := refused(t, cs, "search_documents", query); !strings.Contains(got, "amalfa init") {
		t.Error(got)
	}
	status, _ := ask[statusOut](t, cs, "memory_status", nil)
	if status.State != "no_index" {
		t.Errorf("state %q", status.State)
	}
	v.build()
	v.write("new.md", "# New\n\nTide tables, rebuilt.\n")
	out, _ := ask[searchOut](t, cs, "search_documents", query)
	if len(out.Results) != 1 || out.Results[0].ID != "new.md" {
		t.Errorf("after the rebuild: %+v", out.Results)
	}
}

// advised is what a server says, with what to do about it.
type advised struct{ error }

func (advised) Hint() string { return "see to the password" }

// An agent has what a server's error advises to hand on.
func TestHintOfAServer(t *testing.T) {
	cs := connect(t, Options{Root: t.TempDir(), Count: tokenizer.Estimate, Open: func(context.Context) (store.Store, error) {
		return nil, fmt.Errorf("open: %w", advised{errors.New("the server refuses")})
	}}, nil)
	res, err := cs.CallTool(context.Background(), &sdk.CallToolParams{Name: "search_documents", Arguments: map[string]any{"query": "tide"}})
	if err != nil || !res.IsError || !strings.Contains(fmt.Sprint(res.Content[0].(*sdk.TextContent).Text), "hint: tell the user: see to the password") {
		t.Errorf("%+v %v", res, err)
	}
}

func TestListsTouchNothing(t *testing.T) {
	var opened atomic.Int32
	cs := connect(t, Options{Root: t.TempDir(), Count: tokenizer.Estimate, Open: func(context.Context) (store.Store, error) {
		opened.Add(1)
		return nil, store.ErrNoIndex
	}}, nil)
	tools, err := cs.ListTools(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cs.ListPrompts(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if n := opened.Load(); n != 0 {
		t.Errorf("the index was opened %d times", n)
	}
	for _, tool := range tools.Tools {
		if n := len(strings.Fields(tool.Description)); n == 0 || n >= 100 {
			t.Errorf("%s: a description of %d words", tool.Name, n)
		}
		if tool.OutputSchema != nil || !tool.Annotations.ReadOnlyHint || *tool.Annotations.OpenWorldHint {
			t.Errorf("%s: %+v", tool.Name, tool.Annotations)
		}
	}
	if n := len(strings.Fields(instructions)); n >= 100 {
		t.Errorf("instructions of %d words", n)
	}
}

// TestDescriptionsAreConstant compares what an agent is told before and after hostile notes were indexed.
func TestDescriptionsAreConstant(t *testing.T) {
	list := func(cs *sdk.ClientSession) any {
		tools, err := cs.ListTools(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return tools.Tools
	}
	o := newVault(t).options()
	empty := o
	empty.Root, empty.Index, empty.Open = t.TempDir(), "", func(context.Context) (store.Store, error) { return nil, store.ErrNoIndex }
	before := list(connect(t, empty, nil))
	cs := connect(t, o, nil)
	ask[searchOut](t, cs, "search_documents", map[string]any{"query": "evil granite"})
	if d := cmp.Diff(before, list(cs)); d != "" {
		t.Errorf("tools/list (-empty +filled):\n%s", d)
	}
}

// slow is an Embedder that is loading until it is told to go on.
type slow struct {
	ready chan struct{}
	asked atomic.Int32
}

func (s *slow) EmbedQuery(ctx context.Context, _ string) ([]float32, string, error) {
	s.asked.Add(1)
	select {
	case <-s.ready:
		return []float32{1, 0}, "digest", nil
	case <-ctx.Done():
		return nil, "", ctx.Err()
	}
}

// oneVector is the model of slow: every passage has the vector of every question.
type oneVector struct{}

func (oneVector) Model(context.Context) (store.Model, error) {
	return store.Model{Digest: "digest", Name: "m", Dim: 2}, nil
}

func (oneVector) Embed(_ context.Context, texts []string) ([][]float32, error) {
	return slices.Repeat([][]float32{{1, 0}}, len(texts)), nil
}

func TestSearchWhileTheModelLoads(t *testing.T) {
	v := newVault(t)
	v.embed(oneVector{})
	e := &slow{ready: make(chan struct{})}
	o := v.options()
	o.Embedder, o.EmbedTimeout = e, 20*time.Millisecond
	cs := connect(t, o, nil)
	query := map[string]any{"query": "tide tables"}
	for range 3 {
		out, _ := ask[searchOut](t, cs, "search_documents", query)
		if len(out.Results) == 0 || len(out.Degraded) != 1 || !strings.Contains(out.Degraded[0], "still loading") {
			t.Fatalf("while loading: %+v", out)
		}
	}
	if n := e.asked.Load(); n != 1 {
		t.Errorf("the model was asked %d times while it loads", n)
	}
	status, _ := ask[statusOut](t, cs, "memory_status", nil)
	if status.Semantic != "loading" {
		t.Errorf("semantic %q", status.Semantic)
	}
	close(e.ready)
	eventually(t, func() bool {
		out, _ := ask[searchOut](t, cs, "search_documents", query)
		return len(out.Degraded) == 0 && out.Results[0].Scores.Vector != nil
	})
}

func eventually(t testing.TB, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(testTimeout); !ok(); {
		if time.Now().After(deadline) {
			t.Fatal("it did not come to pass")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestIndexLag(t *testing.T) {
	o := newVault(t).options()
	o.Lag = func(context.Context, time.Duration) (int, bool, error) { return 3, true, nil }
	cs := connect(t, o, nil)
	status, text := ask[statusOut](t, cs, "memory_status", nil)
	if status.IndexLag.Files == nil || *status.IndexLag.Files != 3 || !strings.Contains(text, "not indexed yet: 3") {
		t.Errorf("%+v\n%s", status, text)
	}
}

func TestListInPages(t *testing.T) {
	v := newVault(t)
	v.granite(25)
	cs := connect(t, v.options(), nil)
	for _, depth := range []int{1, 2, 3} {
		whole, _ := ask[listOut](t, cs, "list_directory_structure", map[string]any{"depth": depth})
		for _, limit := range []int{1, 2, 3, 7} {
			args := map[string]any{"depth": depth, "limit": limit}
			var got []entry
			for range 100 {
				out, _ := ask[listOut](t, cs, "list_directory_structure", args)
				got = append(got, out.Entries...)
				if out.NextCursor == nil {
					break
				}
				args["cursor"] = *out.NextCursor
			}
			if d := cmp.Diff(whole.Entries, got); d != "" {
				t.Errorf("depth %d in pages of %d (-whole +pages):\n%s", depth, limit, d)
			}
		}
	}
}
