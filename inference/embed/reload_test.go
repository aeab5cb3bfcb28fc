//go:build cgo

package embed

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"amalfa/models"
	"amalfa/testdata/testmodels"
)

// TestReload changes the model while others ask: everyone has vectors of the model of the moment, and who asks after a change has the new one's,
// by no name, the settings' name and its own. A name that is no more the settings' is another model.
func TestReload(t *testing.T) {
	tiny := testmodels.Tiny(t)
	var generation atomic.Int64
	finder, _ := catalogueOf(t, small, base)
	e := testmodels.Closing(t, NewEngine(func(context.Context) (models.Files, string, error) {
		f := tiny.Files
		f.Model.Name = []string{small, base}[generation.Load()%2]
		f.Digest = fmt.Sprint("generation ", generation.Load())
		return f, tiny.Lib, nil
	}, EngineOptions{Name: small, Finder: finder}))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var asking sync.WaitGroup
	for range 4 {
		asking.Go(func() {
			for ctx.Err() == nil {
				if v, err := e.Embed(ctx, []string{"a b", "c"}, Options{}); ctx.Err() == nil && (err != nil || v[0].Digest != v[1].Digest) {
					t.Errorf("%v, %v", v, err)
				}
			}
		})
	}
	for n := range int64(30) {
		name := []string{small, base}[n%2]
		generation.Store(n)
		e.Reload(name)
		for _, ask := range []string{"", name} {
			v, err := e.Embed(t.Context(), []string{"a"}, Options{Model: ask})
			if want := fmt.Sprint("generation ", n); err != nil || v[0].Digest != want || v[0].Model != name {
				t.Fatalf("%q after change %d: %v, %v", ask, n, v, err)
			}
		}
		other := []string{base, small}[n%2]
		v, err := e.Embed(t.Context(), []string{"a"}, Options{Model: other})
		if err != nil || v[0].Model != other || v[0].Digest != "digest of "+other {
			t.Fatalf("%s after change %d: %v, %v", other, n, v, err)
		}
	}
	cancel()
	asking.Wait()
}
