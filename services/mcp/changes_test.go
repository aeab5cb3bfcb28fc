package mcp

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// heard collects what a client is told.
type heard struct {
	mu    sync.Mutex
	uris  []string
	lists int
}

func (h *heard) options() *sdk.ClientOptions {
	return &sdk.ClientOptions{
		ResourceUpdatedHandler: func(_ context.Context, req *sdk.ResourceUpdatedNotificationRequest) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.uris = append(h.uris, req.Params.URI)
		},
		ResourceListChangedHandler: func(context.Context, *sdk.ResourceListChangedRequest) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.lists++
		},
	}
}

func (h *heard) uri(uri string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Contains(h.uris, uri)
}

func (h *heard) list() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lists > 0
}

func TestSubscriptions(t *testing.T) {
	v := newVault(t)
	o := v.options()
	o.Poll = 5 * time.Millisecond
	var h heard
	cs := connect(t, o, h.options())
	uri := noteURI("docs/日本語.md")
	if err := cs.Subscribe(context.Background(), &sdk.SubscribeParams{URI: uri}); err != nil {
		t.Fatal(err)
	}
	// Told only after the server has looked once: keep changing until it says so.
	n := 0
	eventually(t, func() bool {
		n++
		v.write("docs/日本語.md", "# 港\n\n"+strings.Repeat("潮 ", n)+"\n")
		return h.uri(uri)
	})
	eventually(t, func() bool {
		n++
		v.write("docs/new-"+strconv.Itoa(n)+".md", "# New\n\nnew\n")
		return h.list()
	})
	if h.uri(noteURI("docs/tides.md")) {
		t.Error("told of a note that nobody subscribed to")
	}
	v.must(os.Remove(filepath.Join(v.root, "docs/日本語.md")))
}

// TestLooksOnlyForSubscribers counts looks at the index with and without a subscription.
func TestLooksOnlyForSubscribers(t *testing.T) {
	v := newVault(t)
	o := v.options()
	o.Poll = time.Millisecond
	s := New(o)
	defer s.Close()
	looking := func() bool {
		s.changes.mu.Lock()
		defer s.changes.mu.Unlock()
		return s.changes.stop != nil
	}
	if looking() {
		t.Error("looks before anybody subscribed")
	}
	s.changes.track("amalfa://notes/a.md", 1, 0)
	s.changes.track("", 0, 1)
	s.changes.track("amalfa://notes/a.md", -1, 0)
	if !looking() {
		t.Error("does not look for a subscriber")
	}
	s.changes.track("", 0, -1)
	if looking() {
		t.Error("looks after the last one left")
	}
	s.changes.track("amalfa://notes/never.md", -1, 0)
	if looking() {
		t.Error("looks after an unsubscription of nothing")
	}
}

// TestSubscriptionOfOlderProtocol subscribes as clients before 2026-07-28 do.
func TestSubscriptionOfOlderProtocol(t *testing.T) {
	v := newVault(t)
	o := v.options()
	o.Poll = 5 * time.Millisecond
	w := dial(t, o)
	w.initialize("2025-06-18")
	w.send(`{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"file:///etc/passwd"}}`)
	if m := w.message(); m.Error == nil || m.Error.Code != -32602 {
		t.Errorf("a foreign resource: %+v", m)
	}
	w.send(`{"jsonrpc":"2.0","id":2,"method":"resources/subscribe","params":{"uri":"amalfa://stats/summary"}}`)
	if m := w.message(); m.Error != nil {
		t.Fatal(m.Error)
	}
	for n, end := 1, time.Now().Add(testTimeout); ; n++ {
		v.write("docs/tides.md", "# Tides\n\n"+strings.Repeat("x ", n)+"\n")
		select {
		case line := <-w.lines:
			if !strings.Contains(line, `"notifications/resources/updated"`) || !strings.Contains(line, "amalfa://stats/summary") {
				t.Fatalf("told %s", line)
			}
			return
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(end) {
			t.Fatal("never told")
		}
	}
}
