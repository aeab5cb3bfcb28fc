package sonar

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"

	"amalfa/llm"
	"amalfa/llm/meter"
	"amalfa/services"
)

// proxy lends the provider to programs that speak OpenAI's dialect: what they send goes out, and what comes goes back. Ours
// are the address, the key, the limits on bytes and time, and the model where none is named.
type proxy struct {
	monitor *monitor
	meter   *meter.Meter
}

// A passedRoute is one of OpenAI's dialect below /v1 that takes JSON. Chats says that it asks a model that talks, so that
// the usual one is put in where a request names none.
type passedRoute struct {
	path  string
	chats bool
}

// passedRoutes are those that clients ask by way of a base URL. What comes as a form, such as sound to write down, no route
// takes: forms are what a web page could send.
func passedRoutes() []passedRoute {
	return []passedRoute{{"chat/completions", true}, {"completions", true}, {"responses", true}, {"embeddings", false},
		{"moderations", false}, {"images/generations", false}, {"audio/speech", false}}
}

// to answers what is sent to the route.
func (p *proxy) to(route passedRoute) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := services.ReadBody(r)
		if err != nil {
			writeOpenAIError(w, err)
			return
		}
		asked, err := readRequest(body)
		if err != nil {
			writeOpenAIError(w, err)
			return
		}
		if body, err = p.address(r, asked, route.chats); err != nil {
			writeOpenAIError(w, err)
			return
		}
		provider := p.monitor.provider()
		p.pass(w, r, llm.Call{Method: http.MethodPost, Path: provider.OpenAIPath(route.path), Query: r.URL.RawQuery, Body: body, Stream: asked.stream}, asked.modelName())
	})
}

// address returns the body that goes out. A request that names its model goes to a configured provider without a look at
// what the last probe said: providers that list no models, or not all of them, answer all the same.
func (p *proxy) address(r *http.Request, asked request, chats bool) ([]byte, error) {
	complete := asked.namesModel() || !chats
	if complete && !p.monitor.provider().Config().Guessed {
		return asked.data, nil
	}
	st, err := p.monitor.require(r.Context())
	switch {
	case err == nil && complete:
		return asked.data, nil
	case err == nil:
		return asked.withModel(st.model), nil
	}
	if e := asServiceError(err); complete && e.Kind == KindNoModel {
		return asked.data, nil
	}
	return nil, err
}

// pass sends c, which asks a model, "" for whichever is used, and gives the client the reply as it comes. The client's leaving ends the provider's work, because the
// request's context is the call's.
func (p *proxy) pass(w http.ResponseWriter, r *http.Request, c llm.Call, model string) {
	read := &usageReader{ResponseWriter: w}
	if c.Method == http.MethodPost {
		counted, err := p.meter.Begin(r.Context(), cmp.Or(model, p.monitor.status().model), len(c.Body)/bytesOfToken)
		if err != nil {
			writeOpenAIError(w, p.monitor.serviceError(err))
			return
		}
		defer func() {
			if read.refused {
				counted.TakeBack(r.Context())
				return
			}
			counted.End(r.Context(), read.usage, read.events)
		}()
		w = read
	}
	resp, err := p.monitor.provider().Forward(r.Context(), c)
	read.refused = meter.IsRefused(err, llm.Reply{}) || err == nil && resp.StatusCode >= 400
	if err != nil {
		writeOpenAIError(w, p.monitor.serviceError(err))
		return
	}
	defer resp.Close()
	if c.Stream && resp.StatusCode/100 == 2 {
		p.stream(w, resp)
		return
	}
	p.whole(w, resp)
}

// maxKept is how much of a reply that is not streamed waits for its end: a reply that breaks off within so much becomes an
// error with a status of its own. Of a larger one, such as the vectors of thousands of texts, each piece goes on as it comes.
const maxKept = 1 << 20

func (p *proxy) whole(w http.ResponseWriter, resp *llm.Response) {
	data, whole, err := resp.Whole(maxKept)
	switch {
	case err != nil:
		writeOpenAIError(w, p.monitor.serviceError(err))
	case whole:
		resp.CopyHeaders(w.Header())
		w.WriteHeader(resp.StatusCode)
		_, _ = w.Write(data) // the client has gone: nobody is left to tell
	default:
		p.stream(w, resp)
	}
}

// stream passes the reply on piece by piece. What breaks it off is told in an event of its own, since the status has left.
func (p *proxy) stream(w http.ResponseWriter, resp *llm.Response) {
	resp.CopyHeaders(w.Header())
	w.WriteHeader(resp.StatusCode)
	flush := http.NewResponseController(w).Flush
	if read, ok := w.(*usageReader); ok {
		read.streams = resp.HasEvents()
	}
	_ = flush() // the copy tells of a client that has gone
	err := resp.Copy(w, flush)
	if err == nil {
		return
	}
	if !resp.HasEvents() {
		_ = p.monitor.serviceError(err) // which logs it
		panic(http.ErrAbortHandler)     // no client looks for words in there, but each sees that the reply is not whole
	}
	event, _ := json.Marshal(openAIError(p.monitor.serviceError(err))) // strings alone
	_, _ = fmt.Fprintf(w, "\n\ndata: %s\n\n", event)                   // as above; the empty line ends an event that was cut
	_ = flush()
}

// An openAIFault is an error as OpenAI's clients read it.
type openAIFault struct {
	Error struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    string  `json:"code"`
	} `json:"error"`
}

// openAIError is an error in the dialect of the /v1 routes.
func openAIError(err error) (f openAIFault) {
	e := asServiceError(err)
	kind := "server_error"
	if e.Status < 500 {
		kind = "invalid_request_error"
	}
	message := e.Message
	if e.Advice != "" {
		message += "; " + e.Advice
	}
	f.Error.Message, f.Error.Type, f.Error.Code = message, kind, e.Kind
	return f
}

func writeOpenAIError(w http.ResponseWriter, err error) {
	e := services.Report(w, err)
	services.WriteJSON(w, e.Status, openAIError(e))
}
