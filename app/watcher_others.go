package app

import (
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"amalfa/services/watcher"
	"amalfa/store"

	"go.uber.org/zap"
)

// hearPause is how often the watcher looks at what others did, where they did something: twenty machines may write at once.
const hearPause = time.Second

// hearOthers tells what other machines do to an index whose server says so; the channel is nil for one of this machine alone. The returned
// function ends that, and waits until nobody listens any more.
func (v *serving) hearOthers(ctx context.Context, index *followedIndex) (<-chan watcher.Others, func()) {
	if _, ok := index.current().(store.Listener); !ok {
		return nil, func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	out := make(chan watcher.Others)
	var listening sync.WaitGroup
	listening.Go(func() {
		for ctx.Err() == nil { // once for each index that takes the place of another
			v.hearOthersOf(ctx, index, out)
		}
	})
	return out, func() {
		stop()
		listening.Wait()
	}
}

// hearOthersOf is hearOthers as long as the index is the one that it is now.
func (v *serving) hearOthersOf(ctx context.Context, index *followedIndex, out chan<- watcher.Others) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	o := others{st: index.current()}
	pause := time.NewTicker(hearPause)
	defer pause.Stop()
	var told <-chan struct{}
	if l, ok := o.st.(store.Listener); ok {
		told = l.Listen(ctx)
	}
	said, fresh := watcher.Others{}, false
	for index.current() == o.st {
		select {
		case _, there := <-told:
			if fresh = there; !there { // and nothing to be heard before another one is opened
				told = nil
			}
		case <-pause.C:
			if !fresh {
				continue
			}
			heard, err := o.look(ctx)
			if err != nil { // what it missed is told of at the next try
				v.log.Debug("What other machines did cannot be read yet", zap.Error(err))
				continue
			}
			fresh = false
			if heard == said {
				continue
			}
			select {
			case out <- heard:
				said = watcher.Others{Older: heard.Older}
			case <-ctx.Done():
			}
		case <-ctx.Done():
			return
		}
	}
}

// others follows the history of an index: whatever it missed while the way to the server was lost stands there, too.
type others struct {
	st     store.Store
	began  bool
	cursor int64
	older  map[string]bool // files of this folder that are older than their notes
}

// historyStep is how many events are read at a time.
const historyStep = 1000

// look returns what came since the last look, and how many files are older now.
func (o *others) look(ctx context.Context) (heard watcher.Others, err error) {
	if !o.began {
		return o.begin(ctx)
	}
	cursor, touched := o.cursor, maps.Clone(o.older)
	for {
		h, err := o.st.Changes(ctx, cursor, historyStep)
		if err != nil {
			return heard, err
		}
		for _, e := range h.Events {
			touched[e.Path] = true
			if e.Elsewhere {
				heard.Changed++
			}
		}
		if cursor = h.Cursor; len(h.Events) < historyStep {
			break
		}
	}
	known, err := o.st.FilesAt(ctx, slices.Collect(maps.Keys(touched)))
	if err != nil {
		return watcher.Others{}, err
	}
	o.cursor = cursor
	o.keep(known)
	heard.Older = len(o.older)
	return heard, nil
}

// begin is the first look: what came before is no news, but files may be older already.
func (o *others) begin(ctx context.Context) (heard watcher.Others, err error) {
	newest, err := o.st.Changes(ctx, math.MaxInt64, 0)
	if err != nil {
		return heard, err
	}
	known, err := o.st.Files(ctx)
	if err != nil {
		return heard, err
	}
	o.began, o.cursor = true, newest.Cursor
	o.keep(known)
	return watcher.Others{Older: len(o.older)}, nil
}

func (o *others) keep(known map[string]store.File) {
	o.older = map[string]bool{}
	for id, f := range known {
		if f.Held != "" {
			o.older[id] = true
		}
	}
}
