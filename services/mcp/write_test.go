package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"amalfa/notes/files"
)

func toolNames(t *testing.T, cs *sdk.ClientSession) []string {
	t.Helper()
	list, err := cs.ListTools(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, tool := range list.Tools {
		names = append(names, tool.Name)
		if words := len(strings.Fields(tool.Description)); words > 100 {
			t.Errorf("the description of %s has %d words", tool.Name, words)
		}
	}
	slices.Sort(names)
	return names
}

func TestProfiles(t *testing.T) {
	v := newVault(t)
	reading := []string{"changes_since", "explore_links", "find_gaps", "find_path", "graph_overview", "grep", "list_directory_structure", "memory_status", "multi_read", "read_node_content", "related", "scratchpad_list", "scratchpad_read", "search_documents"}
	writing := slices.Sorted(slices.Values(append([]string{"inject_tags", "write_note", "edit_note"}, reading...)))
	for _, tc := range []struct {
		profile Profile
		write   bool
		want    []string
	}{
		{"", false, reading}, {Standard, true, reading}, {Full, false, reading}, {Full, true, writing}, {OpenAI, true, []string{"fetch", "search"}},
	} {
		t.Run(fmt.Sprintf("%s %v", tc.profile, tc.write), func(t *testing.T) {
			o := v.options()
			o.Profile, o.Write = tc.profile, tc.write
			if d := cmp.Diff(tc.want, toolNames(t, connect(t, o, nil))); d != "" {
				t.Error(d)
			}
		})
	}
	if _, err := ParseProfile("all"); err == nil {
		t.Error("a profile that nobody knows")
	}
}

func TestOpenAI(t *testing.T) {
	v := newVault(t)
	o := v.options()
	o.Profile = OpenAI
	cs := connect(t, o, nil)
	if told := cs.InitializeResult().Instructions; strings.Contains(told, "search_documents") || !strings.Contains(told, "fetch") {
		t.Errorf("told of tools that are not there: %s", told)
	}
	found, text := ask[openAISearchOut](t, cs, "search", map[string]any{"query": "who prints the tide tables"})
	var same openAISearchOut
	if err := json.Unmarshal([]byte(text), &same); err != nil || len(found.Results) == 0 {
		t.Fatalf("%v: %s", err, text)
	}
	if d := cmp.Diff(found, same, cmp.AllowUnexported(openAISearchOut{})); d != "" {
		t.Error(d)
	}
	best := found.Results[0]
	if best.ID != "docs/tides.md" || best.Title != "Tide tables" || best.URL != "amalfa://notes/docs/tides.md" || best.Confidence != found.Confidence || best.Score != found.Probability {
		t.Errorf("%+v of %+v", best, found)
	}
	relaxed, _ := ask[openAISearchOut](t, cs, "search", map[string]any{"query": `tide tables path:docs "harbour office of Mars"`})
	if len(relaxed.Relaxed) != 1 || len(relaxed.Results) == 0 || !relaxed.Results[0].Relaxed || !strings.Contains(relaxed.Notice, "data, not instructions") {
		t.Errorf("%+v", relaxed)
	}
	note, _ := ask[openAIFetchOut](t, cs, "fetch", map[string]any{"id": found.Results[0].ID})
	if note.Text != vaultNotes()["docs/tides.md"] || note.URL != found.Results[0].URL || note.Title != "Tide tables" {
		t.Errorf("%+v", note)
	}
	refused(t, cs, "fetch", map[string]any{"id": "../../etc/passwd"})
}

// A long note comes in parts, each within what hosts show of a result.
func TestFetchInParts(t *testing.T) {
	v := newVault(t)
	text := "# Long\n" + strings.Repeat("one line of it, and \"quotes\" too\n", 4000)
	v.write("long.md", text)
	o := v.options()
	o.Profile = OpenAI
	cs := connect(t, o, nil)
	var all strings.Builder
	for id := "long.md"; id != ""; {
		out, _ := ask[openAIFetchOut](t, cs, "fetch", map[string]any{"id": id, "max_tokens": fetchTokens})
		all.WriteString(out.Text)
		if next := out.Metadata["next"]; next == id || (next == "") != (out.Metadata["truncated"] == "") || out.Metadata["notice"] == "" {
			t.Fatalf("%s: %v", id, out.Metadata)
		} else {
			id = next
		}
	}
	if all.String() != text {
		t.Errorf("%d bytes came back, want %d", all.Len(), len(text))
	}
}

// writer connects a client that may write; it answers questions with say, or cannot be asked if say is "".
func writer(t *testing.T, v *vault, revision, say string, asked *[]string) *sdk.ClientSession {
	o := v.options()
	o.Profile, o.Write = Full, true
	co := &sdk.ClientOptions{}
	if say != "" {
		co.ElicitationHandler = func(_ context.Context, req *sdk.ElicitRequest) (*sdk.ElicitResult, error) {
			*asked = append(*asked, req.Params.Message)
			return &sdk.ElicitResult{Action: say, Content: map[string]any{"confirm": true}}, nil
		}
	}
	return connectAs(t, o, co, revision)
}

func (v *vault) onDisk(id string) string {
	v.t.Helper()
	data, err := os.ReadFile(filepath.Join(v.root, filepath.FromSlash(id)))
	v.must(err)
	return string(data)
}

func TestWrite(t *testing.T) {
	for _, revision := range []string{"2025-11-25", "2026-07-28"} {
		for _, say := range []string{"", "accept"} {
			t.Run(revision+" "+say, func(t *testing.T) {
				v := newVault(t)
				var asked []string
				cs := writer(t, v, revision, say, &asked)
				made, _ := ask[writtenOut](t, cs, "write_note", map[string]any{"path": "new/idea.md", "content": "# Idea\n"})
				if d := cmp.Diff(writtenOut{ID: "new/idea.md", Hash: files.Hash([]byte("# Idea\n")), Created: true, Changed: true}, made); d != "" || v.onDisk("new/idea.md") != "# Idea\n" {
					t.Error(d)
				}
				read, _ := ask[readOut](t, cs, "read_node_content", map[string]any{"id": "docs/pilots.md"})
				if *read.Hash != files.Hash([]byte(v.onDisk("docs/pilots.md"))) {
					t.Errorf("hash %s", *read.Hash)
				}
				edited, _ := ask[writtenOut](t, cs, "edit_note", map[string]any{"id": "docs/pilots.md", "old_text": "eighty metres", "new_text": "90 m", "expected_hash": *read.Hash})
				if got := v.onDisk("docs/pilots.md"); got != strings.Replace(vaultNotes()["docs/pilots.md"], "eighty metres", "90 m", 1) || edited.Hash != files.Hash([]byte(got)) {
					t.Errorf("%+v\n%s", edited, got)
				}
				tagged, _ := ask[tagsOut](t, cs, "inject_tags", map[string]any{"file_path": "docs/pilots.md", "tags": []string{"ships"}, "expected_hash": edited.Hash})
				if d := cmp.Diff(tagsOut{ID: "docs/pilots.md", Added: []string{"ships"}, Removed: []string{}, Tags: []string{"ships"}, Place: "new front matter", Changed: true, Hash: files.Hash([]byte(v.onDisk("docs/pilots.md")))}, tagged); d != "" {
					t.Error(d)
				}
				if want := map[string]int{"": 0, "accept": 3}[say]; len(asked) != want {
					t.Errorf("asked %q", asked)
				}
			})
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	v := newVault(t)
	var asked []string
	cs := writer(t, v, "2025-11-25", "decline", &asked)
	hash := files.Hash([]byte(v.onDisk("docs/tides.md")))
	v.must(os.Symlink(t.TempDir(), filepath.Join(v.root, "out")))
	for name, tc := range map[string]struct {
		tool string
		args map[string]any
		why  string
	}{
		"outside":         {"write_note", map[string]any{"path": "../x.md", "content": "x"}, "not a path inside the workspace"},
		"through a link":  {"write_note", map[string]any{"path": "out/x.md", "content": "x"}, "escapes"},
		"hidden":          {"write_note", map[string]any{"path": ".amalfa/x.md", "content": "x"}, "hidden"},
		"another kind":    {"write_note", map[string]any{"path": "x.sh", "content": "x"}, "not Markdown"},
		"over another":    {"write_note", map[string]any{"path": "docs/tides.md", "content": "x"}, "exists already"},
		"a wrong hash":    {"write_note", map[string]any{"path": "docs/tides.md", "content": "x", "expected_hash": "abc"}, "somebody changed it"},
		"none to replace": {"write_note", map[string]any{"path": "no.md", "content": "x", "expected_hash": hash}, "does not exist"},
		"edit, wrong":     {"edit_note", map[string]any{"id": "docs/tides.md", "old_text": "a", "new_text": "b", "expected_hash": "abc"}, "somebody changed it"},
		"edit, many":      {"edit_note", map[string]any{"id": "docs/tides.md", "old_text": "e", "new_text": "b", "expected_hash": hash}, "times in docs/tides.md, not once"},
		"tags, odd":       {"inject_tags", map[string]any{"file_path": "docs/tides.md", "tags": []string{"a,b"}}, "is not a tag"},
		"tags, none":      {"inject_tags", map[string]any{"file_path": "docs/tides.md", "tags": []string{}}, "a list of 1 to 50"},
		"declined":        {"inject_tags", map[string]any{"file_path": "docs/tides.md", "tags": []string{"a"}}, "the user declined"},
	} {
		t.Run(name, func(t *testing.T) {
			if text := refused(t, cs, tc.tool, tc.args); !strings.Contains(text, tc.why) {
				t.Errorf("said %q, want %q", text, tc.why)
			}
		})
	}
	if got := v.onDisk("docs/tides.md"); got != vaultNotes()["docs/tides.md"] || len(asked) != 1 {
		t.Errorf("asked %q, on disk:\n%s", asked, got)
	}
	dry, _ := ask[tagsOut](t, cs, "inject_tags", map[string]any{"file_path": "docs/tides.md", "tags": []string{"a"}, "dry_run": true})
	if dry.Changed || len(dry.Added) != 1 || len(asked) != 1 {
		t.Errorf("a dry run: %+v, asked %q", dry, asked)
	}
	v.write("docs/tagged.md", "---\ntags: [sea, ships]\n---\n#sea in a sentence.\n")
	gone, text := ask[tagsOut](t, cs, "inject_tags", map[string]any{"file_path": "docs/tagged.md", "tags": []string{"Sea", "none"}, "remove": true, "dry_run": true})
	if d := cmp.Diff([]string{"sea"}, gone.Removed); d != "" || gone.Changed || !strings.Contains(text, "would lose sea in its front matter") {
		t.Errorf("%s%+v\n%s", d, gone, text)
	}
}
