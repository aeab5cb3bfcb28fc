package rerank

import (
	"errors"
	"fmt"
	"slices"

	"amalfa/onnx"
	"amalfa/tokenizer"
)

// frame is the special tokens that stand around and between the texts of a
// pair, each with its type, and the types of the texts.
type frame struct {
	before, between, after tokens
	queryType, textType    int64
}

// tokens are ids and their types.
type tokens struct{ ids, types []int64 }

func (t tokens) from(lo, hi int) tokens { return tokens{t.ids[lo:hi], t.types[lo:hi]} }

// readFrame finds the frame by tokenizing a pair of words with and without it.
func readFrame(tok *tokenizer.Tokenizer) (frame, error) {
	const word = "a"
	framed, err := tok.EncodePair(word, word, tokenizer.Options{AddSpecial: true})
	if err != nil {
		return frame{}, err
	}
	bare, err := tok.Encode(word, tokenizer.Options{})
	if err != nil {
		return frame{}, err
	}
	all, n := tokens{framed.IDs, framed.TypeIDs}, len(bare.IDs)
	first := find(all.ids, bare.IDs, 0)
	second := -1
	if first >= 0 {
		second = find(all.ids, bare.IDs, first+n)
	}
	if second < 0 {
		return frame{}, errors.New("its special tokens do not stand around a pair of texts")
	}
	return frame{
		before: all.from(0, first), between: all.from(first+n, second), after: all.from(second+n, len(all.ids)),
		queryType: all.types[first], textType: all.types[second],
	}, nil
}

// find returns where part, which is not empty, begins in ids from a place on; -1 for nowhere.
func find(ids, part []int64, from int) int {
	for i := from; len(part) > 0 && i+len(part) <= len(ids); i++ {
		if slices.Equal(ids[i:i+len(part)], part) {
			return i
		}
	}
	return -1
}

func (f frame) size() int { return len(f.before.ids) + len(f.between.ids) + len(f.after.ids) }

func (f frame) around(query, text []int64) onnx.Tokens {
	return onnx.Tokens{
		IDs: slices.Concat(f.before.ids, query, f.between.ids, text, f.after.ids),
		TypeIDs: slices.Concat(f.before.types, slices.Repeat([]int64{f.queryType}, len(query)),
			f.between.types, slices.Repeat([]int64{f.textType}, len(text)), f.after.types),
	}
}

// A document is one text on its way through the model.
type document struct {
	pairs     []onnx.Tokens
	ids       []int64 // of the text alone, all of it
	parts     []Part  // as pairs; nil for a single one
	truncated bool
}

// A pairBuilder makes the pairs of one query.
type pairBuilder struct {
	*loaded
	query []int64
	r     Request
}

func (l *loaded) pairBuilder(r Request) (*pairBuilder, error) {
	e, err := l.Tokenizer.Encode(r.Query, tokenizer.Options{})
	return &pairBuilder{loaded: l, query: e.IDs, r: r}, err
}

// build tokenizes a document and makes its pairs.
func (p *pairBuilder) build(text string) (document, error) {
	e, err := p.Tokenizer.Encode(text, tokenizer.Options{})
	if err != nil {
		return document{}, err
	}
	d, err := p.pairs(text, e)
	d.ids = e.IDs
	return d, err
}

// pairs keeps the query whole and gives the document what room is left; only a query that leaves none is cut itself.
func (p *pairBuilder) pairs(text string, e tokenizer.Encoding) (document, error) {
	limit := p.model.MaxTokens
	if p.r.Long == Windows {
		limit = min(limit, window)
	}
	room := limit - p.frame.size()
	left := room - len(p.query)
	switch {
	case len(e.IDs) <= left:
		return document{pairs: []onnx.Tokens{p.frame.around(p.query, e.IDs)}}, nil
	case p.r.Long == Refuse:
		return document{}, fmt.Errorf("%w: %d, at most %d", ErrTooLong, len(p.query)+len(e.IDs)+p.frame.size(), limit)
	case p.r.Long == Windows && left >= room/4:
		return p.windows(text, left)
	}
	return p.cut(e.IDs, room), nil
}

// cut reads a document once, shortened. A query that fills the room leaves a quarter of it to the document.
func (p *pairBuilder) cut(ids []int64, room int) document {
	query := p.query
	if len(query) >= room && len(ids) > 0 {
		query = query[:room-min(len(ids), max(1, room/4))]
	}
	query = query[:min(len(query), room)]
	n := min(len(ids), room-len(query))
	kept := ids[:n]
	if p.r.Left {
		kept = ids[len(ids)-n:]
	}
	return document{pairs: []onnx.Tokens{p.frame.around(query, kept)}, truncated: n < len(ids) || len(query) < len(p.query)}
}

// windows reads a document in as few windows of size tokens as overlap by an
// eighth at least, so that no sentence is seen in halves only.
func (p *pairBuilder) windows(text string, size int) (document, error) {
	e, err := p.Tokenizer.Encode(text, tokenizer.Options{Detail: true})
	if err != nil {
		return document{}, err
	}
	var d document
	starts := windowStarts(len(e.IDs), size)
	if most := p.r.MaxWindows; most > 0 && len(starts) > most {
		starts, d.truncated = starts[:most], true
	}
	for _, from := range starts {
		to := from + size
		d.pairs = append(d.pairs, p.frame.around(p.query, e.IDs[from:to]))
		d.parts = append(d.parts, Part{e.Offsets[from][0], e.Offsets[to-1][1]})
	}
	return d, nil
}

// windowStarts spreads windows of size tokens evenly over n > size tokens.
func windowStarts(n, size int) []int {
	step := max(1, size-size/8)
	count := 1 + (n-size+step-1)/step
	starts := make([]int, count)
	for i := range starts {
		starts[i] = i * (n - size) / (count - 1)
	}
	return starts
}
