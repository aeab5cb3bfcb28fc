package postgres

import (
	"context"
	"time"
)

// ListenAsking is Listen that asks a silent connection that often.
func (s *Store) ListenAsking(ctx context.Context, every time.Duration) <-chan struct{} {
	return s.listenWith(ctx, patience{every, time.Second})
}
