package remote

import (
	"context"
	"encoding/json"
	"math"
	"sync/atomic"

	"amalfa/inference/embed"
	"amalfa/llm"
	"amalfa/models"
)

// ProbeText is embedded with every request: its vector shows which model has answered, and whether its tokens are made as here. So it has
// letters of many kinds: Ollama's accented ones are unknown to models that take accents away (cosine 0.98 of this text, 0.53 of others).
// Who changes it changes the name under which ingest keeps its vector.
const ProbeText = "The harbour master of Amalfi wrote down tides, weather and tolls in one book – Zürich, façade, naïve, Ærø, 港, порт – and read it every morning."

// Same is the least cosine of two vectors of ProbeText by one model: between rounding, which leaves 0.99998 of it where a server computes in
// bfloat16, and int8 weights of the same model, whose vectors never mix with the others; docs/decisions/0101-real-model-servers.md.
const Same = 0.999

// Cosine is that of two vectors of unit length, -1 where they have not as many numbers.
func Cosine(a, b []float32) float64 {
	if len(a) != len(b) {
		return -1
	}
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// The dialects of embeddings.
const (
	openAI = "openai"
	tei    = "tei"
	ollama = "ollama"
)

// An Embedder asks a server for vectors. Safe for concurrent use.
type Embedder struct {
	server
	model string
	spec  models.Model // zero where the catalogue does not know it
	at    atomic.Int32 // of routes: those before it are not there
	most  atomic.Int32 // texts beside the probe that the server has taken at once; 0 until it was too many once
}

// NewEmbedder checks c and connects to nothing. A path that ends in /embeddings is OpenAI's dialect, /embed that of
// text-embeddings-inference, /api/embed Ollama's; another path is what OpenAI's clients call the base URL. Without a path these are
// looked for in turn. Errors wrap llm.ErrConfig.
func NewEmbedder(c Config) (*Embedder, error) {
	s, err := open(c, []route{{"embeddings", openAI}, {"api/embed", ollama}, {"embed", tei}},
		[]route{{"v1/embeddings", openAI}, {"embeddings", openAI}, {"embed", tei}, {"api/embed", ollama}})
	if err != nil {
		return nil, err
	}
	spec, _ := models.Lookup(c.Model)
	return &Embedder{server: s, model: c.Model, spec: spec}, nil
}

// Vectors are what a server has made of some texts.
type Vectors struct {
	Values [][]float32 // of unit length, one a text, in order
	Probe  []float32   // of ProbeText, by the same model
	Digest string      // of that model, where the server is an amalfa; else ""
}

// Embed returns the vectors of texts, asked for in requests of a bounded size one after another. Of o it heeds Input, by the prefix that
// the catalogue has for it, and Bulk: else nothing is tried again. Every vector has as many numbers as the others, and a direction. A text
// that the server finds too long is cut until it does not.
func (e *Embedder) Embed(ctx context.Context, texts []string, o embed.Options) (Vectors, error) {
	var all Vectors
	for first := true; first || len(texts) > 0; first = false {
		n := portion(texts, e.mostTexts())
		part, _, err := e.fit(ctx, texts[:n], o)
		if err == nil {
			err = all.add(e.provider, part)
		}
		if err != nil {
			return Vectors{}, err
		}
		texts = texts[n:]
	}
	return all, nil
}

// add appends what the same model has made.
func (v *Vectors) add(p *llm.Provider, part Vectors) error {
	if v.Probe != nil && Cosine(v.Probe, part.Probe) < Same {
		return garbage(p, "changed its model in the middle")
	}
	v.Values, v.Probe, v.Digest = append(v.Values, part.Values...), part.Probe, part.Digest
	return nil
}

// mostTexts is how many texts the server takes beside the probe, as far as is known.
func (e *Embedder) mostTexts() int {
	if n := int(e.most.Load()); n > 0 {
		return n
	}
	return requestTexts - 1
}

// portion returns how many of the texts, at least one and at most so many, go into a request.
func portion(texts []string, most int) int {
	size := 0
	for i, s := range texts {
		if size += len(s); i > 0 && (i == most || size > requestBytes) {
			return i
		}
	}
	return len(texts)
}

// fit asks for fewer texts at once, and for less of one, until the server does not find them too many or too long; cut tells of the latter.
func (e *Embedder) fit(ctx context.Context, texts []string, o embed.Options) (v Vectors, cut bool, err error) {
	v, err = e.request(ctx, texts, o)
	if tooLarge(err) && len(texts) > 1 {
		return e.halve(ctx, texts, o)
	}
	for tooLarge(err) && len(texts) == 1 && len(texts[0]) > leastText {
		cut, texts = true, []string{shorter(texts[0])}
		v, err = e.request(ctx, texts, o)
	}
	return v, cut, err
}

func (e *Embedder) halve(ctx context.Context, texts []string, o embed.Options) (v Vectors, cut bool, err error) {
	half := (len(texts) + 1) / 2
	for _, some := range [][]string{texts[:half], texts[half:]} {
		part, shortened, err := e.fit(ctx, some, o)
		if err == nil {
			err = v.add(e.provider, part)
		}
		if err != nil {
			return v, cut, err
		}
		cut = cut || shortened
	}
	if !cut { // they were too many
		e.most.Store(int32(half)) // #nosec G115 -- of 31 at most
	}
	return v, cut, nil
}

// request sends texts behind the probe, at the first route that the server has.
func (e *Embedder) request(ctx context.Context, texts []string, o embed.Options) (v Vectors, err error) {
	input := append(make([]string, 0, len(texts)+1), ProbeText)
	for _, t := range texts {
		input = append(input, e.prefix(o.Input)+t)
	}
	var none error // of the first route, which tells most
	for i := int(e.at.Load()); i < len(e.routes); i++ {
		v, err = e.ask(ctx, e.routes[i], input, !o.Bulk)
		if err == nil {
			e.at.Store(int32(i)) // #nosec G115 -- of four routes
			return v, nil
		}
		if none == nil {
			none = err
		}
		if !notThere(err) {
			return v, err
		}
	}
	return v, none
}

func (e *Embedder) prefix(in embed.Input) string {
	switch in {
	case embed.Query:
		return e.spec.QueryPrefix
	case embed.Passage:
		return e.spec.PassagePrefix
	}
	return ""
}

// digestHeader is that of an amalfa's own answers.
const digestHeader = "Amalfa-Model-Digest"

func (e *Embedder) ask(ctx context.Context, r route, input []string, once bool) (Vectors, error) {
	body, err := json.Marshal(e.body(r, input))
	if err != nil {
		return Vectors{}, err
	}
	data, header, err := e.provider.Post(ctx, r.path, body, int64(len(input)*mostNumbers*numberBytes), once)
	if err != nil {
		return Vectors{}, err
	}
	rows, err := read(e.provider, r, data, len(input))
	if err == nil {
		err = check(e.provider, rows, len(input))
	}
	if err != nil {
		return Vectors{}, err
	}
	return Vectors{Values: rows[1:], Probe: rows[0], Digest: digest(header.Get(digestHeader))}, nil
}

// digest takes what looks like one.
func digest(s string) string {
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'a' || r > 'f') {
			return ""
		}
	}
	if len(s) > 128 {
		return ""
	}
	return s
}

func (e *Embedder) body(r route, input []string) map[string]any {
	switch r.dialect {
	case tei:
		return map[string]any{"inputs": input, "truncate": true, "normalize": true}
	case ollama:
		return map[string]any{"model": e.model, "input": input, "truncate": true}
	}
	return map[string]any{"model": e.model, "input": input, "encoding_format": "float"}
}

// read takes the vectors out of an answer.
func read(p *llm.Provider, r route, data []byte, want int) (rows [][]float32, err error) {
	switch r.dialect {
	case tei:
		err = decode(p, data, &rows)
		return rows, err
	case ollama:
		var v struct{ Embeddings [][]float32 }
		err = decode(p, data, &v)
		return v.Embeddings, err
	}
	var v struct {
		Data []struct {
			Index     *int
			Embedding []float32
		}
	}
	if err := decode(p, data, &v); err != nil {
		return nil, err
	}
	if len(v.Data) != want {
		return nil, garbage(p, "has %d vectors for %d texts", len(v.Data), want)
	}
	rows = make([][]float32, want)
	for i, d := range v.Data {
		if d.Index != nil {
			i = *d.Index
		}
		if i < 0 || i >= want || rows[i] != nil {
			return nil, garbage(p, "has a vector for text %d of %d, twice or in vain", i, want)
		}
		rows[i] = d.Embedding
	}
	return rows, nil
}

// unitWithin is how far from one a length may be of a vector that is left as it is: rounding to float32 is below it.
const unitWithin = 1e-5

// check refuses what would poison an index, and brings the rest to unit length.
func check(p *llm.Provider, rows [][]float32, want int) error {
	if len(rows) != want {
		return garbage(p, "has %d vectors for %d texts", len(rows), want)
	}
	for _, row := range rows {
		if len(row) == 0 || len(row) != len(rows[0]) || len(row) > mostNumbers {
			return garbage(p, "has a vector of %d numbers beside one of %d", len(row), len(rows[0]))
		}
		norm := 0.0
		for _, x := range row {
			norm += float64(x) * float64(x)
		}
		if !(norm > 0) || math.IsInf(norm, 0) {
			return garbage(p, "has a vector without a direction")
		}
		if math.Abs(math.Sqrt(norm)-1) > unitWithin {
			embed.Normalize(row)
		}
	}
	return nil
}
