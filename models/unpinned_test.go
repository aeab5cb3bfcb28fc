package models

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amalfa/models/pinned"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

func gitBlob(data []byte) string {
	sum := sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(data)), data...))
	return hex.EncodeToString(sum[:])
}

// publicHub answers as the public hub does: a large file's digest in X-Linked-Etag of a redirect to a storage,
// a small file's git object in ETag. The locator's requests to the public address end at it.
func publicHub(t *testing.T, data map[string][]byte) (*testHub, *Locator) {
	t.Helper()
	h := newHub(t, data)
	h.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.requests = append(h.requests, r)
		h.mu.Unlock()
		parts := strings.SplitN(r.URL.Path, "/", 6) // "" org model resolve revision path
		path := parts[5]
		body := h.files[path]
		w.Header().Set("X-Repo-Commit", commit)
		if parts[3] == "storage" || path == tokenizerFile {
			w.Header().Set("ETag", `"`+gitBlob(body)+`"`)
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			if r.Method == http.MethodGet {
				w.Write(body)
			}
			return
		}
		w.Header().Set("X-Linked-Etag", `"`+sumOf(data[path])+`"`)
		w.Header().Set("X-Linked-Size", fmt.Sprint(len(data[path])))
		w.Header().Set("Location", h.URL+"/org/model/storage/x/"+path)
		w.WriteHeader(http.StatusFound)
	})
	l := testLocator(t, nil)
	l.Client = &http.Client{Transport: toTestServer{h.URL}}
	return h, l
}

// toTestServer sends requests for the public hub to a test server.
type toTestServer struct{ url string }

func (s toTestServer) RoundTrip(r *http.Request) (*http.Response, error) {
	target, err := url.Parse(s.url)
	if err != nil {
		return nil, err
	}
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host = target.Scheme, target.Host
	resp, err := http.DefaultTransport.RoundTrip(out)
	if resp != nil {
		resp.Request = r
		resp.Header.Set("Location", strings.Replace(resp.Header.Get("Location"), s.url, "https://storage.example", 1))
		if resp.Header.Get("Location") == "" {
			resp.Header.Del("Location")
		}
	}
	return resp, err
}

func TestUnpinnedIsCheckedAgainstTheHubAndRecorded(t *testing.T) {
	_, _, data := testModel()
	m, v := modelOf(data, false)
	h, l := publicHub(t, data)
	files, err := l.fetchModel(context.Background(), m, v)
	if err != nil {
		t.Fatal(err)
	}
	whole(t, l, m, v, data)
	record, err := readManifest(filepath.Dir(files.ModelPath))
	if err != nil {
		t.Fatal(err)
	}
	source := hubBase + "/org/model/resolve/" + commit + "/"
	want := manifest{Version: 1, Model: "org/model", Precision: Full, Files: []manifestEntry{
		{modelFile, sumOf(data[testPath]), testSize, source + testPath, false},
		{tokenizerFile, sumOf(data[tokenizerFile]), 5000, source + tokenizerFile, false},
	}}
	if diff := cmp.Diff(want, record); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if !slices.Contains(h.asked(testPath), "HEAD") {
		t.Error("the hub was not asked for the digest")
	}

	found, err := l.findNamed(m, Full)
	if err != nil || found.Digest != files.Digest {
		t.Errorf("found again: %v", err)
	}
	rot(t, files.TokenizerPath)
	if _, err := l.findNamed(m, Full); !errors.Is(err, pinned.ErrMismatch) {
		t.Errorf("after rot: %v, want a mismatch with the record", err)
	}
	os.Remove(filepath.Join(filepath.Dir(files.ModelPath), manifestFile))
	if _, err := l.findNamed(m, Full); !errors.Is(err, ErrMissing) {
		t.Errorf("without a record: %v, want %v", err, ErrMissing)
	}
}

func TestUnpinnedWithOtherBytesThanTheHubSays(t *testing.T) {
	for _, path := range []string{testPath, tokenizerFile} {
		t.Run(path, func(t *testing.T) {
			_, _, honest := testModel()
			m, v := modelOf(honest, false)
			h, l := publicHub(t, honest)
			h.files = map[string][]byte{testPath: honest[testPath], tokenizerFile: honest[tokenizerFile]}
			lied := body("lied", len(honest[path]))
			h.files[path] = lied
			if path == tokenizerFile { // its object name comes with the bytes, so let only the bytes lie
				l.Client.Transport = lyingBody{l.Client.Transport, honest[path]}
			}
			if _, err := l.fetchModel(context.Background(), m, v); !errors.Is(err, pinned.ErrMismatch) {
				t.Errorf("error %v, want a mismatch", err)
			}
			if _, err := l.findNamed(m, Full); !errors.Is(err, ErrMissing) {
				t.Errorf("found: %v, want %v", err, ErrMissing)
			}
		})
	}
}

// lyingBody answers HEAD requests for the tokenizer with the name of another object.
type lyingBody struct {
	http.RoundTripper
	named []byte
}

func (b lyingBody) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil && r.Method == http.MethodHead && strings.HasSuffix(r.URL.Path, tokenizerFile) {
		resp.Header.Set("ETag", `"`+gitBlob(b.named)+`"`)
	}
	return resp, err
}

func TestUnpinnedFromAnotherEndpointNeedsConsent(t *testing.T) {
	_, _, data := testModel()
	m, v := modelOf(data, false)
	h := newHub(t, data)
	l := h.locator(t, nil)
	if _, err := l.fetchModel(context.Background(), m, v); !errors.Is(err, ErrUnpinned) || len(h.requests) != 0 {
		t.Errorf("error %v after %d requests, want %v after none", err, len(h.requests), ErrUnpinned)
	}
	l.AllowUnpinned = true
	if _, err := l.fetchModel(context.Background(), m, v); err != nil {
		t.Fatal(err)
	}
	whole(t, l, m, v, data)
}

func TestEndpoint(t *testing.T) {
	cases := []struct {
		endpoint string
		ok       bool
	}{
		{"", true}, {"https://mirror.example/hf/", true}, {"http://127.0.0.1:1", true}, {"http://localhost", true}, {"http://[::1]:9", true},
		{"http://mirror.example", false}, {"http://127.0.0.1.evil.example", false}, {"ftp://x", false}, {"file:///etc", false},
		{"mirror.example", false}, {"https://user:secret@mirror.example", false}, {"https://mirror.example?x=1", false},
	}
	for _, c := range cases {
		l := testLocator(t, map[string]string{"HF_ENDPOINT": c.endpoint})
		h, err := l.hub()
		if (err == nil) != c.ok {
			t.Errorf("HF_ENDPOINT=%q: %v, want ok %t", c.endpoint, err, c.ok)
		}
		if err == nil && h.public != (c.endpoint == "") {
			t.Errorf("HF_ENDPOINT=%q counts as the public hub: %t", c.endpoint, h.public)
		}
	}
}

func TestToken(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "token"), []byte("hf_stored\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		env  map[string]string
		want string
	}{
		{nil, ""},
		{map[string]string{"HF_TOKEN": "hf_env", "HF_HOME": home}, "hf_env"},
		{map[string]string{"HF_HOME": home}, "hf_stored"},
		{map[string]string{"HF_TOKEN_PATH": filepath.Join(home, "token")}, "hf_stored"},
		{map[string]string{"HF_TOKEN": "a\r\nX-Evil: 1"}, ""},
	}
	for _, c := range cases {
		if got := testLocator(t, c.env).token(); got != c.want {
			t.Errorf("%v: token %q, want %q", c.env, got, c.want)
		}
	}
}
