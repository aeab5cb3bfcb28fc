package mcp

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"amalfa/store"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

const methodListen = "subscriptions/listen"

// changes tells subscribed clients what the index learned, and only while somebody subscribes: the writers are other processes, and an
// idle server should cost nothing. It polls the index, and where that is on a server that says when it changes, it listens.
type changes struct {
	s        *Server
	lifetime context.Context
	streams  context.Context // its end closes the streams; set before serving

	mu      sync.Mutex
	uris    map[string]int // subscriptions by resource
	lists   int            // streams that may want to hear of a changed list
	stop    context.CancelFunc
	running sync.WaitGroup
}

func (c *changes) subscribe(_ context.Context, req *sdk.SubscribeRequest) error {
	uri := req.Params.URI
	if uri != statsURI && !strings.HasPrefix(uri, notePrefix) {
		return &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: fmt.Sprintf("no such resource: %.200q", uri)}
	}
	c.track(uri, 1, 0)
	return nil
}

func (c *changes) unsubscribe(_ context.Context, req *sdk.UnsubscribeRequest) error {
	c.track(req.Params.URI, -1, 0)
	return nil
}

// trackStreams counts the streams of the stateless protocol. The SDK asks the handlers above for their resources.
func (c *changes) trackStreams(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, req sdk.Request) (sdk.Result, error) {
		if method == methodListen {
			c.track("", 0, 1)
			defer c.track("", 0, -1)
			var cancel context.CancelFunc
			ctx, cancel = context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(c.streams, cancel)()
		}
		return next(ctx, method, req)
	}
}

// track adds n to the subscriptions of uri and lists to the streams, and starts or stops polling.
func (c *changes) track(uri string, n, lists int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lists += lists
	if n != 0 {
		if c.uris[uri] = max(c.uris[uri]+n, 0); c.uris[uri] == 0 {
			delete(c.uris, uri)
		}
	}
	wanted := c.lists+len(c.uris) > 0 && c.lifetime.Err() == nil
	switch {
	case wanted && c.stop == nil:
		ctx, stop := context.WithCancel(c.lifetime)
		c.stop = stop
		c.running.Add(1)
		go c.poll(ctx)
	case !wanted && c.stop != nil:
		c.stop()
		c.stop = nil
	}
}

// wait returns when polling has ended; c.lifetime must have ended before.
func (c *changes) wait() { c.running.Wait() }

// A snapshot is what one poll found.
type snapshot struct {
	version int64
	known   bool
	list    string            // the resources that resources/list names
	hashes  map[string]string // of the subscribed notes, by URI
}

func (c *changes) poll(ctx context.Context) {
	defer c.running.Done()
	tick := time.NewTicker(c.s.o.Poll)
	defer tick.Stop()
	var last snapshot
	var told <-chan struct{} // nil where nobody tells
	for {
		last = c.compare(ctx, last)
		if told == nil {
			if told = c.listen(ctx); told != nil {
				tick.Reset(listening * c.s.o.Poll)
			}
		}
		select {
		case <-ctx.Done():
			return
		case _, there := <-told:
			if !there { // another index may come
				told = nil
				tick.Reset(c.s.o.Poll)
			}
		case <-tick.C:
		}
	}
}

// listening is how many times seldomer the index is polled where its server tells of changes.
const listening = 30

// listen is nil where there is no index, or one that does not tell.
func (c *changes) listen(ctx context.Context) (told <-chan struct{}) {
	_ = c.s.index.with(ctx, func(h *handle) error { // where there is none, compare says so
		if l, ok := h.Store.(store.Listener); ok {
			told = l.Listen(ctx)
		}
		return nil
	})
	return told
}

// compare takes a snapshot, notifies of what differs from the last one, and returns it. Without an index nothing is known.
func (c *changes) compare(ctx context.Context, last snapshot) snapshot {
	now := snapshot{hashes: map[string]string{}}
	err := c.s.index.with(ctx, func(h *handle) (err error) {
		if now.version, err = h.DataVersion(ctx); err != nil {
			return err
		}
		now.known = true
		uris := c.subscribed()
		isNew := func(uri string) bool { _, old := last.hashes[uri]; return !old }
		if last.known && now.version == last.version && !slices.ContainsFunc(uris, isNew) {
			now = last
			return nil
		}
		return now.read(ctx, h, uris)
	})
	if err != nil {
		return snapshot{}
	}
	if last.known && now.version != last.version {
		c.notify(ctx, last, now)
	}
	return now
}

func (c *changes) subscribed() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Collect(maps.Keys(c.uris))
}

// read fills the snapshot with the list of resources and the hashes of the subscribed ones.
func (n *snapshot) read(ctx context.Context, st store.Store, uris []string) error {
	notes, err := listNotes(ctx, st)
	if err != nil {
		return err
	}
	n.list = strings.Join(mapNotes(notes, func(n store.Note) string { return n.ID + "\x00" + n.Title }), "\x00")
	for _, uri := range uris {
		note, err := st.Get(ctx, idOf(uri))
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		n.hashes[uri] = note.Hash // "" for a note that is not there
	}
	return nil
}

func (c *changes) notify(ctx context.Context, last, now snapshot) {
	for uri, hash := range now.hashes {
		before, ok := last.hashes[uri]
		if uri == statsURI || (ok && before != hash) {
			c.s.warn("Tell a change", c.s.sdk.ResourceUpdated(ctx, &sdk.ResourceUpdatedNotificationParams{URI: uri}))
		}
	}
	if last.list != now.list {
		// The SDK has no call for this notification; adding a resource again sends it.
		c.s.sdk.AddResource(statsResource(), c.s.readStats)
	}
}
