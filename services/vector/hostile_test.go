//go:build cgo

package vector

import (
	"net/http"
	"strings"
	"testing"

	"amalfa/inference/embed"
	"amalfa/services"
	"amalfa/testdata/testmodels"
)

// TestHugeRequests sends a text of 10 MB and 100,000 texts to every dialect:
// each refuses in its own words, and the service goes on.
func TestHugeRequests(t *testing.T) {
	s := serve(t, newEngine(t, testmodels.Tiny(t), embed.EngineOptions{}), services.Options{})
	text := `"` + strings.Repeat("tides ", 10<<20/6) + `"`
	items := `["a"` + strings.Repeat(`,"a"`, 99_999) + `]`
	for path, test := range map[string]struct {
		before string
		shape  func(any) (kind, message string)
	}{
		"/embed":         {`{"inputs":`, errorOf},
		"/tokenize":      {`{"inputs":`, errorOf},
		"/v1/embeddings": {`{"input":`, openAIShape},
		"/api/embed":     {`{"model":"test/tiny","input":`, ollamaShape},
	} {
		for name, input := range map[string]string{"10 MB": text, "100,000 items": items} {
			status, body := s.Post(t, path, test.before+input+"}")
			if _, says := test.shape(body); status != http.StatusRequestEntityTooLarge || says == "" || len(says) > 300 {
				t.Errorf("%s, %s: %d %q", path, name, status, says)
			}
		}
	}
	for name, body := range map[string]string{"10 MB": `{"text":` + text + "}", "100,000 items": `{"texts":` + items + "}"} {
		if status, body := s.Post(t, "/embed", body); status != http.StatusRequestEntityTooLarge {
			t.Errorf("own, %s: %d %v", name, status, body)
		}
	}
	if status, _ := s.Post(t, "/embed", `{"text":"a"}`); status != http.StatusOK {
		t.Errorf("after all that: %d", status)
	}
}
