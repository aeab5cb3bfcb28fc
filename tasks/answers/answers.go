// Package answers asks a language model for what is said of texts, each text once: an answer is kept under the hash of what was asked,
// so that work which was interrupted goes on where it was. Who fails again and again is asked no more, and what was done without the
// model is told.
package answers

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"amalfa/llm"
	"amalfa/store/cache"
	"amalfa/tasks/prompts"
)

const (
	// maxFailures is how many answers in a row may fail, or be unusable, until no more are asked for.
	maxFailures = 3
	// maxTime bounds one answer, its retry included. A model on a small machine takes some seconds for a note.
	maxTime = 2 * time.Minute
	// maxAnswer bounds one answer, in tokens.
	maxAnswer = 1024
)

// A Book asks one model and keeps what it answers. It is for one goroutine. The zero Book asks nobody.
type Book struct {
	Asker llm.Asker // nil: nobody is asked, for the reason Why
	Model string
	Why   string
	Kept  *cache.Cache
	Key   []byte           // of the user: what a stranger put into the cache has no address
	Count func(string) int // tokens of a text
	Until time.Time        // no more is asked after this; the zero Time for no end
	Now   func() time.Time

	Asked, Known int       // answers that were asked for, and that were known
	Usage        llm.Usage // of those that were asked for
	unusable     int
	failures     int // in a row
}

// A Question is asked once for all that About holds.
type Question struct {
	Prompt  string // of package prompts
	Version int    // of the prompt and of what is made of its answers
	Schema  string // JSON Schema of the answer
	Form    prompts.Form
	About   string // all that the answer depends on
}

func (b *Book) key(q Question) cache.Key {
	return sha256.Sum256(fmt.Appendf(nil, "answer\x00%x\x00%s\x00%d\x00%s\x00%s", b.Key, q.Prompt, q.Version, b.Model, q.About))
}

// Ask returns what the model says, and holds it to check. ok is false without an answer, for which Degraded has the reason; the error is
// ctx's, or the cache's.
func Ask[T any](ctx context.Context, b *Book, q Question, check func(T) error) (v T, ok bool, err error) {
	if b.Asker == nil {
		return v, false, nil
	}
	key := b.key(q)
	kept, err := b.Kept.Get(ctx, []cache.Key{key})
	if err != nil {
		return v, false, err
	}
	if value, there := kept[key]; there && json.Unmarshal(value, &v) == nil && check(v) == nil {
		b.Known++
		return v, true, nil
	}
	if b.Until != (time.Time{}) && b.Now().After(b.Until) {
		b.stop("the time that it may take is over")
		return v, false, nil
	}
	v, err = ask(ctx, b, q, check)
	if err != nil {
		var none T
		return none, false, b.failed(ctx, err)
	}
	b.failures = 0
	value, err := json.Marshal(v)
	if err != nil {
		return v, false, err
	}
	return v, true, b.Kept.Put(ctx, map[cache.Key][]byte{key: value})
}

func ask[T any](ctx context.Context, b *Book, q Question, check func(T) error) (T, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime, errSlow)
	defer cancel()
	b.Asked++
	cold := 0.0
	ms := prompts.Messages(q.Prompt, q.Form)
	v, reply, err := llm.JSON(ctx, b.Asker, llm.Request{
		Model: b.Model, Messages: ms, Context: prompts.Window(ms, b.Count), MaxTokens: maxAnswer, Temperature: &cold,
		Schema: &llm.Schema{Name: q.Prompt, JSON: json.RawMessage(q.Schema)},
	}, check)
	b.Usage = b.Usage.Add(reply.Usage)
	if err != nil && context.Cause(ctx) == errSlow {
		err = errSlow
	}
	return v, err
}

var errSlow = fmt.Errorf("no answer within %v", maxTime)

// failed decides whether to go on asking. The error is ctx's.
func (b *Book) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	b.failures++
	unusable := errors.Is(err, llm.ErrUnusable)
	if unusable {
		b.unusable++
	}
	if b.failures >= maxFailures || !unusable && !again(err) {
		b.stop(err.Error())
	}
	return nil
}

// again tells whether a failure may be one answer's own.
func again(err error) bool {
	fault, ok := errors.AsType[*llm.Fault](err)
	return ok && (fault.Kind == llm.KindGarbage || fault.Kind == llm.KindRefused)
}

func (b *Book) stop(why string) { b.Asker, b.Why = nil, why }

// NoModel begins what Degraded says where nobody could be asked at all.
const NoModel = "no language model: "

// Degraded says what was done without the model, and why.
func (b *Book) Degraded() (out []string) {
	if b.unusable > 0 {
		out = append(out, fmt.Sprintf("%d answers of the language model could not be used, and what they were about was done without it", b.unusable))
	}
	if b.Why != "" && b.Asked > 0 {
		out = append(out, "the language model was asked no more: "+b.Why)
	} else if b.Why != "" {
		out = append(out, NoModel+b.Why)
	}
	return out
}
