package app

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"amalfa/llm"
	"amalfa/store/cache"
	kept "amalfa/tasks/answers"
	"amalfa/tasks/consent"
	"amalfa/tokenizer"
)

// NoLanguageModel begins what is told where none could be asked at all.
const NoLanguageModel = kept.NoModel

// answersMaxBytes bounds what is kept of models' answers, in a workspace.
const answersMaxBytes = 64 << 20

// A helper is the language model as ember and harvest ask it, with what may go there.
type helper struct {
	*kept.Book
	Release func(model string, passages []consent.Passage) ([]consent.Passage, []consent.Held)
}

// helper finds the language model that may have a part in enrichment. Without one, or without consent to ask one while nobody waits for
// it, it asks nobody, and says why. A budget of 0 is none.
func (w *Workspace) helper(ctx context.Context, none bool, budget time.Duration) (h *helper, done func(), err error) {
	h = &helper{Book: &kept.Book{Count: tokenizer.Estimate, Now: time.Now}}
	if none {
		return h, func() {}, nil
	}
	lm, model, err := w.findModel(ctx)
	if err != nil {
		h.Why = firstLine(err)
		return h, func() {}, ctx.Err()
	}
	keys, err := w.journalKeys()
	if err == nil {
		err = w.Writable()
	}
	if err != nil {
		lm.Close()
		return nil, nil, err
	}
	h.Kept, err = cache.Open(ctx, filepath.Join(w.Folder.Dir(), "cache", "answers.db"), cache.Options{MaxBytes: answersMaxBytes})
	if err != nil {
		lm.Close()
		return nil, nil, err
	}
	h.Key, h.Model, h.Asker, h.Release = keys[0], model, lm.For(consent.Unattended), lm.Policy.Release
	if budget > 0 {
		h.Until = time.Now().Add(budget)
	}
	return h, func() {
		_ = h.Kept.Close()
		lm.Close()
	}, nil
}

// errNoLanguageModel says that nothing was configured, and that nothing answers on this machine.
var errNoLanguageModel = errors.New("none is configured, and none answers on this machine")

// findTime bounds the look for a language model.
const findTime = 3 * time.Second

// findModel returns the language model that may be asked unattended, and the name of the model to ask it for. A server on this machine
// is found by itself. Another machine is not even asked for its models without consent.
func (w *Workspace) findModel(ctx context.Context) (lm *LanguageModel, model string, err error) {
	lm, err = w.LanguageModel()
	if err != nil {
		return nil, "", err
	}
	defer func() {
		if err != nil && lm != nil {
			lm.Close()
		}
	}()
	if err := lm.Policy.Permit(consent.Unattended, lm.Config().Model); err != nil {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, findTime)
	defer cancel()
	listed, err := lm.Models(ctx)
	if err != nil && lm.Config().Guessed {
		if lm, listed, err = w.discoverModel(ctx, lm); err != nil {
			return lm, "", err
		}
	}
	fault, refused := errors.AsType[*llm.Fault](err)
	if refused && fault.Kind == llm.KindRefused && lm.Config().Model != "" { // it does not list, but it is there
		err = nil
	}
	if err != nil {
		return lm, "", err
	}
	if model, err = lm.ChooseModel(listed); err != nil {
		return lm, "", err
	}
	return lm, strings.TrimSpace(model), lm.Policy.Permit(consent.Unattended, model)
}

// discoverModel looks for another server on this machine, where nothing is configured and the one that was guessed is not there.
func (w *Workspace) discoverModel(ctx context.Context, old *LanguageModel) (*LanguageModel, []string, error) {
	for _, found := range llm.Discover(ctx, old.Config()) {
		p, err := llm.NewProvider(found.Config)
		if err != nil || len(found.Models) == 0 {
			continue
		}
		old.Close()
		o := w.consent()
		o.Destination = p.Destination
		return &LanguageModel{p, consent.New(o), w.meter(found.Config)}, found.Models, nil
	}
	return old, nil, errNoLanguageModel
}
