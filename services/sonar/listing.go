package sonar

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

const (
	maxModelName = 200
	maxModels    = 2000
	maxListing   = 8 << 20 // bytes; an aggregator's list with descriptions passes 1 MiB
)

var modelName = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} ._:/@+~\-]*$`)

// validModel reports whether s can name a model: letters, digits and ._:/@+~- or spaces, at most 200 bytes. It says
// nothing about whether the provider has it.
func validModel(s string) bool { return len(s) <= maxModelName && modelName.MatchString(s) }

// Models lists the models that the provider offers, in its order, at most 2,000: GET /api/tags of Ollama, else
// /v1/models. It is not retried, so a probe is as quick as ctx wants it.
func (p *Provider) Models(ctx context.Context) ([]string, error) {
	path := "models"
	if p.cfg.Provider == Ollama {
		path = "api/tags"
	}
	data, err := p.readWhole(ctx, call{method: http.MethodGet, path: path, limit: maxListing, probe: true})
	if err != nil {
		return nil, err
	}
	var v struct {
		Models []struct{ Name string }
		Data   []struct{ ID string }
		Error  replyError
	}
	if err := decode(data, &v); err != nil {
		return nil, faultf(KindGarbage, "the list of models is not readable: %s", p.quote(err.Error()))
	}
	if v.Error != "" {
		return nil, faultf(KindRefused, "%s", p.quote(string(v.Error)))
	}
	if v.Models == nil && v.Data == nil {
		return nil, faultf(KindGarbage, "what answers at %s does not list models", p.Host())
	}
	names := []string{}
	for _, m := range v.Data {
		names = append(names, m.ID)
	}
	for _, m := range v.Models {
		if v.Data == nil { // llama.cpp lists its models in both forms
			names = append(names, m.Name)
		}
	}
	names = slices.DeleteFunc(names, func(s string) bool { return !validModel(s) })
	return names[:min(len(names), maxModels)], nil
}

// notChatModel marks, by words in their names, models that a provider lists but that do not chat.
var notChatModel = regexp.MustCompile(`(?i)embed|bge|minilm|rerank|whisper|tts|audio|realtime|transcribe|dall-e|image|moderation|sora|davinci|babbage|instruct-0914|search|codex|deep-research`)

// preferredModels is tried first when the settings name no model and the provider offers it: small, able, and cheap.
var preferredModels = []string{"gpt-5-mini", "gpt-4.1-mini", "gpt-4o-mini"}

// chooseModel picks a model: the configured one, a usual one, else the first that looks able to chat.
func (p *Provider) chooseModel(listed []string) (string, error) {
	if p.cfg.Model != "" {
		return p.cfg.Model, nil
	}
	for _, m := range preferredModels {
		if slices.Contains(listed, m) {
			return m, nil
		}
	}
	if i := slices.IndexFunc(listed, func(m string) bool { return !notChatModel.MatchString(m) }); i >= 0 {
		return listed[i], nil
	}
	if len(listed) == 0 {
		return "", fmt.Errorf("%s at %s lists no model", p.cfg.Provider, p.Host())
	}
	return "", fmt.Errorf("%s at %s lists no model that chats, only %s", p.cfg.Provider, p.Host(),
		clip(strings.Join(listed, ", "), 200))
}
