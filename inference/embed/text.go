package embed

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"amalfa/onnx"
	"amalfa/tokenizer"
)

// A text is one input on its way through the model.
type text struct {
	runs      []onnx.Tokens
	tokens    int
	truncated bool
}

// prepare tokenizes one text.
func (l *loaded) prepare(s string, o Options) (text, error) {
	s = l.prefix(o.Input) + s
	if o.Long == Chunk {
		return l.windows(s, o)
	}
	limit := l.model.MaxTokens
	if o.Long == Refuse {
		limit = 0
	}
	e, err := l.Tokenizer.Encode(s, tokenizer.Options{AddSpecial: true, Max: limit, Left: o.Left})
	if err != nil {
		return text{}, err
	}
	if len(e.IDs) > l.model.MaxTokens {
		return text{}, l.tooLong(len(e.IDs))
	}
	run := onnx.Tokens{IDs: e.IDs, TypeIDs: e.TypeIDs, Task: l.task(o.Input)}
	return text{runs: []onnx.Tokens{run}, tokens: len(e.IDs), truncated: e.Truncated}, nil
}

func (l *loaded) prefix(in Input) string {
	switch in {
	case Query:
		return l.spec.QueryPrefix
	case Passage:
		return l.spec.PassagePrefix
	}
	return ""
}

func (l *loaded) task(in Input) int64 {
	if in == Query {
		return l.spec.QueryTask
	}
	return l.spec.PassageTask
}

// windows cuts a long text into as few windows as fit, all of the same length
// but for one token, so that each has the same weight in the mean.
func (l *loaded) windows(s string, o Options) (text, error) {
	e, err := l.Tokenizer.Encode(s, tokenizer.Options{})
	if err != nil {
		return text{}, err
	}
	room := l.model.MaxTokens - l.frame.size()
	if room <= 0 {
		return text{}, fmt.Errorf("%d tokens leave no room for a text", l.model.MaxTokens)
	}
	n := max(1, (len(e.IDs)+room-1)/room)
	var t text
	for i := range n {
		ids := l.frame.around(e.IDs[i*len(e.IDs)/n : (i+1)*len(e.IDs)/n])
		t.tokens += len(ids)
		t.runs = append(t.runs, onnx.Tokens{IDs: ids, TypeIDs: slices.Repeat([]int64{l.frame.typeID}, len(ids)), Task: l.task(o.Input)})
	}
	return t, nil
}

func (l *loaded) tooLong(tokens int) error {
	return fmt.Errorf("%w: %d, at most %d", ErrTooLong, tokens, l.model.MaxTokens)
}

// given takes a sequence that the caller tokenized.
func (l *loaded) given(ids []int64, o Options) (text, error) {
	if len(ids) == 0 {
		return text{}, ErrEmpty
	}
	for _, id := range ids {
		if vocabulary := l.Session.Header().Vocabulary; id < 0 || vocabulary > 0 && id >= int64(vocabulary) {
			return text{}, fmt.Errorf("%w: %d of %d", ErrTokens, id, vocabulary)
		}
	}
	if o.Long == Refuse && len(ids) > l.model.MaxTokens {
		return text{}, l.tooLong(len(ids))
	}
	cut := ids[:min(len(ids), l.model.MaxTokens)]
	if o.Left {
		cut = ids[len(ids)-len(cut):]
	}
	run := onnx.Tokens{IDs: cut, TypeIDs: slices.Repeat([]int64{l.frame.typeID}, len(cut)), Task: l.task(o.Input)}
	return text{runs: []onnx.Tokens{run}, tokens: len(cut), truncated: len(cut) < len(ids)}, nil
}

// frame is the special tokens that stand around every text.
type frame struct {
	before, after []int64
	typeID        int64
}

// readFrame finds the frame by tokenizing a word with and without it.
func readFrame(tok *tokenizer.Tokenizer) (frame, error) {
	const word = "a"
	framed, err := tok.Encode(word, tokenizer.Options{AddSpecial: true})
	if err != nil {
		return frame{}, err
	}
	bare, err := tok.Encode(word, tokenizer.Options{})
	if err != nil {
		return frame{}, err
	}
	for i := 0; i+len(bare.IDs) <= len(framed.IDs); i++ {
		if slices.Equal(framed.IDs[i:i+len(bare.IDs)], bare.IDs) && len(bare.IDs) > 0 {
			return frame{before: framed.IDs[:i], after: framed.IDs[i+len(bare.IDs):], typeID: framed.TypeIDs[i]}, nil
		}
	}
	return frame{}, errors.New("its special tokens do not stand around a text")
}

func (f frame) size() int { return len(f.before) + len(f.after) }

func (f frame) around(ids []int64) []int64 { return slices.Concat(f.before, ids, f.after) }

// A Token is one token of a text.
type Token struct {
	ID      int64
	Text    string
	Special bool   // it stands around the text and not in it
	Bytes   [2]int // of the text with its prefix, half-open; of no meaning when Special
}

// Tokenize returns the tokens of texts, of which nothing is cut, with the
// special ones around them where special says so. Its errors are those of Embed.
func (e *Engine) Tokenize(ctx context.Context, texts []string, special bool, o Options) ([][]Token, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	l, done, err := e.use(ctx, o.Model, texts)
	if err != nil {
		return nil, err
	}
	defer done()
	out := make([][]Token, len(texts))
	for i, s := range texts {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if out[i], err = l.tokens(l.prefix(o.Input)+s, special); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (l *loaded) tokens(s string, special bool) ([]Token, error) {
	e, err := l.Tokenizer.Encode(s, tokenizer.Options{AddSpecial: special, Detail: true})
	if err != nil {
		return nil, err
	}
	tokens := make([]Token, len(e.IDs))
	for i, id := range e.IDs {
		if special && l.frame.holds(i, len(e.IDs)) {
			tokens[i] = Token{ID: id, Text: e.Tokens[i], Special: true}
			continue
		}
		at := e.Offsets[i]
		tokens[i] = Token{ID: id, Text: s[at[0]:at[1]], Bytes: at}
	}
	return tokens, nil
}

// holds reports whether token i of n stands in the frame around the text.
func (f frame) holds(i, n int) bool { return i < len(f.before) || i >= n-len(f.after) }
