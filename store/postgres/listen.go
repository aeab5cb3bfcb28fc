package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"amalfa/store"
)

// A lost connection of Listen is made again after firstAgain, and after twice as long each time that fails, up to lastAgain.
const (
	firstAgain = 250 * time.Millisecond
	lastAgain  = 30 * time.Second
)

// One on which nothing came for pingEvery is asked, and lost when it does not answer for pingWait, as is one that takes longer to make: a way that was cut in between tells
// neither end.
const (
	pingEvery = time.Minute
	pingWait  = 10 * time.Second
)

// patience is how long a connection may be silent, and how long an answer may take then.
type patience struct{ ping, wait time.Duration }

// lookEvery is how often a replica is looked at, which tells nobody of anything.
const lookEvery = 2 * time.Second

var _ store.Listener = (*Store)(nil)

// Listen implements store.Listener. It holds a connection of its own until ctx ends. A replica is asked now and then instead.
func (s *Store) Listen(ctx context.Context) <-chan struct{} {
	return s.listenWith(ctx, patience{pingEvery, pingWait})
}

func (s *Store) listenWith(ctx context.Context, p patience) <-chan struct{} {
	changed := make(chan struct{}, 1)
	tell := func() {
		select {
		case changed <- struct{}{}:
		default: // it is told already
		}
	}
	go func() {
		seen := int64(-1)
		for wait := firstAgain; ctx.Err() == nil; {
			began, err := s.listen(ctx, p, tell)
			switch {
			case s.Replaced():
				close(changed)
				return
			case errors.Is(err, errStandby):
				seen, wait = s.look(ctx, seen, tell), lookEvery
			case began:
				wait = firstAgain
			}
			select {
			case <-ctx.Done():
			case <-time.After(wait/2 + rand.N(wait/2)): // #nosec G404 -- so that not all machines come back at once
			}
			wait = min(2*wait, lastAgain)
		}
	}()
	return changed
}

// errStandby reports a server that cannot tell of changes.
var errStandby = errors.New("the server is a replica")

// listen tells of changes until the connection is lost; began is false where it came to none. What came before it was there counts as a
// change: LISTEN stands before that is told, so that none is missed between.
func (s *Store) listen(ctx context.Context, p patience, tell func()) (began bool, err error) {
	own, err := s.listening(ctx, p.wait)
	if err != nil {
		return false, err
	}
	defer own.Close(context.WithoutCancel(ctx))
	if err := s.stillThere(ctx, own); err != nil {
		return false, err
	}
	tell()
	for {
		quiet, stop := context.WithTimeout(ctx, p.ping)
		n, err := own.WaitForNotification(quiet)
		silent := quiet.Err() != nil && ctx.Err() == nil
		stop()
		if err != nil && silent {
			answer, stop := context.WithTimeout(ctx, p.wait)
			err = s.stillThere(answer, own)
			stop()
		}
		switch {
		case err != nil:
			return true, err
		case n != nil && n.Payload == strconv.FormatInt(s.workspace, 10):
			tell()
		}
	}
}

// stillThere asks for the workspace: of one that was removed nobody tells.
func (s *Store) stillThere(ctx context.Context, q querier) error {
	_, err := s.generationOf(ctx, q)
	return err
}

// listening is a connection that is told of changes; those of the pool are for questions.
func (s *Store) listening(ctx context.Context, wait time.Duration) (*pgx.Conn, error) {
	ctx, stop := context.WithTimeout(ctx, wait) // a connection of the pool may be dead, too
	defer stop()
	var standby bool
	if err := s.pool.QueryRow(ctx, "SELECT pg_is_in_recovery()").Scan(&standby); err != nil {
		return nil, err
	}
	if standby {
		return nil, errStandby
	}
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	own := conn.Hijack()
	if _, err = own.Exec(ctx, "LISTEN "+channel); err != nil {
		return nil, errors.Join(err, own.Close(context.WithoutCancel(ctx)))
	}
	return own, nil
}

// look tells where the index is another than it was seen.
func (s *Store) look(ctx context.Context, seen int64, tell func()) int64 {
	now, err := s.DataVersion(ctx)
	if err != nil || now == seen {
		return seen
	}
	tell()
	return now
}
