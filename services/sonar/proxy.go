package sonar

import (
	"encoding/json"
	"net/http"

	"amalfa/services"
)

// relay lends the provider to programs that speak OpenAI's dialect.
type relay struct{ link *link }

func (r *relay) completions(w http.ResponseWriter, req *http.Request) {
	var body fields
	if err := services.ReadJSON(req, &body); err != nil {
		writeOpenAIError(w, err)
		return
	}
	seen, err := r.link.use(req.Context())
	if err != nil {
		writeOpenAIError(w, err)
		return
	}
	clean, stream, err := admit(body, seen.model)
	if err != nil {
		writeOpenAIError(w, err)
		return
	}
	if stream {
		r.stream(w, req, clean)
		return
	}
	reply, err := r.link.p.Complete(req.Context(), clean)
	if err != nil {
		writeOpenAIError(w, r.link.serviceError(err))
		return
	}
	services.WriteJSON(w, http.StatusOK, json.RawMessage(reply))
}

// stream passes events on as they come. The client's leaving ends the provider's work, because the request's context
// is the call's.
func (r *relay) stream(w http.ResponseWriter, req *http.Request, body []byte) {
	out := &eventWriter{w: w}
	err := r.link.p.Stream(req.Context(), body, func(data []byte) error { return out.raw(data) })
	switch {
	case err == nil:
		_ = out.raw(doneMark) // the client has gone: nobody is left to tell
	case out.begun:
		_ = out.send(openAIError(r.link.serviceError(err))) // as above
	default:
		writeOpenAIError(w, r.link.serviceError(err))
	}
}

func (r *relay) models(w http.ResponseWriter, req *http.Request) {
	seen, err := r.link.use(req.Context())
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
	for _, m := range seen.models {
		list.Data = append(list.Data, model{ID: m, Object: "model", OwnedBy: r.link.p.cfg.Provider})
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
	if e.Hint != "" {
		message += "; " + e.Hint
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
