package vector

import (
	"context"

	"amalfa/tokenizer"
)

// tokenize shows the tokens of texts, of which nothing is cut.
func (e *Engine) tokenize(ctx context.Context, texts []string, special bool, o EmbedOptions) ([][]teiToken, error) {
	leave, err := e.enter(texts)
	if err != nil {
		return nil, err
	}
	defer leave()
	l, release, err := e.shelf.acquire(ctx, o.Model)
	if err != nil {
		return nil, err
	}
	defer release()
	out := make([][]teiToken, len(texts))
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

func (l *loaded) tokens(s string, special bool) ([]teiToken, error) {
	e, err := l.tokenizer.Encode(s, tokenizer.Options{AddSpecial: special, Detail: true})
	if err != nil {
		return nil, err
	}
	tokens := make([]teiToken, len(e.IDs))
	for i, id := range e.IDs {
		if special && l.frame.holds(i, len(e.IDs)) {
			tokens[i] = teiToken{ID: id, Text: e.Tokens[i], Special: true}
			continue
		}
		from, to := e.Offsets[i][0], e.Offsets[i][1]
		tokens[i] = teiToken{ID: id, Text: s[from:to], Start: &from, Stop: &to}
	}
	return tokens, nil
}

// holds reports whether token i of n stands in the frame around the text.
func (f frame) holds(i, n int) bool { return i < len(f.before) || i >= n-len(f.after) }
