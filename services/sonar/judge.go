package sonar

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"amalfa/services"
)

// judge decides from the answer to a look whether there is a model to ask.
func (l *link) judge(listed []string, err error) view {
	cfg := l.p.cfg
	fault, refused := errors.AsType[*Fault](err)
	switch {
	case refused && fault.Kind == KindRefused && cfg.Model != "":
		return view{model: cfg.Model, models: []string{cfg.Model}} // it does not list, but it is there
	case err != nil && cfg.Guessed:
		return view{err: unavailable(KindNoProvider, "no language model is configured, and none answers at "+l.p.Host(), threeWays)}
	case err != nil:
		return view{model: cfg.Model, err: l.unreachable(err)}
	}
	model, err := l.p.chooseModel(listed)
	if err == nil && cfg.Provider == Ollama && !lists(listed, model) {
		err = fmt.Errorf("ollama at %s does not have the model %s", l.p.Host(), model)
	}
	if err != nil {
		return view{model: model, models: listed, err: unavailable(KindNoModel, err.Error(),
			"fetch one (ollama pull NAME), or name one that is listed in sonar.model of your own settings file")}
	}
	return view{model: model, models: listed}
}

func (l *link) unreachable(err error) *services.Error {
	kind, words := KindDown, err.Error()
	if f, ok := errors.AsType[*Fault](err); ok {
		kind, words = f.Kind, f.Message
	}
	where := fmt.Sprintf("%s at %s (from %s)", l.p.cfg.Provider, l.p.Host(), l.p.cfg.Source)
	if kind == KindAuth {
		return unavailable(KindAuth, where+" refused the key: "+words, "check OPENAI_API_KEY or sonar.apiKey, then restart sonar")
	}
	return unavailable(kind, where+" does not work: "+words, "start it, or change where sonar looks; it is tried again by itself")
}

func unavailable(kind, message, hint string) *services.Error {
	return &services.Error{Status: http.StatusServiceUnavailable, Kind: kind, Message: message, Hint: hint, RetryAfter: probeAgain}
}

// lists knows that Ollama means name:latest by a name without a tag.
func lists(models []string, name string) bool {
	if !strings.Contains(name, ":") {
		name += ":latest"
	}
	return slices.ContainsFunc(models, func(m string) bool { return m == name || m+":latest" == name })
}
