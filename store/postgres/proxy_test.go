package postgres_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"amalfa/store"
	"amalfa/store/postgres"
	"amalfa/store/storetest"
	"amalfa/store/text"
	"amalfa/testdata/pgserver"
)

// through puts a proxy between us and the server, and returns the address by way of it.
func through(t *testing.T, at string) (string, *toxiproxy.Proxy) {
	t.Helper()
	u, err := url.Parse(at)
	check(t, err)
	p := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), t.Name(), "127.0.0.1:0", u.Host)
	check(t, p.Start())
	t.Cleanup(p.Stop)
	u.Host = p.Listen
	return u.String(), p
}

// Between us and the server the way is slow, cut, cut within an answer, or dead without a word: every call ends in words or in time, and when the
// way is good again all goes on with the same handle.
func TestBadConnections(t *testing.T) {
	at, p := through(t, pgserver.Shared(t).Database(t))
	s := openAs(t, at, "team")
	storetest.Apply(t, s, store.Batch{Puts: []store.Put{storetest.Note("a.md", "A", "text")}})
	for _, c := range []struct {
		name, toxic string
		fails       bool
	}{
		{"slow", `{"name":"x","type":"latency","stream":"downstream","attributes":{"latency":40,"jitter":20}}`, false},
		{"in crumbs", `{"name":"x","type":"slicer","stream":"downstream","attributes":{"average_size":3,"size_variation":2,"delay":10}}`, false},
		{"cut", `{"name":"x","type":"reset_peer","stream":"downstream","attributes":{"timeout":0}}`, true},
		{"cut within an answer", `{"name":"x","type":"limit_data","stream":"downstream","attributes":{"bytes":60}}`, true},
		{"half open", `{"name":"x","type":"timeout","stream":"downstream","attributes":{"timeout":0}}`, true},
		{"half open the other way", `{"name":"x","type":"timeout","stream":"upstream","attributes":{"timeout":0}}`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := p.Toxics.AddToxicJson(strings.NewReader(c.toxic))
			check(t, err)
			limit := patience
			if c.fails {
				limit = 3 * time.Second
			}
			within, end := context.WithTimeout(t.Context(), limit)
			_, readErr := s.Keyword(within, text.Phrase("text"), 5)
			end()
			within, end = context.WithTimeout(t.Context(), limit)
			writeErr := s.Apply(within, store.Batch{Puts: []store.Put{storetest.Note("b.md", c.name, "text")}})
			end()
			for what, err := range map[string]error{"read": readErr, "write": writeErr} {
				if !c.fails && err != nil {
					t.Errorf("%s: %v", what, err)
				}
				if c.fails && !errors.Is(err, postgres.ErrUnreachable) && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, store.ErrBusy) {
					t.Errorf("%s: %v", what, err)
				}
			}
			check(t, p.Toxics.RemoveToxic(t.Context(), "x"))
			again(t, s)
		})
	}
	check(t, s.Check(t.Context()))
}

// again waits until reads and writes succeed.
func again(t *testing.T, s *postgres.Store) {
	t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		within, cancel := context.WithTimeout(t.Context(), patience)
		_, err = s.Keyword(within, text.Phrase("text"), 5)
		if err == nil {
			err = s.Apply(within, store.Batch{Puts: []store.Put{storetest.Note("c.md", "C", "text again")}})
		}
		cancel()
		if err == nil {
			return
		}
	}
	t.Fatalf("the way is good again, and still: %v", err)
}
