package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"amalfa/notes"

	"github.com/tailscale/hujson"
)

// ErrUnusable says that a model answered, also when asked again, what is not of the form that it was asked for.
var ErrUnusable = errors.New("the model's answer cannot be used")

// maxRepeated bounds, in bytes, what a model is shown of its own unusable answer.
const maxRepeated = 2 << 10

// JSON asks for an answer of r.Schema's form, reads it, and holds it to check, which may be nil. Around the JSON there may be
// words, fences and thoughts, and in it comments and trailing commas. An answer that cannot be used is asked for once more with what
// is wrong; then the error wraps ErrUnusable. The Reply is the last one, with the usage of both.
func JSON[T any](ctx context.Context, a Asker, r Request, check func(T) error) (T, Reply, error) {
	var used Usage
	var problem error
	for range 2 {
		var v T
		reply, err := a.Chat(ctx, r, nil)
		used = used.Add(reply.Usage)
		reply.Usage = used
		if err != nil {
			return v, reply, err
		}
		if problem = read(reply, &v); problem == nil && check != nil {
			problem = check(v)
		}
		if problem == nil {
			return v, reply, nil
		}
		r.Messages = append(r.Messages[:len(r.Messages):len(r.Messages)], Message{"assistant", notes.Clip(reply.Content, maxRepeated)},
			Message{"user", "That cannot be used: " + problem.Error() + ". Answer again, with the JSON alone."})
	}
	var none T
	return none, Reply{Usage: used}, fmt.Errorf("%w: %w", ErrUnusable, problem)
}

// read finds the JSON in a reply.
func read(reply Reply, v any) error {
	found := false
	var problem error
	for _, text := range candidates(reply.Content) {
		plain, err := hujson.Standardize([]byte(text))
		if err != nil {
			continue
		}
		found = true
		if problem = json.Unmarshal(plain, v); problem == nil {
			return nil
		}
	}
	switch {
	case found:
		return fmt.Errorf("it is JSON of another form: %w", problem)
	case reply.Finish == "length":
		return errors.New("it is longer than the model may answer")
	case strings.TrimSpace(reply.Content) == "":
		return errors.New("it is empty")
	}
	return errors.New("it holds no JSON")
}

const (
	maxCandidates = 8  // places of an answer where its JSON may begin
	maxDepth      = 64 // of objects and arrays in each other; readers of JSON spend stack on each
)

// candidates are the objects and arrays of a text that stand in nothing else, behind a model's thoughts.
func candidates(text string) (all []string) {
	if _, answer, ok := strings.Cut(text, "</think>"); ok {
		text = answer
	}
	for range maxCandidates {
		from := strings.IndexAny(text, "{[")
		if from < 0 {
			break
		}
		text = text[from:]
		n := max(1, balanced(text))
		if n > 1 {
			all = append(all, text[:n])
		}
		text = text[n:]
	}
	return all
}

// balanced returns the length of the object or array that s begins with, 0 if it does not end or is nested too deep.
func balanced(s string) int {
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return 0
			}
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}
