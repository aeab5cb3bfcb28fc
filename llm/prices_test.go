package llm

import (
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPrices(t *testing.T) {
	p := fakeProvider(t, OpenAI, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"data":[
			{"id":"a/usual","pricing":{"prompt":"0.0000001","completion":"0.0000004","request":"0","image":"0.001"}},
			{"id":"a/free","pricing":{"prompt":"0","completion":"0"}},
			{"id":"a/numbers","pricing":{"prompt":0.001,"completion":0.002,"request":0.01}},
			{"id":"a/auto","pricing":{"prompt":"-1","completion":"-1"}},
			{"id":"a/half","pricing":{"prompt":"0.1"}},
			{"id":"a/words","pricing":{"prompt":"cheap","completion":"0"}},
			{"id":"a/not a number","pricing":{"prompt":"NaN","completion":"0"}},
			{"id":"a/endless","pricing":{"prompt":"Inf","completion":"0"}},
			{"id":"a/dear","pricing":{"prompt":"1e9","completion":"0"}},
			{"id":"a/another form","pricing":[1,2]},
			{"id":"a/null","pricing":null},
			{"id":"a/none"}]}`)
	})
	got, err := p.Prices(t.Context())
	want := map[string]Price{"a/usual": {1e-7, 4e-7, 0}, "a/free": {}, "a/numbers": {0.001, 0.002, 0.01}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if names, err := p.Models(t.Context()); err != nil || len(names) != 12 {
		t.Errorf("models: %q, %v", names, err)
	}
	if cost := got["a/numbers"].Of(Usage{Prompt: 10, Completion: 5}); cost != 0.01+0.01+0.01 {
		t.Error(cost)
	}
	if cost := got["a/free"].Of(Usage{Prompt: 10, Completion: 5}); cost != 0 {
		t.Error(cost)
	}
}

// TestHasPrices: nobody is asked for prices who is not known to have them.
func TestHasPrices(t *testing.T) {
	for _, tt := range []struct {
		name, base string
		want       bool
	}{
		{"openrouter", "https://openrouter.ai/api/v1", true}, {"", "https://openrouter.ai/api/v1", true}, {"openrouter", "http://127.0.0.1:1/v1", true},
		{"openai", "https://openrouter.ai/api/v1", true}, {"openai", "https://api.openai.com/v1", false}, {"", "https://evil.example/openrouter.ai", false},
	} {
		p, err := NewProvider(Config{Provider: OpenAI, Name: tt.name, BaseURL: tt.base})
		if err != nil {
			t.Fatal(err)
		}
		if p.HasPrices() != tt.want {
			t.Errorf("%+v", tt)
		}
	}
}
