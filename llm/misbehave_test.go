package llm

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"amalfa/testdata/testllm"
)

func TestMisbehavingProvider(t *testing.T) {
	for _, tt := range testllm.Misbehaving {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/stream=%t", tt.Name, stream), func(t *testing.T) {
				t.Parallel()
				var tries atomic.Int32
				p := fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) {
					tries.Add(1)
					tt.Do(w, r)
				})
				if tt.Whole == KindTimeout {
					p.cfg.Limits = p.cfg.Limits.within(2 * time.Second)
				}
				kind, onDelta := tt.Whole, (func(string) error)(nil)
				if stream {
					kind, onDelta = tt.Stream, func(string) error { return nil }
				}
				_, err := p.Chat(t.Context(), ask, onDelta)
				f, ok := errors.AsType[*Fault](err)
				if !ok || f.Kind != kind {
					t.Fatalf("got %v, want a fault of kind %s", err, kind)
				}
				if n := tries.Load(); n != tt.Tries {
					t.Errorf("%d requests, want %d", n, tt.Tries)
				}
				checkWords(t, err)
			})
		}
	}
}
