package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// structures are the answers' structures, by tool.
func structures() map[string]any {
	return map[string]any{
		"search_documents": searchOut{}, "read_node_content": readOut{}, "multi_read": multiOut{}, "grep": grepOut{}, "changes_since": changesOut{},
		"explore_links": linksOut{}, "find_path": pathOut{}, "related": relatedOut{}, "find_gaps": gapsOut{}, "graph_overview": overviewOut{}, "list_directory_structure": listOut{},
		"memory_status": statusOut{}, "scratchpad_read": scratchpadReadOut{}, "scratchpad_list": scratchpadListOut{},
		"inject_tags": tagsOut{}, "edit_note": writtenOut{}, "write_note": writtenOut{}, "search": openAISearchOut{}, "fetch": openAIFetchOut{}, "ember_extract": emberOut{}, "ask": askOut{},
	}
}

const pageHead = `# What the tools of MCP take and give

This page is made from the code: go test ./services/mcp -run TestPage -update

Every answer has a text for models and a structure for programs. Fields that are not marked are always there; those with · are left out of
a brief structure (max_tokens below 400), as is what is absent or empty. Fields are only ever added.
`

// TestPage holds docs/mcp.md against the tools: the list of them, small as it is, says nothing about answers.
func TestPage(t *testing.T) {
	var b strings.Builder
	b.WriteString(pageHead)
	left := structures()
	for _, profile := range []Profile{Full, OpenAI} {
		o := newVault(t).options()
		o.Profile, o.Write = profile, true
		o.Ask = func(context.Context, Question, func()) (Answer, error) { return Answer{}, nil }
		o.Propose = func(context.Context, string, bool) (Proposal, error) { return Proposal{}, nil }
		list, err := connect(t, o, nil).ListTools(context.Background(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, tool := range list.Tools {
			out, ok := left[tool.Name]
			if !ok {
				t.Errorf("nothing is known of the answers of %s", tool.Name)
				continue
			}
			delete(left, tool.Name)
			writeAbout(t, &b, tool, out)
		}
	}
	if len(left) > 0 {
		t.Errorf("no such tools: %v", left)
	}
	const page = "../../docs/mcp.md"
	if *update {
		if err := os.WriteFile(page, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(b.String(), string(have)); d != "" {
		t.Errorf("%s is stale; go test ./services/mcp -run TestPage -update (-want +got):\n%s", page, d)
	}
}

func writeAbout(t *testing.T, b *strings.Builder, tool *sdk.Tool, out any) {
	t.Helper()
	data, err := json.Marshal(tool.InputSchema)
	if err != nil {
		t.Fatal(err)
	}
	var in jsonschema.Schema
	if err := json.Unmarshal(data, &in); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", tool.Name, tool.Description)
	for _, name := range slices.Sorted(maps.Keys(in.Properties)) {
		p := in.Properties[name]
		fmt.Fprintf(b, "- takes `%s`%s\n", name, about(p.Description, string(p.Default)))
	}
	writeOut(b, reflect.TypeOf(out), "")
}

func about(description, def string) string {
	if def != "" {
		description = strings.TrimPrefix(description+"; default "+def, "; ")
	}
	if description == "" {
		return ""
	}
	return ": " + description
}

// writeOut lists the fields of a structure, those of rows below their list.
func writeOut(b *strings.Builder, t reflect.Type, indent string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			writeOut(b, f.Type, indent)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			continue
		}
		mark := ""
		if f.Tag.Get("brief") == "-" {
			mark = " ·"
		}
		fmt.Fprintf(b, "%s- gives `%s`%s%s\n", indent, name, mark, about(f.Tag.Get("jsonschema"), ""))
		inner := f.Type
		for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			writeOut(b, inner, indent+"  ")
		}
	}
}
