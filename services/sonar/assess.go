package sonar

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"amalfa/services"
)

// assess decides from the answer to a probe whether there is a model to ask.
func (m *monitor) assess(listed []string, err error) status {
	cfg := m.p.cfg
	fault, refused := errors.AsType[*Fault](err)
	switch {
	case refused && fault.Kind == KindRefused && cfg.Model != "":
		return status{model: cfg.Model, models: []string{cfg.Model}} // it does not list, but it is there
	case err != nil && cfg.Guessed:
		return status{err: unavailable(KindNoProvider, "no language model is configured, and none answers at "+m.p.Host(), threeWays)}
	case err != nil:
		return status{model: cfg.Model, err: m.unreachable(err)}
	}
	model, err := m.p.chooseModel(listed)
	if err == nil && cfg.Provider == Ollama && !offersModel(listed, model) {
		err = fmt.Errorf("ollama at %s does not have the model %s", m.p.Host(), model)
	}
	if err != nil {
		return status{model: model, models: listed, err: unavailable(KindNoModel, err.Error(),
			"fetch one (ollama pull NAME), or name one that is listed in sonar.model of your own settings file")}
	}
	return status{model: model, models: listed}
}

func (m *monitor) unreachable(err error) *services.Error {
	kind, message := KindDown, err.Error()
	if f, ok := errors.AsType[*Fault](err); ok {
		kind, message = f.Kind, f.Message
	}
	where := fmt.Sprintf("%s at %s (from %s)", m.p.cfg.Provider, m.p.Host(), m.p.cfg.Source)
	if kind == KindAuth {
		return unavailable(KindAuth, where+" refused the key: "+message, "check OPENAI_API_KEY or sonar.apiKey, then restart sonar")
	}
	return unavailable(kind, where+" does not work: "+message, "start it, or change where sonar looks; it is tried again by itself")
}

func unavailable(kind, message, hint string) *services.Error {
	return &services.Error{Status: http.StatusServiceUnavailable, Kind: kind, Message: message, Advice: hint, RetryAfter: minProbeInterval}
}

// offersModel reports whether name is among models; for Ollama a name without a tag is name:latest.
func offersModel(models []string, name string) bool {
	if !strings.Contains(name, ":") {
		name += ":latest"
	}
	return slices.ContainsFunc(models, func(m string) bool { return m == name || m+":latest" == name })
}
