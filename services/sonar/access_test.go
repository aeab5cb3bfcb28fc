package sonar

import (
	"net/http"
	"strings"
	"testing"

	"amalfa/llm"
)

// TestRefusedAtTheDoor has what the server itself refuses told in the dialect of the route.
func TestAccess(t *testing.T) {
	u := newUpstream(t, saying("hi"))
	d := start(t, Options{Config: u.config(llm.OpenAI)})
	for _, test := range []struct {
		path, header, value string
		status              int
		want                string
	}{
		{"/v1/chat/completions", "Content-Type", "text/plain", 415,
			`{"error":{"message":"the body must be application/json; send Content-Type: application/json","type":"invalid_request_error","param":null,"code":"media_type"}}`},
		{"/v1/chat/completions", "Origin", "null", 403,
			`{"error":{"message":"web pages may not call this service","type":"invalid_request_error","param":null,"code":"origin"}}`},
		{"/chat", "Origin", "null", 403, `{"error":{"kind":"origin","message":"web pages may not call this service","hint":""}}`},
	} {
		t.Run(test.path+" "+test.header, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+test.path, strings.NewReader(`{"message":"x"}`))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set(test.header, test.value)
			resp, err := d.http.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			if status, _, body := d.read(resp); status != test.status || strings.TrimSpace(body) != test.want {
				t.Errorf("%d %s", status, body)
			}
		})
	}
}
