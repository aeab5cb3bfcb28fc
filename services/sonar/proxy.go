package sonar

import (
	"encoding/json"
	"net/http"

	"amalfa/services"
)

// proxy lends the provider to programs that speak OpenAI's dialect.
type proxy struct{ monitor *monitor }

func (p *proxy) completions(w http.ResponseWriter, r *http.Request) {
	var body fields
	if err := services.ReadJSON(r, &body); err != nil {
		writeOpenAIError(w, err)
		return
	}
	provider, err := p.monitor.require(r.Context())
	if err != nil {
		writeOpenAIError(w, err)
		return
	}
	clean, stream, err := filterRequest(body, provider.model)
	if err != nil {
		writeOpenAIError(w, err)
		return
	}
	if stream {
		p.stream(w, r, clean)
		return
	}
	reply, err := p.monitor.p.Complete(r.Context(), clean)
	if err != nil {
		writeOpenAIError(w, p.monitor.serviceError(err))
		return
	}
	services.WriteJSON(w, http.StatusOK, json.RawMessage(reply))
}

// stream passes events on as they come. The client's leaving ends the provider's work, because the request's context
// is the call's.
func (p *proxy) stream(w http.ResponseWriter, r *http.Request, body []byte) {
	out := &eventWriter{w: w}
	err := p.monitor.p.Stream(r.Context(), body, out.writeRaw)
	switch {
	case err == nil:
		_ = out.writeRaw(doneMark) // the client has gone: nobody is left to tell
	case out.started:
		_ = out.send(openAIError(p.monitor.serviceError(err))) // as above
	default:
		writeOpenAIError(w, p.monitor.serviceError(err))
	}
}

func (p *proxy) models(w http.ResponseWriter, r *http.Request) {
	provider, err := p.monitor.require(r.Context())
	if err != nil {
		writeOpenAIError(w, err)
		return
	}
	type model struct {
		ID      string `json:"id"`
		Object  string `json:"object"`
		Created int64  `json:"created"`
		OwnedBy string `json:"owned_by"`
	}
	list := struct {
		Object string  `json:"object"`
		Data   []model `json:"data"`
	}{"list", []model{}}
	for _, m := range provider.models {
		list.Data = append(list.Data, model{ID: m, Object: "model", OwnedBy: p.monitor.p.cfg.Provider})
	}
	services.WriteJSON(w, http.StatusOK, list)
}

// openAIError is an error in the dialect of the /v1 routes.
func openAIError(err error) any {
	e := asServiceError(err)
	kind := "server_error"
	if e.Status < 500 {
		kind = "invalid_request_error"
	}
	message := e.Message
	if e.Advice != "" {
		message += "; " + e.Advice
	}
	type inner struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    string  `json:"code"`
	}
	return struct {
		Error inner `json:"error"`
	}{inner{Message: message, Type: kind, Code: e.Kind}}
}

func writeOpenAIError(w http.ResponseWriter, err error) {
	e := services.Report(w, err)
	services.WriteJSON(w, e.Status, openAIError(e))
}
