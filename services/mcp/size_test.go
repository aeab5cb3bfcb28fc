package mcp

import (
	"context"
	"encoding/json"
	"testing"

	"amalfa/testdata/assets"
	"amalfa/tokenizer"
)

// maxList is what tools/list may take of the default tools, in bytes as served: hosts put it before every conversation, or leave
// the tools out when it is long.
const maxList = 9000

// maxAsk is what the tool that asks a language model may add, where the user has one.
const maxAsk = 600

// TestListIsSmall holds the whole line against its limit, in both protocols.
func TestListIsSmall(t *testing.T) {
	w := dial(t, newVault(t).options())
	w.initialize("2025-11-25")
	w.send(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	line := w.receive()
	s := dial(t, newVault(t).options())
	s.send(`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{` + statelessMeta + `}}`)
	stateless := s.receive()
	for _, l := range []string{line, stateless} {
		if len(l) > maxList {
			t.Errorf("tools/list has %d bytes, at most %d", len(l), maxList)
		}
	}
	o := newVault(t).options()
	o.Ask = func(context.Context, Question, func()) (Answer, error) { return Answer{}, nil }
	with := dial(t, o)
	with.initialize("2025-11-25")
	with.send(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)
	if n := len(with.receive()) - len(line); n > maxAsk {
		t.Errorf("ask adds %d bytes to tools/list, at most %d", n, maxAsk)
	} else {
		t.Logf("ask adds %d bytes", n)
	}
	var m struct {
		Result struct{ Tools json.RawMessage }
	}
	if err := json.Unmarshal([]byte(line), &m); err != nil {
		t.Fatal(err)
	}
	_, path := assets.Model(t, "bge-small-en-v1.5")
	tok, err := tokenizer.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d and %d bytes, tools alone %d bytes, %d tokens of bge-small-en-v1.5", len(line), len(stateless), len(m.Result.Tools), tok.Count(string(m.Result.Tools)))
}
