package watcher_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"amalfa/services/watcher"
)

// What other machines wrote is counted, may lack vectors, and files that are older than that are told of until they are not.
func TestOthers(t *testing.T) {
	b := newBench(t)
	b.write("a.md", "# A")
	others := make(chan watcher.Others)
	var made atomic.Int64
	o := b.options()
	o.Others = others
	o.Vectors = func(context.Context) (int, error) { made.Add(1); return 0, nil }
	b.serve(o)
	reason := func() string { _, why := b.life.Now(); return why }
	b.eventually("the first vectors", func() bool { return made.Load() > 0 })
	before := made.Load()
	others <- watcher.Others{Changed: 3, Older: 1}
	b.eventually("it is told", func() bool { return strings.Contains(reason(), "1 file here is older") })
	b.eventually("the vectors of what others wrote", func() bool { return made.Load() > before })
	others <- watcher.Others{Changed: 1, Older: 2}
	b.eventually("two are", func() bool { return strings.Contains(reason(), "2 files here are older") })
	others <- watcher.Others{}
	b.eventually("it is over", func() bool { return reason() == "" })
	if s := b.status(); s.Others != 4 || s.LastOther == nil || s.Older != 0 {
		t.Errorf("%+v", s)
	}
}
