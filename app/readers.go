package app

import (
	"context"
	"sync"
	"time"

	"amalfa/store/postgres"

	"golang.org/x/sync/singleflight"
)

// openPatience is how long opening a database may take once nobody in particular waits for it: a server that accepts a connection and then says
// nothing would hold up all who ask for that one.
const openPatience = time.Minute

// readers are the workspaces in databases that this process reads. A service opens one for each question: each stays open until the process
// ends, with no connection while nobody asks.
var readers struct {
	sync.Mutex
	open    map[postgres.Options]*postgres.Store
	opening singleflight.Group // by address and workspace
}

// A reader is one of them, lent to a question.
type reader struct{ *postgres.Store }

// Close gives it back.
func (reader) Close() error { return nil }

// opened is the one that is open; nil where none is, or where its workspace is not there any more. Whoever was lent that one may still ask it,
// in vain.
func opened(o postgres.Options) *postgres.Store {
	readers.Lock()
	defer readers.Unlock()
	st := readers.open[o]
	if st == nil || st.Replaced() {
		return nil
	}
	return st
}

// openReader opens one, once for all who ask for it at the same time. Nobody waits for a server that another asks, nor longer than ctx.
func openReader(ctx context.Context, o postgres.Options) (*postgres.Store, error) {
	if st := opened(o); st != nil {
		return st, nil
	}
	result := readers.opening.DoChan(o.URL+"\x00"+o.Workspace, func() (any, error) {
		if st := opened(o); st != nil {
			return st, nil // meanwhile
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), openPatience)
		defer cancel()
		st, err := postgres.Open(ctx, o)
		if err != nil {
			return nil, err
		}
		readers.Lock()
		defer readers.Unlock()
		if readers.open == nil {
			readers.open = map[postgres.Options]*postgres.Store{}
		}
		readers.open[o] = st
		return st, nil
	})
	select {
	case r := <-result:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*postgres.Store), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
