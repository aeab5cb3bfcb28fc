package llm

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"amalfa/notes"
	"github.com/cenkalti/backoff/v5"
)

// A Message is one turn of a conversation; Role is "system", "user" or "assistant".
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// A Request asks a model to go on with a conversation. MaxTokens, Temperature and Schema are wishes: a provider that refuses one
// is asked without it.
type Request struct {
	Model    string
	Messages []Message
	// Context is the window to ask Ollama for, in tokens, 0 for its default. Ollama drops the beginning of what does
	// not fit without saying so, and the beginning holds the instructions. Other providers have no such field.
	Context     int
	MaxTokens   int      // of the answer; 0: what the provider does by itself
	Temperature *float64 // 0 to 2; nil: the provider's own
	Schema      *Schema  // the answer is JSON of this form

	streams bool
}

// A Schema is a JSON Schema, with a name of at most 64 letters, digits, dashes and underscores.
type Schema struct {
	Name string
	JSON json.RawMessage
}

// A Reply is a model's whole answer. Finish is the dialect's word for why it ended, such as "stop" or "length".
type Reply struct {
	Content, Model, Finish string
	Usage                  Usage
}

// Usage is what an answer took, as far as the provider says it.
type Usage struct {
	Prompt     int     `json:"prompt"`     // tokens of the question
	Completion int     `json:"completion"` // tokens of the answer
	Cost       float64 `json:"cost"`       // US dollars
}

// Add returns both together.
func (u Usage) Add(v Usage) Usage {
	return Usage{u.Prompt + v.Prompt, u.Completion + v.Completion, u.Cost + v.Cost}
}

// An Asker asks a model: a Provider, or what stands before one.
type Asker interface {
	Chat(ctx context.Context, r Request, onDelta func(string) error) (Reply, error)
}

// A Provider talks to one language model server. Safe for concurrent use.
type Provider struct {
	cfg     Config
	base    *url.URL
	http    *http.Client
	breaker *breaker
	backOff func() *backoff.ExponentialBackOff
	buffers buffers
	refused refusals
	turns   chan struct{} // one for each chat at once
}

// NewProvider checks c and connects to nothing. Errors wrap ErrConfig. Close it when done.
func NewProvider(c Config) (*Provider, error) {
	base, err := c.endpoint()
	if err != nil {
		return nil, err
	}
	c.Limits = c.Limits.withDefaults()
	c.UserAgent = cmp.Or(c.UserAgent, "amalfa")
	return &Provider{cfg: c, base: base, http: newHTTPClient(c), breaker: newBreaker(), backOff: newBackOff, turns: make(chan struct{}, max(1, c.Limits.Parallel))}, nil
}

// Config is what the provider was made of.
func (p *Provider) Config() Config { return p.cfg }

// Close drops idle connections.
func (p *Provider) Close() { p.http.CloseIdleConnections() }

// Name is the provider's, for people and for /health.
func (p *Provider) Name() string { return cmp.Or(p.cfg.Name, p.cfg.Provider) }

// Quote makes words of the provider fit to show: without the key, on one line, short.
func (p *Provider) Quote(s string) string { return p.quote(s) }

// Host is the host, with its port where one is given, that questions and passages are sent to.
func (p *Provider) Host() string { return hostOf(p.base) }

// Remote reports whether that host is another machine.
func (p *Provider) Remote() bool { return !isLoopback(p.base.Hostname()) }

// ollamaCloud is where Ollama has its models whose names end in -cloud or :cloud run, through the program on this machine.
const ollamaCloud = "ollama.com"

// Destination names the host that a request to a model ends at, and whether that is another machine.
func (p *Provider) Destination(model string) (host string, remote bool) {
	model = strings.ToLower(cmp.Or(model, p.cfg.Model))
	if p.cfg.Provider == Ollama && !p.Remote() && (strings.HasSuffix(model, "-cloud") || strings.HasSuffix(model, ":cloud")) {
		return ollamaCloud, true
	}
	return p.Host(), p.Remote()
}

// Chat asks for an answer. With onDelta the answer is streamed: each piece is handed over as it comes, and an error
// from onDelta ends the call and is returned. When the call fails midway the Reply holds what came so far.
// It returns a *Fault for everything the provider did wrong, and ctx's error when the caller gave up.
func (p *Provider) Chat(ctx context.Context, r Request, onDelta func(string) error) (Reply, error) {
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return Reply{}, context.Cause(ctx)
	}
	r.streams = onDelta != nil
	without := p.refused.of(r.Model)
	for {
		reply, err := p.chat(ctx, r, without, onDelta)
		if err == nil {
			p.refused.keep(r.Model, without)
			return reply, nil
		}
		next, again := fewer(r, without, err)
		if !again {
			return reply, err
		}
		without = next
	}
}

// chat asks once, with the wishes that the provider is known not to refuse.
func (p *Provider) chat(ctx context.Context, r Request, without wishes, onDelta func(string) error) (Reply, error) {
	d := p.dialect()
	c := Call{Method: http.MethodPost, Path: d.path, Body: d.encode(r, onDelta != nil, without), limit: p.cfg.Limits.Response}
	if onDelta == nil {
		return p.chatWhole(ctx, c, d)
	}
	c.Stream, c.limit = true, p.cfg.Limits.Stream
	return p.chatStream(ctx, c, d, onDelta)
}

func (p *Provider) chatWhole(ctx context.Context, c Call, d dialect) (Reply, error) {
	data, err := p.readWhole(ctx, c)
	if err != nil {
		return Reply{}, err
	}
	piece, err := p.parseChunk(d, data)
	if err != nil {
		return Reply{}, err
	}
	if piece.finish == "" && piece.text == "" {
		return Reply{}, faultf(KindGarbage, "the provider's reply holds no answer")
	}
	return Reply{Content: piece.text, Model: piece.model, Finish: piece.finish, Usage: piece.usage}, nil
}

func (p *Provider) chatStream(ctx context.Context, c Call, d dialect, onDelta func(string) error) (Reply, error) {
	var reply Reply
	var content strings.Builder
	key := redactor{key: []byte(p.cfg.Key)} // which may come in pieces
	say := func(text string, last bool) error {
		out := string(key.next([]byte(text), last))
		if content.WriteString(out); out == "" {
			return nil
		}
		return onDelta(out)
	}
	err := p.readStream(ctx, c, d.events, func(data []byte) error {
		piece, err := p.parseChunk(d, data)
		if err != nil {
			return err
		}
		reply.Model = cmp.Or(reply.Model, piece.model)
		reply.Finish = cmp.Or(reply.Finish, piece.finish)
		reply.Usage = cmp.Or(piece.usage, reply.Usage) // the last one counts all
		return say(piece.text, false)
	})
	if err == errNoEndMark && reply.Finish != "" {
		err = nil
	}
	if err == nil {
		err = say("", true)
	}
	reply.Content = content.String()
	return reply, p.requireComplete(err)
}

// requireComplete turns the end of a stream that said nothing of its being complete into a Fault.
func (p *Provider) requireComplete(err error) error {
	if err == errNoEndMark {
		return faultf(KindGarbage, "the answer stopped before its end")
	}
	return err
}

const (
	MaxModelName = 512
	maxModels    = 2000
	maxListing   = 8 << 20 // bytes; an aggregator's list with descriptions passes 1 MiB
)

// ValidModel reports whether s can name a model: 1 to 512 bytes of UTF-8 without control characters. Names are paths
// (/data/models/x), have marks (@cf/meta/x, x[1m]) and spaces; whether the provider has one is for it to say.
func ValidModel(s string) bool {
	return s != "" && len(s) <= MaxModelName && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// Models lists the models that the provider offers, in its order, at most 2,000: GET /api/tags of Ollama, else
// /v1/models. It is not retried, so a probe is as quick as ctx wants it.
func (p *Provider) Models(ctx context.Context) ([]string, error) {
	v, err := p.list(ctx)
	if err != nil {
		return nil, err
	}
	names := []string{}
	for _, m := range v.Data {
		names = append(names, m.ID)
	}
	for _, m := range v.Models {
		if v.Data == nil { // llama.cpp lists its models in both forms
			names = append(names, m.Name)
		}
	}
	names = slices.DeleteFunc(names, func(s string) bool { return !ValidModel(s) })
	return names[:min(len(names), maxModels)], nil
}

// A listing is what a provider lists, in either dialect.
type listing struct {
	Models []struct{ Name string }
	Data   []struct {
		ID      string
		Pricing pricing
	}
	Error replyError
}

func (p *Provider) list(ctx context.Context) (v listing, err error) {
	path := "models"
	if p.cfg.Provider == Ollama {
		path = "api/tags"
	}
	data, err := p.readWhole(ctx, Call{Method: http.MethodGet, Path: path, limit: maxListing, probe: true})
	if err != nil {
		return v, err
	}
	if err := decode(data, &v); err != nil {
		return v, faultf(KindGarbage, "the list of models is not readable: %s", p.quote(err.Error()))
	}
	if v.Error != "" {
		return v, faultf(KindRefused, "%s", p.quote(string(v.Error)))
	}
	if v.Models == nil && v.Data == nil {
		return v, faultf(KindGarbage, "what answers at %s does not list models", p.Host())
	}
	return v, nil
}

// notChatModel marks, by words in their names, models that a provider lists but that do not chat.
var notChatModel = regexp.MustCompile(`(?i)embed|bge|minilm|rerank|whisper|tts|audio|realtime|transcribe|dall-e|image|moderation|sora|davinci|babbage|instruct-0914|search|codex|deep-research`)

// preferredModels is tried first when the settings name no model and the provider offers it: small, able, and cheap.
var preferredModels = []string{"gpt-5-mini", "gpt-4.1-mini", "gpt-4o-mini", "openai/gpt-5-mini", "qwen/qwen-2.5-72b-instruct", "gemini-2.5-flash", "claude-haiku-4-5"}

// ChooseModel picks a model: the configured one, else one that the settings prefer, else a usual one, else the first that looks able to chat.
func (p *Provider) ChooseModel(listed []string) (string, error) {
	if p.cfg.Model != "" {
		return p.cfg.Model, nil
	}
	for _, m := range slices.Concat(p.cfg.Prefer, preferredModels) {
		if slices.Contains(listed, m) {
			return m, nil
		}
		if i := slices.IndexFunc(listed, func(l string) bool { return l == m+":latest" || l == "models/"+m }); i >= 0 { // Ollama; Gemini
			return listed[i], nil
		}
	}
	if i := slices.IndexFunc(listed, func(m string) bool { return !notChatModel.MatchString(m) }); i >= 0 {
		return listed[i], nil
	}
	if len(listed) == 0 {
		return "", fmt.Errorf("%s at %s lists no model", p.Name(), p.Host())
	}
	return "", fmt.Errorf("%s at %s lists no model that chats, only %s", p.Name(), p.Host(),
		notes.Clip(strings.Join(listed, ", "), 200))
}
