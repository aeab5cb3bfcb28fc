package vector

import (
	"context"
	"net/http"
	"strconv"

	"amalfa/inference/embed"
)

// These headers tell of texts that were cut to the model's length, which most dialects have no word for.
const (
	truncatedHeader = "Amalfa-Truncated"        // how many texts; absent = none
	cutHeader       = "Amalfa-Truncated-Tokens" // how many tokens of all of them were left out
)

// A shortened is a text that was cut.
type shortened struct {
	Index  int `json:"index"`
	Tokens int `json:"tokens"` // of the whole text, special ones included
	Used   int `json:"used"`   // that the model read
}

// shortenedOf lists the texts of a request that were cut. Only these are tokenized once more.
func shortenedOf(ctx context.Context, e *embed.Engine, in inputs, vectors []embed.Vector, o embed.Options) (list []shortened, err error) {
	for i, v := range vectors {
		if !v.Truncated {
			continue
		}
		s := shortened{Index: i, Used: v.Tokens}
		if in.ids != nil {
			s.Tokens = len(in.ids[i])
		} else {
			tokens, err := e.Tokenize(ctx, in.texts[i:i+1], true, o)
			if err != nil {
				return nil, err
			}
			s.Tokens = len(tokens[0])
		}
		list = append(list, s)
	}
	return list, nil
}

func setShortened(h http.Header, list []shortened) {
	if len(list) == 0 {
		return
	}
	cut := 0
	for _, s := range list {
		cut += s.Tokens - s.Used
	}
	h.Set(truncatedHeader, strconv.Itoa(len(list)))
	h.Set(cutHeader, strconv.Itoa(cut))
}

func (r openAIReply) shortened() []shortened    { return r.Truncated }
func (r ollamaReply) shortened() []shortened    { return r.Truncated }
func (r ollamaOldReply) shortened() []shortened { return r.Truncated }
