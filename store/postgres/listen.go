package postgres

import (
	"context"
	"strconv"
	"time"

	"amalfa/store"
)

// listenAgain is how long a lost connection of Listen waits before the next try.
const listenAgain = time.Second

var _ store.Listener = (*Store)(nil)

// Listen implements store.Listener. It holds a connection of its own until ctx ends.
func (s *Store) Listen(ctx context.Context) <-chan struct{} {
	changed := make(chan struct{}, 1)
	tell := func() {
		select {
		case changed <- struct{}{}:
		default: // it is told already
		}
	}
	go func() {
		for ctx.Err() == nil {
			s.listen(ctx, tell)
			select {
			case <-ctx.Done():
			case <-time.After(listenAgain):
			}
		}
	}()
	return changed
}

// listen tells of changes until the connection is lost. What came before it was there counts as one.
func (s *Store) listen(ctx context.Context, tell func()) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return
	}
	own := conn.Hijack() // those of the pool are for questions
	defer own.Close(context.WithoutCancel(ctx))
	if _, err := own.Exec(ctx, "LISTEN "+channel); err != nil {
		return
	}
	tell()
	for {
		n, err := own.WaitForNotification(ctx)
		if err != nil {
			return
		}
		if n.Payload == strconv.FormatInt(s.workspace, 10) {
			tell()
		}
	}
}
