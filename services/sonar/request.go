package sonar

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	"amalfa/llm"
	"amalfa/services"
)

// A request is a chat completion request as the client wrote it. Only its own members are looked at, and nothing is decoded
// to be encoded again: numbers, order, unknown fields and fields named twice reach the provider as they were sent.
type request struct {
	data   []byte
	open   int    // where the first member goes
	empty  bool   // there are no members
	model  member // the last one of that name, which is the one that readers of JSON take
	stream bool
}

// A member is the place of a value in the body; end is 0 for one that is not there.
type member struct{ start, end int }

// readRequest reads the body of a request. Its errors are *services.Error of status 400.
func readRequest(data []byte) (request, error) {
	r := request{data: data, open: bytes.IndexByte(data, '{') + 1}
	if !json.Valid(data) {
		return r, badRequest("the body is not JSON")
	}
	in := json.NewDecoder(bytes.NewReader(data))
	if first, _ := in.Token(); first != json.Delim('{') {
		return r, badRequest("the body is not an object")
	}
	r.empty = !in.More()
	for in.More() {
		name, _ := in.Token() // no error: the whole is valid
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return r, badRequest("the body is not JSON")
		}
		end := int(in.InputOffset())
		switch name {
		case "model":
			r.model = member{end - len(value), end}
		case "stream":
			r.stream = string(value) == "true"
		}
	}
	return r, r.checkModel()
}

// modelName is the model that the request names, "" where it names none.
func (r request) modelName() (name string) {
	_ = json.Unmarshal(r.data[r.model.start:r.model.end], &name) // one that is no text is for the provider to refuse
	return name
}

// checkModel refuses a model's name with control characters. One that is no text at all is for the provider to refuse.
func (r request) checkModel() error {
	if name := r.modelName(); name != "" && !llm.ValidModel(name) {
		return badRequest("model is not the name of a model: it takes at most %d bytes without control characters", llm.MaxModelName)
	}
	return nil
}

// namesModel reports whether the request says which model it wants.
func (r request) namesModel() bool {
	value := string(r.data[r.model.start:r.model.end])
	return value != "" && value != "null" && value != `""`
}

// withModel returns the body with the model set in its place, the other bytes untouched.
func (r request) withModel(model string) []byte {
	name, _ := json.Marshal(model) // a string
	switch {
	case r.model.end > 0:
		return slices.Concat(r.data[:r.model.start], name, r.data[r.model.end:])
	case r.empty:
		return slices.Concat(r.data[:r.open], []byte(`"model":`), name, r.data[r.open:])
	}
	return slices.Concat(r.data[:r.open], []byte(`"model":`), name, []byte(","), r.data[r.open:])
}

func badRequest(format string, args ...any) error {
	return &services.Error{Status: http.StatusBadRequest, Kind: "bad_request", Message: fmt.Sprintf(format, args...)}
}
