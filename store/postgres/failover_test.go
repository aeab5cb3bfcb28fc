package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/storetest"
	"amalfa/store/text"
	"amalfa/testdata/pgserver"
)

// patience is how long a test waits for what a busy machine may be slow to do.
const patience = 2 * time.Minute

// writers write notes of their own until they are told to stop, and remember what was accepted.
type writers struct {
	running  sync.WaitGroup
	accepted sync.Map // id → true
	count    atomic.Int64
	refused  atomic.Int64
}

func (w *writers) begin(t *testing.T, ctx context.Context, url string, n int) {
	for i := range n {
		s := openTeam(t, url)
		w.running.Go(func() {
			for round := 0; ctx.Err() == nil; round++ {
				id := fmt.Sprintf("w%d/%d.md", i, round)
				switch err := s.Apply(context.WithoutCancel(ctx), store.Batch{Puts: []store.Put{storetest.Note(id, id, "text of "+id)}}); {
				case err == nil:
					w.accepted.Store(id, true)
					w.count.Add(1)
				case refusedInWords(err):
					w.refused.Add(1)
				default:
					t.Errorf("%s: %v", id, err)
				}
			}
		})
	}
}

// refusedInWords tells whether an error says that the server is away or passing its place on.
func refusedInWords(err error) bool {
	return errors.Is(err, postgres.ErrUnreachable) || errors.Is(err, store.ErrBusy) || errors.Is(err, store.ErrReadOnly)
}

func openTeam(t *testing.T, url string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), postgres.Options{URL: url, Workspace: "team", Machine: "here"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// more waits until n more writes were accepted.
func (w *writers) more(t *testing.T, n int64) {
	t.Helper()
	from := w.count.Load()
	for end := time.Now().Add(patience); w.count.Load() < from+n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d of %d more writes were accepted", w.count.Load()-from, n)
		}
	}
}

// all fails the test for every accepted note that is not there whole.
func (w *writers) all(t *testing.T, url string) {
	t.Helper()
	s := openTeam(t, url)
	n := 0
	w.accepted.Range(func(id, _ any) bool {
		n++
		chunks, err := s.Chunks(t.Context(), id.(string))
		if err != nil || len(chunks) != 1 || chunks[0].Text != "text of "+id.(string) {
			t.Errorf("%s was accepted and is not there: %v %v", id, chunks, err)
		}
		return !t.Failed()
	})
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	t.Logf("%d accepted writes, all there; %d refused in words", n, w.refused.Load())
}

// outage asks again and again until ctx ends, and returns how long nothing was answered at the longest. Each refusal must say why.
func outage(t *testing.T, ctx context.Context, url string) (longest func() time.Duration) {
	s := openTeam(t, url)
	done := make(chan time.Duration, 1)
	go func() {
		var most time.Duration
		last := time.Now()
		for ctx.Err() == nil {
			within, end := context.WithTimeout(context.WithoutCancel(ctx), patience)
			_, err := s.Keyword(within, text.Phrase("text"), 5)
			end()
			if err == nil {
				most, last = max(most, time.Since(last)), time.Now()
			} else if !refusedInWords(err) {
				t.Errorf("search: %v", err)
			}
			time.Sleep(5 * time.Millisecond)
		}
		done <- most
	}()
	return func() time.Duration { return <-done }
}

// The server dies while four write and one asks, and comes back: what was accepted is there, and nobody had to be started again.
func TestServerDiesAndComesBack(t *testing.T) {
	srv := pgserver.Own(t)
	url := srv.Database(t)
	ctx, stop := context.WithCancel(t.Context())
	var w writers
	w.begin(t, ctx, url, 4)
	longest := outage(t, ctx, url)
	for range 3 {
		w.more(t, 10)
		check(t, srv.Stop("immediate"))
		check(t, srv.Restart())
	}
	w.more(t, 10)
	stop()
	w.running.Wait()
	t.Logf("searches were without an answer for %s at the longest", longest())
	w.all(t, url)
}

// The primary dies while four write, and its synchronous replica takes its place: no accepted write is lost, and all go on by the one address
// that names both.
func TestFailover(t *testing.T) {
	primary := pgserver.Own(t)
	url := primary.Database(t)
	replica := primary.Standby(t)
	at := func(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
	both := strings.Replace(url, at(primary.Port), at(primary.Port)+","+at(replica.Port), 1) + "?target_session_attrs=read-write"
	ctx, stop := context.WithCancel(t.Context())
	var w writers
	w.begin(t, ctx, both, 4)
	longest := outage(t, ctx, both)
	w.more(t, 20)
	check(t, primary.Stop("immediate"))
	check(t, replica.Promote())
	replica.SQL(t, "postgres", "ALTER SYSTEM RESET synchronous_standby_names") // it has none of its own
	replica.SQL(t, "postgres", "SELECT pg_reload_conf()")
	w.more(t, 20)
	stop()
	w.running.Wait()
	t.Logf("searches were without an answer for %s at the longest", longest())
	w.all(t, both)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
