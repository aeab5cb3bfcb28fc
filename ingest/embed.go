package ingest

import (
	"context"
	"errors"
	"fmt"
	"math"

	"go.uber.org/zap"
)

// maxStrikes failures in a row, each of a different note, mean that not a note but the embedder is at fault.
const maxStrikes = 3

// embed makes the vectors a batch has claimed. If that fails, each note is tried alone, so that one bad text costs one note.
// It returns an error only when ctx ended.
func (v *vectors) embed(ctx context.Context, b *batch) error {
	var all []string
	texts := make(map[string]string)
	for _, n := range b.notes {
		all = append(all, n.missing...)
		for _, h := range n.missing {
			texts[h] = n.embed[h]
		}
	}
	if v.try(ctx, b, all, texts) == nil {
		return ctx.Err()
	}
	for _, n := range b.notes {
		err := v.try(ctx, b, n.missing, texts)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		v.judge(err, n)
	}
	return nil
}

// embedAtOnce is how many texts one call of the embedder gets: enough to keep every core busy, few enough to stop soon.
const embedAtOnce = 64

// try embeds all of the hashes or none of them.
func (v *vectors) try(ctx context.Context, b *batch, hashes []string, texts map[string]string) error {
	made := make(map[string][]float32, len(hashes))
	for from := 0; from < len(hashes); from += embedAtOnce {
		part := hashes[from:min(from+embedAtOnce, len(hashes))]
		list := make([]string, len(part))
		for i, h := range part {
			list[i] = texts[h]
		}
		got, err := v.embedder.Embed(ctx, list)
		if err != nil {
			return err
		}
		if err := v.check(got, len(list)); err != nil {
			return err
		}
		for i, h := range part {
			made[h] = got[i]
		}
	}
	for h, vec := range made {
		b.vectors[h] = vec
	}
	return nil
}

// check refuses an answer that would poison the index.
func (v *vectors) check(got [][]float32, want int) error {
	if len(got) != want {
		return fmt.Errorf("embedder gave %d vectors for %d texts", len(got), want)
	}
	for _, vec := range got {
		if len(vec) != v.model.Dim {
			return fmt.Errorf("embedder gave %d dimensions, its model has %d", len(vec), v.model.Dim)
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

// judge draws the conclusion of one note tried alone.
func (v *vectors) judge(err error, n *prepared) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err == nil {
		if len(n.missing) > 0 {
			v.strikes = 0
		}
		return
	}
	for _, h := range n.missing {
		delete(v.claimed, h)
	}
	v.refused[n.put.Note.ID] = true
	v.log.Warn("Note cannot be embedded", zap.String("note", n.put.Note.ID), zap.Error(err))
	if v.strikes++; v.strikes >= maxStrikes && v.down == nil {
		v.fail(err)
	}
}
