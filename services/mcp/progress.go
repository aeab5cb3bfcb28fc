package mcp

import (
	"context"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// progressEvery keeps a long call from flooding its client.
const progressEvery = 200 * time.Millisecond

type progressKey struct{}

// withProgress lets the handler of a call tell its client how far it is, if the client asked for that.
func withProgress(ctx context.Context, req *sdk.CallToolRequest) context.Context {
	token := req.Params.GetProgressToken()
	if token == nil {
		return ctx
	}
	last := time.Now()
	return context.WithValue(ctx, progressKey{}, func(done, total int) {
		if time.Since(last) < progressEvery {
			return
		}
		last = time.Now()
		// A client that does not listen is no reason to stop.
		_ = req.Session.NotifyProgress(ctx, &sdk.ProgressNotificationParams{ProgressToken: token, Progress: float64(done), Total: float64(total)})
	})
}

// progress returns what tells the client, or nil.
func progress(ctx context.Context) func(done, total int) {
	tell, _ := ctx.Value(progressKey{}).(func(done, total int))
	return tell
}
