package embed

import (
	"context"

	"amalfa/tokenizer"
)

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
