package mcp

import (
	"context"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// TestProgress hears how far a call is, in both revisions.
func TestProgress(t *testing.T) {
	for _, revision := range []string{"2025-11-25", "2026-07-28"} {
		t.Run(revision, func(t *testing.T) {
			heard := make(chan *sdk.ProgressNotificationParams, 10)
			s := New(newVault(t).options())
			addFixtures(s)
			client, server := sdk.NewInMemoryTransports()
			ss, err := s.sdk.Connect(context.Background(), server, nil)
			if err != nil {
				t.Fatal(err)
			}
			co := &sdk.ClientOptions{ProgressNotificationHandler: func(_ context.Context, req *sdk.ProgressNotificationClientRequest) { heard <- req.Params }}
			cs, err := sdk.NewClient(&sdk.Implementation{Name: "test", Version: "1"}, co).Connect(context.Background(), client, &sdk.ClientSessionOptions{ProtocolVersion: revision})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			defer ss.Wait()
			defer cs.Close()
			params := &sdk.CallToolParams{Name: "test_tool_with_progress"}
			params.SetProgressToken("mine")
			if _, err := cs.CallTool(context.Background(), params); err != nil {
				t.Fatal(err)
			}
			for _, want := range []float64{0, 50, 100} {
				select {
				case p := <-heard:
					if p.Progress != want || p.ProgressToken != "mine" {
						t.Errorf("%+v, want %v", p, want)
					}
				case <-time.After(testTimeout):
					t.Fatal("nothing was heard")
				}
			}
		})
	}
}
