package sonar

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"amalfa/llm"
	"amalfa/notes"
	"amalfa/search"
	"amalfa/services"
	"amalfa/store"
	"amalfa/tasks/ask"
	"amalfa/tasks/consent"
	"amalfa/tasks/prompts"

	"go.uber.org/zap"
)

// maxQuestion bounds a message of /chat, in bytes.
const maxQuestion = 32 << 10

// A Question is the body of POST /chat. Without SessionID a new session begins; Model overrides the usual one.
type Question struct {
	SessionID string `json:"sessionId,omitempty"`
	Message   string `json:"message"`
	Model     string `json:"model,omitempty"`
	Stream    bool   `json:"stream,omitempty"`
}

// An Answer is the reply of POST /chat. Degraded says in words what the answer had to do without.
type Answer struct {
	Message   llm.Message `json:"message"`
	SessionID string      `json:"sessionId"`
	Model     string      `json:"model"`
	Sources   []Source    `json:"sources"`
	Degraded  []string    `json:"degraded"`
}

// chat answers questions over the notes.
type chat struct {
	monitor  *monitor
	search   Searcher
	notes    func(context.Context) (int, error) // counts them
	rerank   search.Rerank
	consent  *consent.Policy
	score    ask.Scorer
	index    func(context.Context) (store.Store, error)
	trace    func(question, report string) (path string, err error)
	ask      llm.Asker
	count    func(string) int
	sessions *sessions
	log      *zap.Logger
}

func (c *chat) serve(w http.ResponseWriter, r *http.Request) {
	var q Question
	if err := services.ReadJSON(r, &q); err != nil {
		services.WriteError(w, err)
		return
	}
	out := &eventWriter{w: w}
	var onDelta func(string) error
	if q.Stream {
		onDelta = func(s string) error { return out.send(deltaEvent{s}) }
	}
	answer, err := c.answerQuestion(r.Context(), q, onDelta)
	switch {
	case err != nil && out.started:
		_ = out.send(errorBody(err)) // as below
	case err != nil:
		services.WriteError(w, err)
	case q.Stream:
		_ = out.send(answer) // the client has gone: nobody is left to tell
	default:
		services.WriteJSON(w, http.StatusOK, answer)
	}
}

type deltaEvent struct {
	Delta string `json:"delta"`
}

// check refuses what cannot be a question. Its errors are *services.Error.
func (q Question) check() error {
	bad := func(status int, message string) error {
		return &services.Error{Status: status, Kind: "bad_request", Message: message}
	}
	switch {
	case strings.TrimSpace(q.Message) == "":
		return bad(http.StatusBadRequest, "message is empty")
	case len(q.Message) > maxQuestion:
		return &services.Error{Status: http.StatusRequestEntityTooLarge, Kind: "too_large", Message: "message is larger than 32 KiB"}
	case q.SessionID != "" && !sessionID.MatchString(q.SessionID):
		return bad(http.StatusBadRequest, "sessionId takes 1 to 64 letters, digits, dots, dashes and underscores")
	case q.Model != "" && !llm.ValidModel(q.Model):
		return bad(http.StatusBadRequest, "model is not the name of a model")
	}
	return nil
}

// answerQuestion searches the notes, asks the model, and adds the exchange to the session only when the answer is whole.
func (c *chat) answerQuestion(ctx context.Context, q Question, onDelta func(string) error) (Answer, error) {
	if err := q.check(); err != nil {
		return Answer{}, err
	}
	provider, err := c.monitor.require(ctx)
	if err != nil {
		return Answer{}, err
	}
	q.Model = cmp.Or(q.Model, provider.model)
	remote := c.consent.Remote(q.Model)
	turn, err := c.sessions.begin(ctx, q.SessionID, remote)
	if err != nil {
		return Answer{}, c.monitor.serviceError(err)
	}
	var exchange []llm.Message
	defer func() { turn.End(exchange...) }()

	found, degraded := c.retrieve(ctx, q)
	ms := prompt(turn.History, found, q.Message)
	reply, err := c.ask.Chat(ctx, llm.Request{Model: q.Model, Messages: ms, Context: prompts.Window(ms, c.count)}, cutting(onDelta))
	if errors.Is(err, errTooLong) || len(reply.Content) > maxAnswer {
		reply.Content, err = notes.Clip(reply.Content, maxAnswer), nil
		degraded = append(degraded, fmt.Sprintf("answer: it was longer than %d KiB and was cut", maxAnswer>>10))
	}
	if err != nil {
		return Answer{}, c.monitor.serviceError(err)
	}
	reply.Model = cmp.Or(reply.Model, q.Model)
	exchange = exchangeOf(q.Message, reply.Content)
	if c.sessions.archive != nil {
		e := Exchange{turn.ID, remote, time.Now().UTC(), reply.Model, q.Message, reply.Content}
		if err := c.sessions.archive.Add(e); err != nil {
			c.log.Warn("Session cannot be kept", zap.Error(err))
			degraded = append(degraded, "session: it cannot be kept on disk")
		}
	}
	if reply.Finish == "length" {
		degraded = append(degraded, "answer: the model stopped at its length limit")
	}
	return Answer{
		Message: exchange[1], SessionID: turn.ID, Model: reply.Model,
		Sources: sources(found.Passages, reply.Content), Degraded: append([]string{}, degraded...),
	}, nil
}

// maxAnswer bounds an answer, in bytes: a longer one is cut, since a model that goes in circles finds no end.
const maxAnswer = 256 << 10

var errTooLong = errors.New("answer too long")

// cutting hands on pieces until they are too long together.
func cutting(onDelta func(string) error) func(string) error {
	if onDelta == nil {
		return nil
	}
	size := 0
	return func(piece string) error {
		if size += len(piece); size > maxAnswer {
			return errTooLong
		}
		return onDelta(piece)
	}
}

// serviceError says to sonar's own clients why there is no answer. A refused key is no fault of theirs, so it becomes
// 502 and not 401.
func (m *monitor) serviceError(err error) error {
	f, ok := errors.AsType[*llm.Fault](err)
	switch {
	case errors.Is(err, errTooManySessions):
		return &services.Error{Status: http.StatusTooManyRequests, Kind: "busy", Message: err.Error(), RetryAfter: 5 * time.Second}
	case errors.Is(err, services.ErrStopping), errors.Is(err, context.Canceled):
		return unavailable("stopping", "the service is stopping", "try again in a moment")
	case !ok:
		return err
	}
	e := &services.Error{Kind: f.Kind, Message: "the language model did not answer: " + f.Message, RetryAfter: f.RetryAfter}
	switch f.Kind {
	case llm.KindSpent:
		e.Status, e.Message, e.Advice = http.StatusTooManyRequests, f.Message, `"amalfa sonar status" shows what was spent; your own settings raise the limit`
	case llm.KindBusy:
		e.Status = http.StatusTooManyRequests
	case llm.KindDown:
		e.Status, e.Advice = http.StatusServiceUnavailable, downAdvice
		m.reportDown()
	case llm.KindTimeout:
		e.Status = http.StatusGatewayTimeout
	case llm.KindRefused:
		// not with the provider's own status: a 404, 400 or 413 of ours is about what our client has sent
		e.Status, e.Advice = http.StatusBadGateway, m.modelAdvice(f)
	case llm.KindAuth:
		e.Status, e.Advice = http.StatusBadGateway, keyAdvice
	default:
		e.Status, e.Advice = http.StatusBadGateway, garbageAdvice
	}
	m.log.Warn("Provider failed", zap.String("kind", f.Kind), zap.Int("status", f.Status), zap.String("message", f.Message))
	return e
}

const (
	downAdvice    = "start it, or change where sonar looks; it is tried again by itself"
	garbageAdvice = `what answers there is no language model, or is broken: "amalfa sonar status" says where sonar looks`
)

// Unanswered tells errors after which the passages themselves are what is left: no model gave an answer.
func Unanswered(e *services.Error) bool {
	return e.Kind == KindNoProvider || e.Kind == KindNoModel || e.Kind == llm.KindSpent || strings.HasPrefix(e.Kind, "provider_")
}

// modelMissing is how servers say that they do not have a model, besides a status of 404.
var modelMissing = regexp.MustCompile(`(?i)\bmodel\b.*(?:not found|not exist|not a valid|unknown|not available|not supported)|(?:unknown|invalid|no such) model`)

// modelAdvice names the models that the provider lists, where it does not have the one that it was asked for.
func (m *monitor) modelAdvice(f *llm.Fault) string {
	listed := m.status().models
	if len(listed) == 0 || f.Status != http.StatusNotFound && !modelMissing.MatchString(f.Message) {
		return ""
	}
	return "it has " + someOf(listed) + `; "amalfa sonar models" lists them all`
}

// someOf names the first of some models.
func someOf(models []string) string {
	const shown = 5
	names := strings.Join(models[:min(shown, len(models))], ", ")
	if more := len(models) - shown; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	return notes.Clip(names, llm.MaxQuote)
}
