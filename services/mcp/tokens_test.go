package mcp

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"amalfa/services/mcp/scratchpad"
	"amalfa/testdata/assets"
	"amalfa/tokenizer"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestBudgetsInModelTokens holds whole answers, with all that surrounds the passages, against max_tokens by the tokenizer of
// the default model.
func TestBudgetsInModelTokens(t *testing.T) {
	_, path := assets.Model(t, "bge-small-en-v1.5")
	tok, err := tokenizer.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	v := newVault(t)
	v.granite(60)
	v.write("scripts/mixed.md", "# 潮位表\n\n"+strings.Repeat("granite 潮の満ち引き は 港で確認できます。 Прилив и отлив. ", 300)+"\n")
	v.embed(wordVectors{})
	o := v.options()
	o.Count = tok.Count
	o.Scratchpad = scratchpad.Open(scratchpad.Options{Dir: t.TempDir()})
	cs := connect(t, o, nil)
	for _, tokens := range []int{200, 1000, 4000} {
		for tool, args := range map[string]map[string]any{
			"search_documents":         {"query": "granite block"},
			"read_node_content":        {"id": "scripts/mixed.md"},
			"find_gaps":                {"threshold": 0.1, "limit": 100},
			"related":                  {"id": "many/001.md", "limit": 50},
			"explore_links":            {"id": "README.md"},
			"list_directory_structure": {"depth": 5},
		} {
			t.Run(fmt.Sprintf("%s %d", tool, tokens), func(t *testing.T) {
				args["max_tokens"] = tokens
				res, err := cs.CallTool(context.Background(), &sdk.CallToolParams{Name: tool, Arguments: args})
				if err != nil || res.IsError {
					t.Fatalf("%v %+v", err, res)
				}
				text := res.Content[0].(*sdk.TextContent).Text
				if n := tok.Count(text); n > tokens {
					t.Errorf("%d tokens:\n%s", n, text)
				}
			})
		}
	}
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
		(&budget{left: 4000, count: tok.Count}).truncate(text)
	}
}
