package app

import (
	"context"
	"time"

	"amalfa/services/mcp"
)

// trimDelay is how long after the last request a session counts as idle.
const trimDelay = time.Second

// trimWhenIdle forgets the pages of the program that the session's start and its requests have touched, whenever it has become idle.
func trimWhenIdle(ctx context.Context, o *mcp.Options) (end func()) {
	timer := time.AfterFunc(trimDelay, func() {
		if ctx.Err() == nil {
			trimProgram()
		}
	})
	before := o.Asked
	o.Asked = func() {
		timer.Reset(trimDelay)
		if before != nil {
			before()
		}
	}
	return func() { timer.Stop() }
}
