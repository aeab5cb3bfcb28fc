//go:build cgo

package vector

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"amalfa/inference/embed"
	"amalfa/services"
	"amalfa/testdata/testmodels"
)

// TestTruncationIsTold sends a text of 12 tokens to a model that reads 8, by every route that embeds.
func TestTruncationIsTold(t *testing.T) {
	s := serve(t, newEngine(t, testmodels.Tiny(t), embed.EngineOptions{}), services.Options{})
	const long, field = `"a a a a a a a a a a"`, `"tokens":12,"used":8`
	for _, test := range []struct{ path, body, says string }{
		{"/v1/embeddings", `{"input":["a",` + long + `]}`, `"truncated":[{"index":1,` + field},
		{"/v1/embeddings", `{"input":["a",` + long + `],"encoding_format":"base64"}`, `"truncated":[{"index":1,` + field},
		{"/v1/embeddings", `{"input":[[4],[4,4,4,4,4,4,4,4,4,4,4,4]]}`, `"truncated":[{"index":1,` + field},
		{"/embeddings", `{"input":` + long + `}`, `"truncated":[{"index":0,` + field},
		{"/api/embed", `{"model":"test/tiny","input":` + long + `}`, `"truncated":[{"index":0,` + field},
		{"/api/embeddings", `{"model":"test/tiny","prompt":` + long + `}`, `"truncated":[{"index":0,` + field},
		{"/embed", `{"inputs":["a",` + long + `]}`, `[[`},
		{"/embed", `{"inputs":` + long + `,"truncation_direction":"Left"}`, `[[`},
		{"/", `{"inputs":` + long + `}`, `[[`},
		{"/", `{"inputs":{"source_sentence":"a","sentences":["b",` + long + `]}}`, `[0.99`},
		{"/similarity", `{"inputs":{"source_sentence":` + long + `,"sentences":["b"]}}`, `[0.99`},
		{"/embed_all", `{"inputs":["a",` + long + `]}`, `[[[`},
		{"/embed", `{"texts":["a",` + long + `]}`, `"truncated":[false,true]`},
	} {
		for _, cut := range []bool{true, false} {
			body, want := test.body, [2]string{"1", "4"}
			if !cut {
				body, want = strings.NewReplacer(long, `"a a"`, `[4,4,4,4,4,4,4,4,4,4,4,4]`, `[4]`).Replace(body), [2]string{"", ""}
			}
			resp, err := http.Post(s.URL+test.path, "application/json", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if got := [2]string{resp.Header.Get(truncatedHeader), resp.Header.Get(cutHeader)}; err != nil || resp.StatusCode != 200 || got != want {
				t.Errorf("%s %s: %d with %q, want %q: %s", test.path, body, resp.StatusCode, got, want, answer)
			}
			if cut && !strings.Contains(string(answer), test.says) || !cut && strings.Contains(string(answer), field) {
				t.Errorf("%s %s: %s", test.path, body, answer)
			}
		}
	}
}
