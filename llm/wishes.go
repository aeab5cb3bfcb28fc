package llm

import (
	"errors"
	"net/http"
	"strings"
	"sync"
)

// wishes are parts of a request that a provider may refuse.
type wishes uint8

const (
	wishUsage wishes = 1 << iota
	wishTemperature
	wishMaxTokens
	wishSchema // JSON of a schema; without it any JSON is asked for
	wishJSON

	every = wishUsage | wishTemperature | wishMaxTokens | wishSchema | wishJSON
)

func (w wishes) has(one wishes) bool { return w&one != 0 }

// refusals remembers what a provider refuses of each model. Safe for concurrent use.
type refusals struct{ known sync.Map }

// of is what to leave out of a request to the model.
func (r *refusals) of(model string) wishes {
	w, _ := r.known.Load(model)
	out, _ := w.(wishes)
	return out
}

// keep remembers what a request to the model went through without.
func (r *refusals) keep(model string, without wishes) {
	if without != 0 {
		r.known.Store(model, without)
	}
}

// fewer returns what to leave out of the next try after a refusal: the wish that it names, or all if it names none. It returns
// false where the request is refused for what it is.
func fewer(asked Request, without wishes, err error) (wishes, bool) {
	f, ok := errors.AsType[*Fault](err)
	if !ok || f.Kind != KindRefused || f.Status != http.StatusBadRequest && f.Status != http.StatusUnprocessableEntity {
		return without, false
	}
	all := refusable(asked, without)
	for _, w := range all {
		if w.named(f.Message) {
			return without | w.wish, true
		}
	}
	return every, len(all) > 0 && without != every
}

// A refusable wish is known in a refusal by one of its words.
type refusableWish struct {
	wish  wishes
	words []string
}

func (r refusableWish) named(message string) bool {
	message = strings.ToLower(message)
	for _, w := range r.words {
		if strings.Contains(message, w) {
			return true
		}
	}
	return false
}

// refusable are the wishes that a request holds.
func refusable(r Request, without wishes) (all []refusableWish) {
	add := func(held bool, wish wishes, words ...string) {
		if held && !without.has(wish) {
			all = append(all, refusableWish{wish, words})
		}
	}
	add(r.streams, wishUsage, "stream_options", "include_usage")
	add(r.Temperature != nil, wishTemperature, "temperature")
	add(r.MaxTokens > 0, wishMaxTokens, "max_tokens", "max_completion_tokens", "num_predict")
	form := []string{"response_format", "json_schema", "json_object", "json mode", "structured output", "schema", "grammar", "format"}
	if without.has(wishSchema) {
		add(r.Schema != nil, wishJSON, form...)
	} else {
		add(r.Schema != nil, wishSchema, form...)
	}
	return all
}
