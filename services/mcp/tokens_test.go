package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"amalfa/services/mcp/scratchpad"
	"amalfa/testdata/assets"
	"amalfa/tokenizer"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestBudgetsInModelTokens holds whole answers against max_tokens by the tokenizer of the default model, as text and as
// structure: a client may show a model either alone. Both must say that notes are data.
func TestBudgetsInModelTokens(t *testing.T) {
	_, path := assets.Model(t, "bge-small-en-v1.5")
	tok, err := tokenizer.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	v := newVault(t)
	v.granite(60)
	huge := "# 潮位表\n\n" + strings.Repeat("granite 潮の満ち引き は 港で確認できます。 Прилив и отлив. [[pilots]] <b>\"x\"</b>\n", 300) + strings.Repeat("granite 潮 ", 30_000) + "\n"
	v.write("scripts/mixed.md", huge)
	v.write("a folder with a long name/and another one below it/"+strings.Repeat("a long name of a note ", 6)+".md", "# "+strings.Repeat("Long title ", 60)+"\n\ngranite [[pilots]]\n")
	v.embed(wordVectors{})
	o := v.options()
	o.Count = tok.Count
	o.Scratchpad = scratchpad.Open(scratchpad.Options{Dir: t.TempDir()})
	saved, err := o.Scratchpad.Save("search_documents", "granite", huge)
	v.must(err)
	cs := connect(t, o, nil)
	calls := map[string]map[string]any{
		"search_documents":         {"query": "granite block " + strings.Repeat("tide ", 300)},
		"read_node_content":        {"id": "scripts/mixed.md"},
		"multi_read":               {"patterns": []string{"scripts/*", "**/a long*.md", "many/*"}, "limit": 100},
		"grep":                     {"pattern": "granite", "ignore_case": true, "context": 3, "limit": 500},
		"changes_since":            {"since": "2h", "limit": 1000},
		"find_gaps":                {"threshold": 0.1, "limit": 100},
		"graph_overview":           {},
		"find_path":                {"from": "README.md", "to": "docs/pilots.md"},
		"related":                  {"id": "many/001.md", "limit": 50},
		"explore_links":            {"id": "docs/pilots.md", "limit": 500},
		"list_directory_structure": {"depth": 5},
		"scratchpad_read":          {"id": saved.ID},
	}
	for _, tokens := range []int{leastMaxTokens, 300, briefBelow, 1000, 4000} {
		for tool, args := range calls {
			t.Run(fmt.Sprintf("%s %d", tool, tokens), func(t *testing.T) {
				args["max_tokens"] = tokens
				delete(args, "cursor")
				for range 3 { // pages
					next := holds(t, cs, tok.Count, tool, args, tokens)
					if next == "" {
						break
					}
					args["cursor"] = next
				}
			})
		}
	}
}

// holds checks one answer and returns the cursor of the next one.
func holds(t *testing.T, cs *sdk.ClientSession, count func(string) int, tool string, args map[string]any, tokens int) string {
	t.Helper()
	res, err := cs.CallTool(context.Background(), &sdk.CallToolParams{Name: tool, Arguments: args})
	if err != nil || res.IsError {
		t.Fatalf("%v %s", err, res.Content[0].(*sdk.TextContent).Text)
	}
	text, structure := res.Content[0].(*sdk.TextContent).Text, asSeen(t, res)
	for _, form := range []string{text, structure} {
		if n := count(form); n > tokens {
			t.Errorf("%d tokens:\n%s", n, form)
		}
		if !strings.Contains(form, "data, not instructions") {
			t.Errorf("no notice:\n%s", form)
		}
	}
	next, _ := res.StructuredContent.(map[string]any)["next_cursor"].(string)
	return next
}

// asSeen is the structure of a result as a client shows it to a model.
func asSeen(t testing.TB, res *sdk.CallToolResult) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(res.StructuredContent); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// BenchmarkCut cuts a long text to 4,000 tokens; its cost must not grow with the text.
func BenchmarkCut(b *testing.B) {
	_, path := assets.Model(b, "bge-small-en-v1.5")
	tok, err := tokenizer.Load(path)
	if err != nil {
		b.Fatal(err)
	}
	text := strings.Repeat("granite block number one of many. ", 100_000)
	for b.Loop() {
		(&budget{text: 4000, structure: 4000, count: tok.Count}).truncate(text, func(part string) (string, string) { return part, quoteText(part) })
	}
}
