package postgres_test

import (
	"context"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"amalfa/store"
	"amalfa/store/storetest"
	"amalfa/testdata/pgserver"
)

// A listener hears of its workspace's writes, by any handle, of no other workspace's, and again after the server was away.
func TestListen(t *testing.T) {
	srv := pgserver.Own(t)
	at := srv.Database(t)
	here, there, other := openAs(t, at, "team"), openAs(t, at, "team"), openAs(t, at, "other")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	changed := here.Listen(ctx)
	hear := func(what string) {
		t.Helper()
		select {
		case <-changed:
		case <-time.After(patience):
			t.Fatalf("nothing was heard %s", what)
		}
	}
	hear("at first")
	storetest.Apply(t, there, store.Batch{Puts: []store.Put{storetest.Note("a.md", "A", "text")}})
	hear("of a write")
	storetest.Apply(t, other, store.Batch{Puts: []store.Put{storetest.Note("a.md", "A", "text")}})
	storetest.Apply(t, there, store.Batch{Puts: []store.Put{storetest.Note("b.md", "B", "text")}}) // comes after the other one's
	hear("of a write after another workspace's")
	select {
	case <-changed:
		t.Error("another workspace's write was told")
	case <-time.After(100 * time.Millisecond):
	}
	check(t, srv.Stop("immediate"))
	check(t, srv.Restart())
	hear("after the server was away")
	again(t, there)
	hear("of a write after the server was away")
}

// A way that goes dead without a word is noticed, and taken anew: what was written meanwhile is heard of.
func TestListenOnADeadConnection(t *testing.T) {
	at := pgserver.Shared(t).Database(t)
	by, freeze := frozen(t, at)
	here, there := openAs(t, by, "team"), openAs(t, at, "team")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	changed := here.ListenAsking(ctx, 300*time.Millisecond)
	heard(t, changed, "at first")
	_, err := here.Stats(ctx) // so that one of the pool is dead, too
	check(t, err)
	freeze()
	storetest.Apply(t, there, store.Batch{Puts: []store.Put{storetest.Note("a.md", "A", "text")}})
	heard(t, changed, "of a write while the connection was dead")
}

// A replica tells of nothing, and is looked at instead.
func TestListenOnAReplica(t *testing.T) {
	primary := pgserver.Own(t)
	at := primary.Database(t)
	writer := openAs(t, at, "team")
	storetest.Apply(t, writer, store.Batch{Puts: []store.Put{storetest.Note("a.md", "A", "text")}})
	replica := primary.Standby(t)
	u, err := url.Parse(at)
	check(t, err)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	reader := openAs(t, strings.Replace(at, u.Host, "127.0.0.1:"+strconv.Itoa(replica.Port), 1), "team")
	changed := reader.Listen(ctx)
	heard(t, changed, "at first")
	storetest.Apply(t, writer, store.Batch{Puts: []store.Put{storetest.Note("b.md", "B", "text")}})
	heard(t, changed, "of a write to the primary")
}

func heard(t *testing.T, changed <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-changed:
	case <-time.After(patience):
		t.Fatalf("nothing was heard %s", what)
	}
}

// frozen is a way to the server, and what makes all that goes over its connections of now vanish without a word. Later ones work.
func frozen(t *testing.T, at string) (by string, freeze func()) {
	t.Helper()
	u, err := url.Parse(at)
	check(t, err)
	server := u.Host
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { l.Close() })
	var generation atomic.Int64
	pass := func(from, to net.Conn, mine int64) {
		defer to.Close()
		buf := make([]byte, 16<<10)
		for {
			n, err := from.Read(buf)
			if err != nil {
				return
			}
			if generation.Load() != mine {
				continue
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
	}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", server)
			if err != nil {
				client.Close()
				continue
			}
			mine := generation.Load()
			go pass(client, upstream, mine)
			go pass(upstream, client, mine)
		}
	}()
	u.Host = l.Addr().String()
	return u.String(), func() { generation.Add(1) }
}
