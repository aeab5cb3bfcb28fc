package embed

import (
	"context"
	"errors"
	"fmt"

	"amalfa/inference"
	"amalfa/models"
	"amalfa/onnx"
)

// MaxNumbers bounds the vectors of tokens in one answer: one text of 8,192 tokens with 1,024 numbers each, or 42 of 512 with 384. They
// take 32 MiB here and three times that as JSON.
const MaxNumbers = 8 << 20

// ErrNoRows reports a model that gives one vector for a text and none for its tokens.
var ErrNoRows = inference.NewSentinel("no_rows", "the model gives one vector for a text and none for its tokens", "ask for the text's vector")

// Rows are the vectors of a text's tokens, special ones included, as the model's last layer has them.
type Rows struct {
	Values        [][]float32
	Truncated     bool // tokens were cut off
	Model, Digest string
}

// openRows loads a model with its last layer whole.
func openRows(files models.Files, lib string) (*loaded, error) { return open(files, lib, true) }

// EmbedRows returns the vectors of each text's tokens, of the default model; sequences that the caller tokenized stand for texts where
// there are none. Windows and scales have no meaning here. The errors are those of Embed and EmbedTokens, [ErrNoRows], and
// [inference.ErrTooLarge] for more than MaxNumbers.
//
// The model that makes vectors of texts may have no other row than the first in its last layer. Then a second one is loaded beside it,
// and leaves the memory as any other does.
func (e *Engine) EmbedRows(ctx context.Context, texts []string, sequences [][]int64, o Options) ([]Rows, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	leave, err := e.admission.Enter(inference.Bytes(texts...))
	if err != nil {
		return nil, err
	}
	defer leave()
	l, release, err := e.withRows(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	prepared, err := l.prepareAll(texts, sequences, o)
	if err != nil {
		return nil, err
	}
	return e.runRows(ctx, l, prepared, o)
}

// withRows returns the default model in a form that gives every row.
func (e *Engine) withRows(ctx context.Context) (*loaded, func(), error) {
	l, release, err := e.pool.Acquire(ctx, "")
	if err != nil {
		return nil, nil, err
	}
	perToken, all := l.Session.Rows()
	if all {
		return l, release, nil
	}
	release()
	if !perToken {
		return nil, nil, ErrNoRows
	}
	return e.rows.Acquire(ctx, "")
}

func (l *loaded) prepareAll(texts []string, sequences [][]int64, o Options) ([]text, error) {
	prepared := make([]text, 0, len(texts)+len(sequences))
	tokens := 0
	add := func(i int, t text, err error) error {
		if err != nil {
			return fmt.Errorf("text %d: %w", i, err)
		}
		prepared, tokens = append(prepared, t), tokens+t.tokens
		if numbers := tokens * l.model.Dim; numbers > MaxNumbers {
			return fmt.Errorf("%w: the tokens of the first %d texts have %d numbers, at most %d", inference.ErrTooLarge, i+1, numbers, MaxNumbers)
		}
		return nil
	}
	for i, s := range texts {
		t, err := l.prepare(s, o)
		if s == "" {
			err = ErrEmpty
		}
		if err := add(i, t, err); err != nil {
			return nil, err
		}
	}
	for i, ids := range sequences {
		t, err := l.given(ids, o)
		if err := add(i, t, err); err != nil {
			return nil, err
		}
	}
	return prepared, nil
}

func (e *Engine) runRows(ctx context.Context, l *loaded, texts []text, o Options) ([]Rows, error) {
	out := make([]Rows, len(texts))
	err := e.queue.Do(ctx, &inference.Batch{
		Order: inference.LongestFirst(len(texts), func(i int) int { return texts[i].tokens }), Bulk: o.Bulk,
		Run: func(i int) error {
			var rows [][]float32
			err := e.o.Quarantine.Do(inference.NewRunKey(l.model.Digest, texts[i].runs[0].IDs), func() (err error) {
				rows, err = onnx.Encoder{Session: l.Session}.EncodeRows(texts[i].runs[0])
				return err
			})
			if errors.Is(err, inference.ErrQuarantined) {
				return err
			}
			if err != nil {
				return inference.RunError(task, err)
			}
			out[i] = Rows{Values: rows, Truncated: texts[i].truncated, Model: l.model.Name, Digest: l.model.Digest}
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
