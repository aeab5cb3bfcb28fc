// Package remote asks model servers, on this machine or another, for vectors ([Embedder]) and scores ([Reranker]): another amalfa's
// services, text-embeddings-inference, Infinity, Ollama, and whatever speaks OpenAI's or Cohere's dialect.
//
// How a server is asked (retries, breaker, limits, where a key goes) is package llm's; its errors come of there, as a *llm.Fault.
package remote

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"amalfa/llm"
)

// Limits of one request. text-embeddings-inference takes 32 texts of a client by default (router/src/main.rs, max_client_batch_size);
// 256 KiB of text are at most 32 passages of 8 KiB, the longest that ingest makes.
const (
	requestTexts = 32
	requestBytes = 256 << 10
	mostNumbers  = 16384 // of a vector; the largest models of the field have 8,192
	numberBytes  = 32    // of one as text, with what stands around it
)

// A Config says which server is asked, and as whom.
type Config struct {
	URL     string // http or https; see [NewEmbedder] and [NewReranker] for its path
	Model   string // its name on the server
	Key     llm.Secret
	Keyring func(host string) llm.Secret // of keys that nobody has set; may be nil
	Getenv  func(string) string          // proxies, and the keys of known providers
	Version string                       // of this program, for the server's log
}

// How long a server is waited for. An answer comes whole: 32 texts of 512 tokens take a model of the catalogue a minute on one core.
const (
	connectTime = 10 * time.Second
	silenceTime = 2 * time.Minute
	totalTime   = 10 * time.Minute
	retries     = 3
)

// A route is a path of a server, with what is spoken there.
type route struct {
	path    string
	dialect string
}

// A server is one that is asked, at the first of some routes that it has.
type server struct {
	provider *llm.Provider
	routes   []route
}

// open checks c. A URL that ends in one of some known paths has that route alone; with another path, the first known one below it.
// One without a path has those of bare, in turn.
func open(c Config, known []route, bare []route) (server, error) {
	u, err := url.Parse(strings.TrimSpace(c.URL))
	if err != nil {
		return server{}, errors.New("not an address")
	}
	base, routes := strings.TrimRight(u.Path, "/"), bare
	if base != "" {
		routes = []route{known[0]}
	}
	for _, r := range known {
		if before, ok := strings.CutSuffix(base, "/"+r.path); ok {
			base, routes = before, []route{r}
			if before == "" {
				routes = slices.DeleteFunc(slices.Clone(bare), func(b route) bool { return b.path != r.path })
			}
			break
		}
	}
	u.Path = base
	in, err := llm.FromEnv(c.Getenv, llm.Settings{Provider: llm.OpenAI, BaseURL: u.String(), Key: c.Key, Keyring: c.Keyring, Silence: silenceTime})
	if err != nil {
		return server{}, err
	}
	in.BaseURL, in.SilenceKey, in.UserAgent = u.String(), "", "amalfa/"+cmp.Or(c.Version, "0")
	in.Limits = llm.Limits{Connect: connectTime, Silence: silenceTime, Total: totalTime, Retries: retries}
	p, err := llm.NewProvider(in)
	return server{p, routes}, err
}

// Host is the host of the server, with its port where one is given; remote tells whether that is another machine.
func (s server) Host() (host string, remote bool) { return s.provider.Host(), s.provider.Remote() }

// Close drops idle connections.
func (s server) Close() { s.provider.Close() }

// notThere tells whether an error says that a server lacks a route.
func notThere(err error) bool {
	f, ok := errors.AsType[*llm.Fault](err)
	return ok && (f.Status == http.StatusNotFound || f.Status == http.StatusMethodNotAllowed)
}

// tooLarge tells whether an error says that the texts were too many or too long.
func tooLarge(err error) bool {
	f, ok := errors.AsType[*llm.Fault](err)
	return ok && f.TooLarge
}

// leastText is the length in bytes from which a text is not cut any more: every model takes that.
const leastText = 64

// shorter is three quarters of a text, as models read it: from its beginning.
func shorter(s string) string {
	return strings.ToValidUTF8(s[:len(s)*3/4], "")
}

// decode reads an answer, or says that it is none.
func decode(p *llm.Provider, data []byte, v any) error {
	if err := json.Unmarshal(data, v); err != nil {
		return garbage(p, "is not what was asked for: %s", p.Quote(err.Error()))
	}
	return nil
}

func garbage(p *llm.Provider, format string, args ...any) error {
	return &llm.Fault{Kind: llm.KindGarbage, Message: fmt.Sprintf("the answer of "+p.Host()+" "+format, args...)}
}
