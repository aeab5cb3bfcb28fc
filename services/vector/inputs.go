package vector

import (
	"bytes"
	"context"
	"encoding/json"

	"amalfa/inference/embed"
)

// inputs is what several dialects call their texts: a string, a list of them, token ids, or a list of lists of token ids.
type inputs struct {
	texts []string
	ids   [][]int64
}

// UnmarshalJSON tells the four forms apart by trying them.
func (in *inputs) UnmarshalJSON(data []byte) error {
	*in = inputs{}
	var one string
	var ids []int64
	switch {
	case string(data) == "null":
		return bad("the input is null", "")
	case json.Unmarshal(data, &one) == nil:
		in.texts = []string{one}
	case json.Unmarshal(data, &in.texts) == nil:
	case bytes.Contains(data, []byte("null")): // which would be the token 0
		return bad("the input holds null", "")
	case json.Unmarshal(data, &ids) == nil:
		*in = inputs{ids: [][]int64{ids}}
	case json.Unmarshal(data, &in.ids) == nil:
		in.texts = nil
	default:
		return bad("the input must be a string, token ids, or a list of either", "")
	}
	return nil
}

func (in inputs) size() int { return len(in.texts) + len(in.ids) }

func (in inputs) embed(ctx context.Context, e *embed.Engine, o embed.Options) ([]embed.Vector, error) {
	if in.ids != nil {
		return e.EmbedTokens(ctx, in.ids, o)
	}
	return e.Embed(ctx, in.texts, o)
}

// shorten keeps the first numbers of a vector, which Matryoshka models allow.
func shorten(v []float32, dimensions *int) ([]float32, error) {
	if dimensions == nil {
		return v, nil
	}
	if *dimensions <= 0 || *dimensions > len(v) {
		return nil, bad("`dimensions` should be smaller than the maximum embedding dimension.", "")
	}
	return v[:*dimensions], nil
}
