package ingest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"strings"

	"go.uber.org/zap"
)

// An asker tells a text that the model refuses from an embedder that is away. Safe for concurrent use.
type asker struct {
	Embedder
	log *zap.Logger
	dim int
}

// ask returns the vectors of passages, by hash, and those that the model refuses, with the reason. Its error says that the embedder
// can't be asked, or that ctx ended; what was made until then is returned with it.
func (a asker) ask(ctx context.Context, b []item) (made map[string][]float32, refused map[string]error, err error) {
	if made, err = a.embed(ctx, b); err == nil || ctx.Err() != nil {
		return made, nil, ctx.Err()
	}
	made, refused = make(map[string][]float32), make(map[string]error)
	for i := range b {
		one := b[i : i+1]
		v, err := a.embed(ctx, one)
		for err != nil && refused[one[0].hash] == nil {
			if down := a.probe(ctx, one[0]); down != nil {
				return made, refused, &EmbedderError{down}
			}
			if v, err = a.embed(ctx, one); err != nil { // twice, and the embedder is well
				refused[one[0].hash] = err
				a.log.Warn("The model refuses a passage", zap.String("note", one[0].note), zap.Error(err))
			}
		}
		for hash, vec := range v {
			made[hash] = vec
		}
	}
	return made, refused, nil
}

// probe asks for the vector of an ordinary text as long as the passage, that nobody has asked for before.
func (a asker) probe(ctx context.Context, like item) error {
	text := "probe " + rand.Text() + strings.Repeat(" word", max(0, like.tokens-8))
	_, err := a.embed(ctx, []item{{hash: "probe", text: text}})
	return err
}

// embed returns the vectors of all the passages or of none.
func (a asker) embed(ctx context.Context, b []item) (map[string][]float32, error) {
	texts := make([]string, len(b))
	for i, it := range b {
		texts[i] = it.text
	}
	got, err := a.Embed(ctx, texts)
	if err == nil {
		err = a.check(got, len(b))
	}
	if err != nil {
		return nil, err
	}
	made := make(map[string][]float32, len(b))
	for i, it := range b {
		made[it.hash] = got[i]
	}
	return made, nil
}

// check refuses an answer that would poison the index.
func (a asker) check(got [][]float32, want int) error {
	if len(got) != want {
		return fmt.Errorf("embedder gave %d vectors for %d texts", len(got), want)
	}
	for _, vec := range got {
		if len(vec) != a.dim {
			return fmt.Errorf("embedder gave %d dimensions, its model has %d", len(vec), a.dim)
		}
		var norm float64
		for _, x := range vec {
			norm += float64(x) * float64(x)
		}
		if !(norm > 0) || math.IsInf(norm, 0) {
			return errors.New("embedder gave a vector without a direction")
		}
	}
	return nil
}
