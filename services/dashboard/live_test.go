package dashboard

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"amalfa/store"
)

// A reader follows the events of a dashboard.
type reader struct {
	t     *testing.T
	lines *bufio.Scanner
	close func()
}

func newReader(t *testing.T, d *desk) *reader {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.URL+"/api/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer secret")
	resp, err := d.Client.Do(r)
	if err != nil || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%v %v", resp, err)
	}
	s := bufio.NewScanner(resp.Body)
	s.Buffer(nil, 1<<20)
	return &reader{t, s, func() { cancel(); resp.Body.Close() }}
}

// next is the data of the next event.
func (r *reader) next() (data string) {
	r.t.Helper()
	for r.lines.Scan() {
		line := r.lines.Text()
		if line == "" && data != "" {
			return data
		}
		if part, ok := strings.CutPrefix(line, "data: "); ok {
			data += part + "\n"
		}
	}
	r.t.Fatalf("the stream has ended: %v", r.lines.Err())
	return ""
}

// TestEvents: all streams hear of a change; they end with their readers, and with the service.
func TestEvents(t *testing.T) {
	var looks, requests atomic.Int64
	d := newDesk(t, tides(), func(o *Options) {
		o.Services = func(context.Context) []Service {
			looks.Add(1)
			return []Service{{Name: "vector", State: "ready", PID: 7, Requests: requests.Load(), Log: []string{"a line"}}}
		}
	})
	var all []*reader
	for range 8 {
		r := newReader(t, d)
		all = append(all, r)
		if body := r.next(); !strings.Contains(body, "<dd>0</dd>") || !strings.Contains(body, "a line") {
			t.Fatal(body)
		}
	}
	for _, change := range []int64{41, 42} {
		requests.Store(change)
		for i, r := range all {
			if body := r.next(); !strings.Contains(body, fmt.Sprintf("<dd>%d</dd>", change)) {
				t.Errorf("stream %d: %s", i, body)
			}
		}
	}
	if looks.Load() == 0 {
		t.Error("nobody looked")
	}
	for _, r := range all {
		r.close()
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if _, _, body := d.get(t, "/metrics"); strings.Contains(body, "amalfa_requests_in_flight{service=\"dashboard\"} 0") {
			break
		} else if time.Now().After(deadline) {
			t.Fatal("the service still serves readers that have gone")
		}
	}
	again := newReader(t, d)
	defer again.close()
	if body := again.next(); !strings.Contains(body, "<dd>42</dd>") {
		t.Error(body)
	}
	d.Stop()
	for again.lines.Scan() { // until the service has ended it
	}
}

// A teller is an index whose server tells of changes.
type teller struct {
	store.Store
	told chan struct{}
}

func (t teller) Listen(context.Context) <-chan struct{} { return t.told }

// An index that tells of changes is asked what it holds after it told of one, and not at each look.
func TestEventsOfAnIndexThatTells(t *testing.T) {
	var asked, looks, notes atomic.Int64
	told := make(chan struct{}, 1)
	told <- struct{}{}
	d := newDesk(t, tides(), func(o *Options) {
		index := o.Index
		o.Index = func(ctx context.Context) (store.Store, error) {
			st, err := index(ctx)
			return teller{st, told}, err
		}
		o.State = func(context.Context, store.Store) (string, error) {
			asked.Add(1)
			return fmt.Sprint(notes.Load()), nil
		}
		o.Services = func(context.Context) []Service {
			return []Service{{Name: "vector", State: "ready", PID: 7, Requests: looks.Add(1), Log: []string{}}}
		}
		o.Facts = func(context.Context) (Facts, error) {
			return Facts{Notes: int(notes.Load()), Today: []Happening{{Event: "changed", Path: "there.md", Elsewhere: true}}}, nil
		}
	})
	r := newReader(t, d)
	defer r.close()
	until := func(ok func() bool) {
		for !ok() {
			r.next() // each look is another event: the number of looks is in it
		}
	}
	until(func() bool { return asked.Load() > 0 && looks.Load() > 1 })
	before := asked.Load()
	from := looks.Load()
	until(func() bool { return looks.Load() >= from+3 })
	if now := asked.Load(); now > before+1 { // the first one may have been before the telling began
		t.Errorf("%d looks asked the index %d times", looks.Load()-from, now-before)
	}
	before = asked.Load()
	notes.Store(41)
	told <- struct{}{}
	until(func() bool { return asked.Load() > before })
	for {
		if body := r.next(); strings.Contains(body, "<dd>41</dd>") {
			if !strings.Contains(body, "on another machine") {
				t.Error("the page does not say that another machine changed a note")
			}
			break
		}
	}
}
