package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"amalfa/testdata/assets"
	"amalfa/testdata/clients"
	"amalfa/testdata/testllm"
)

// A documented service is a running one that docs/openapi describes.
type documented struct {
	name, address string
	token         string // what another user has to bring; "" where anybody may ask
}

// forms are what the provider of these tests answers where it is asked for JSON.
var forms = map[string]string{
	"analyze":   `{"intent":"conceptual","entities":["tides"],"filters":{},"technical_level":"low","suggested_queries":["why tides"]}`,
	"relevance": `{"passages":[{"number":1,"relevance":0.9,"reason":"it says so"}]}`,
	"snippet":   `{"snippet":"The outage lasted four hours.","confidence":0.8}`,
	"enhance":   `{"keywords":["sea","tide"],"summary":"It is about the sea."}`,
}

// anyProvider has one model, and answers whatever it is asked.
func anyProvider(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"object":"list","data":[{"id":"m","object":"model"}]}`)
		return
	}
	var asked struct {
		Stream any `json:"stream"`
		Format struct {
			Schema struct {
				Name string `json:"name"`
			} `json:"json_schema"`
		} `json:"response_format"`
	}
	_ = json.NewDecoder(r.Body).Decode(&asked) // what is something else is a chat
	answer, ok := forms[asked.Format.Schema.Name]
	if !ok {
		answer = "The outage lasted four hours [1]."
	}
	if asked.Stream == true {
		testllm.SSE(w)
		testllm.Event(w, testllm.Delta(answer))
		testllm.Event(w, testllm.Stop)
		testllm.Event(w, "[DONE]")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(testllm.JSON(map[string]any{"model": "m", "usage": map[string]int{"prompt_tokens": 10, "completion_tokens": 2},
		"choices": []any{map[string]any{"message": map[string]string{"role": "assistant", "content": answer}, "finish_reason": "stop"}}}))
}

// startDocumented starts every service that docs/openapi describes.
func startDocumented(t *testing.T) (*place, []documented) {
	t.Helper()
	provider := httptest.NewServer(testllm.ReadFirst(anyProvider))
	t.Cleanup(provider.Close)
	reranker, err := filepath.Abs("testdata/models/bert")
	if err != nil {
		t.Fatal(err)
	}
	p := newPlace(t)
	p.env = append(p.env, "AMALFA_RERANKER_MODEL="+reranker, "OPENAI_BASE_URL="+provider.URL+"/v1", "OPENAI_API_KEY="+testllm.Canary)
	var all []documented
	for _, name := range []string{"vector", "reranker", "sonar", "dashboard"} {
		p.run(name, "start", "--wait", "5m")
		record, err := filepath.Glob(filepath.Join(p.dir, ".amalfa", "runtime", name+".pid"))
		if err != nil || len(record) != 1 {
			t.Fatalf("%s has no record: %v", name, err)
		}
		s := readRecord(t, record[0])
		if s.name = name; name == "vector" || name == "reranker" {
			s.token = ""
		}
		all = append(all, s)
	}
	where, _ := p.serveHTTP()
	records, err := filepath.Glob(filepath.Join(p.dir, ".amalfa", "runtime", "mcp-*.pid"))
	if err != nil || len(records) != 1 {
		t.Fatalf("records of mcp: %q, %v", records, err)
	}
	mcp := readRecord(t, records[0])
	if u, err := url.Parse(where); err != nil || u.Host != mcp.address {
		t.Fatalf("mcp is at %s and %s", where, mcp.address)
	}
	mcp.name = "mcp"
	return p, append(all, mcp)
}

func readRecord(t *testing.T, path string) (s documented) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(data, []byte("\n"))
	var record struct{ Address, Token string }
	if err := json.NewDecoder(bytes.NewReader(rest)).Decode(&record); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return documented{address: record.Address, token: record.Token}
}

// TestOpenAPI asks every service what its OpenAPI document allows and what it does not, as another user where that says something:
// no answer is a fault of the server, or is one that the document does not tell of. AMALFA_SCHEMATHESIS is how many questions each route gets.
func TestOpenAPI(t *testing.T) {
	python := assets.Python(t, clients.Schemathesis()...)
	examples := os.Getenv("AMALFA_SCHEMATHESIS")
	if examples == "" {
		examples = usual
	}
	p, all := startDocumented(t)
	for _, s := range all {
		if s.token != "" {
			t.Run("strangers at "+s.name, s.strangers)
		}
		if s.name == "dashboard" {
			t.Run("wrong ways", s.wrongWays)
		}
		t.Run(s.name, func(t *testing.T) {
			s.hold(t, p, filepath.Join(filepath.Dir(python), "st"), examples)
		})
	}
}

// usual is how many questions a route gets besides those at the edges of its document: 10 find what 300 found here, but for what is rare.
const usual = "10"

// settings of the run; what is asked depends on nothing but the documents.
const settings = `seed = 1
workers = 1
warnings = false
max-redirects = 0
request-timeout = 300.0
suppress-health-check = ["all"]
cache = { enabled = false }
generation = { max-examples = %s, database = "none", no-shrink = true }
[phases]
stateful = { enabled = false }
coverage = { extra-data-sources = { responses = false } }
examples = { extra-data-sources = { responses = false } }
fuzzing = { extra-data-sources = { responses = false }, error-feedback = { enabled = false } }
# what a document allows may still name a note or a model that is not here
[checks]
positive_data_acceptance = { enabled = false }
`

func (s documented) hold(t *testing.T, p *place, st, examples string) {
	dir := t.TempDir()
	document, address := s.document(t), s.address
	config := fmt.Sprintf(settings, examples)
	if s.token != "" {
		if address = asNobody(t, s.address); address == "" { // this user needs no token, so nothing can be said of it
			address = s.address
			document = regexp.MustCompile(`(?s)"security": \[.*?\],`).ReplaceAll(document, nil)
		} else {
			config += fmt.Sprintf("[auth.openapi]\ntoken = { bearer = %q }\n", s.token)
		}
	}
	if s.name == "dashboard" {
		config += fmt.Sprintf("[[operations]]\ninclude-path = \"/api/ask\"\nheaders = { X-Amalfa-Page = %q }\n[[operations]]\ninclude-path = \"/api/events\"\nmax-stream-events = 1\n", s.pageToken(t))
	}
	for name, data := range map[string][]byte{"document.json": document, "st.toml": []byte(config)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	if examples != usual {
		ctx, cancel = context.WithTimeout(context.Background(), 2*time.Hour)
	}
	defer cancel()
	cmd := exec.CommandContext(ctx, st, "--config-file", "st.toml", "run", "document.json", "--url", "http://"+address, "--continue-on-failure", "--no-color")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir)
	out, err := cmd.CombinedOutput()
	said := string(out)
	if s.token != "" {
		said = strings.ReplaceAll(said, s.token, "TOKEN")
	}
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(p.dir, ".amalfa", "logs", s.name+".log")) // mcp has none
		t.Errorf("%v\n%s\n%s", err, said, log[max(0, len(log)-4000):])
	}
	_, summary, _ := strings.Cut(said, "SUMMARY")
	t.Log(summary)
}

func (s documented) document(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("docs", "openapi", s.name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// pageToken is what stands in a page, by which its writes are known.
func (s documented) pageToken(t *testing.T) string {
	t.Helper()
	resp, err := http.Get("http://" + s.address + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var page bytes.Buffer
	if _, err := page.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	token := regexp.MustCompile(`name="amalfa-page" content="([^"]+)"`).FindStringSubmatch(page.String())
	if token == nil {
		t.Fatalf("the page has no token: %.300s", page.String())
	}
	return token[1]
}
