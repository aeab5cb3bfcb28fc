package sonar

import (
	"context"
	"errors"
	"net/http"

	"amalfa/llm"
	"amalfa/services"
	"amalfa/store"
	"amalfa/tasks/consent"
	"amalfa/tasks/stages"
	"amalfa/tasks/work"
)

// A Thinker asks the service's language model for others: for routes that want an answer of a form, and for tasks. Safe for concurrent
// use.
type Thinker struct {
	guards
	chat *chat
}

// Asker returns who asks the model for a purpose, and the model's name. Without a model to ask, or without consent to ask it, the error
// says so.
func (t *Thinker) Asker(ctx context.Context, purpose consent.Purpose, model string) (llm.Asker, string, error) {
	st, err := t.monitor.require(ctx)
	if err != nil {
		return nil, "", err
	}
	if model == "" {
		model = st.model
	}
	if err := t.policy.Permit(purpose, model); err != nil {
		return nil, "", err
	}
	return t.asker(purpose), model, nil
}

// Where names the model's server as reports do.
func (t *Thinker) Where() string {
	p := t.monitor.provider()
	where := ", on this machine"
	if p.Remote() {
		where = ", another machine"
	}
	return p.Config().Provider + " at " + p.Host() + where
}

// Release leaves of passages what may go to the model.
func (t *Thinker) Release(model string, passages []consent.Passage) ([]consent.Passage, []consent.Held) {
	return t.policy.Release(model, passages)
}

// Chat answers a question over the notes for a purpose.
func (t *Thinker) Chat(ctx context.Context, purpose consent.Purpose, q Question) (Answer, error) {
	if _, _, err := t.Asker(ctx, purpose, q.Model); err != nil {
		return Answer{}, err
	}
	return t.chat.answerQuestion(ctx, q, nil)
}

// unusable are the words with which an answer says that it is the fallback.
const unusable = "model: its answer could not be used; this is what can be said without one"

// model is the language model as the routes ask it, by hand.
func (t *Thinker) model(ctx context.Context, name string) (stages.Model, error) {
	asker, name, err := t.Asker(ctx, consent.ByHand, name)
	return stages.Model{Asker: asker, Name: name, Count: t.count, Release: t.policy.Release}, err
}

// done tells what came of asking the model: degraded is not empty where its answer could not be used, and the caller then has a fallback. The
// error is a *services.Error.
func (t *Thinker) done(err error) (degraded []string, _ error) {
	switch {
	case err == nil:
		return []string{}, nil
	case errors.Is(err, llm.ErrUnusable):
		return []string{unusable}, nil
	}
	if _, ok := errors.AsType[*consent.RefusedError](err); ok {
		return nil, &services.Error{Status: http.StatusForbidden, Kind: "no_consent", Message: err.Error(), Advice: services.Hint(err)}
	}
	return nil, t.monitor.serviceError(err)
}

// note returns the beginning of a note by its id or another name. It is 404 where no note answers to it.
func (t *Thinker) note(ctx context.Context, st store.Store, ref string, limit int) (consent.Passage, error) {
	n, _, err := store.FindOne(ctx, st, ref)
	if err != nil {
		return consent.Passage{}, referenceError(err)
	}
	p, ok, err := work.Beginning(ctx, st, n.ID, limit)
	if err == nil && !ok {
		p = consent.Passage{ID: n.ID, Lines: [2]int{1, 1}}
	}
	return p, err
}
