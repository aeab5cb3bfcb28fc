package app

import (
	"errors"
	"sync"
	"sync/atomic"

	"amalfa/models"
	"amalfa/tokenizer"
)

// Tokens are the tokens of one text or pair, special ones included: their numbers, which text each is of, and their names.
type Tokens struct {
	IDs     []int64  `json:"ids"`
	TypeIDs []int64  `json:"typeIds"`
	Tokens  []string `json:"tokens"`
}

// A Tokenizer turns texts into the tokens of one model.
type Tokenizer struct {
	tok *tokenizer.Tokenizer
	o   tokenizer.Options
}

// OpenTokenizer reads a tokenizer.json. At most limit tokens are given for a text, 0 for all; a pair's longer text is cut first. names asks for more than their numbers.
func OpenTokenizer(path string, limit int, names bool) (*Tokenizer, error) {
	tok, err := tokenizer.Load(path)
	if errors.Is(err, tokenizer.ErrUnsupported) {
		return nil, WithHint(err, "this command reads WordPiece, Unigram and byte-pair encoding")
	}
	return &Tokenizer{tok, tokenizer.Options{AddSpecial: true, Max: limit, Detail: names}}, err
}

// Encode returns the tokens of a text, or of a pair of texts.
func (t *Tokenizer) Encode(texts ...string) (Tokens, error) {
	var e tokenizer.Encoding
	var err error
	if len(texts) == 2 {
		e, err = t.tok.EncodePair(texts[0], texts[1], t.o)
	} else {
		e, err = t.tok.Encode(texts[0], t.o)
	}
	return Tokens{append([]int64{}, e.IDs...), append([]int64{}, e.TypeIDs...), append([]string{}, e.Tokens...)}, err
}

// TokenizerPath is the file of a model that is on this machine, in whichever precision it is here.
func (w *Workspace) TokenizerPath(model string) (string, error) {
	loc := w.Locator(nil)
	files, err := loc.Find(model, w.Settings.Embeddings.Precision)
	for _, precision := range []string{models.Full, models.Int8} {
		if err == nil || !errors.Is(err, models.ErrMissing) {
			break
		}
		if other, otherErr := loc.Find(model, precision); otherErr == nil {
			files, err = other, nil
		}
	}
	return files.TokenizerPath, err
}

// countTokens returns what counts a text's tokens as the embedding model does, and the model's name; without its tokenizer
// here, an estimate and its name. The function is safe for concurrent use.
func (w *Workspace) countTokens() (count func(string) int, by string) {
	tok, _, err := w.tokenizer()
	if err != nil {
		return tokenizer.Estimate, tokenizer.EstimateName
	}
	return tok.Count, w.Settings.Embeddings.Model
}

// A lazyCounter counts tokens by the model's tokenizer, which it loads in the background at the first question. Until then
// it estimates. Safe for concurrent use.
type lazyCounter struct {
	load func() (count func(string) int, by string)

	once    sync.Once
	loading sync.WaitGroup
	exact   atomic.Pointer[func(string) int]
}

func (l *lazyCounter) count(text string) int {
	l.once.Do(func() {
		l.loading.Go(func() {
			count, _ := l.load()
			l.exact.Store(&count)
		})
	})
	if count := l.exact.Load(); count != nil {
		return (*count)(text)
	}
	return tokenizer.Estimate(text)
}

// Close waits for a load that is under way.
func (l *lazyCounter) Close() { l.loading.Wait() }
