package vector

import (
	"net/http"

	"amalfa/inference/embed"
	"amalfa/services"
)

// infinityModel is a row of Infinity's GET /models
// (michaelfeil/infinity:libs/infinity_emb/infinity_emb/fastapi_schemas/pymodels.py).
type infinityModel struct {
	openAIModel
	Stats        map[string]any `json:"stats"`
	Backend      string         `json:"backend"`
	Capabilities []string       `json:"capabilities"`
}

// infinity writes errors in OpenAI's shape, as Infinity does.
func infinity() services.Dialect {
	return services.Dialect{Name: "Infinity", WriteError: failOpenAI}
}

// registerInfinity adds the routes that Infinity has without a prefix; they take and give what OpenAI's do.
func registerInfinity(srv *services.Server, e *embed.Engine) {
	handle(srv, "POST /embeddings", infinity(), func(r *http.Request) (any, error) { return openAIEmbed(r, e) })
	handle(srv, "GET /models", infinity(), func(r *http.Request) (any, error) {
		list := []infinityModel{}
		for _, name := range e.Names(r.Context()) {
			row := infinityModel{openAIModel: newOpenAIModel(name), Stats: map[string]any{}, Backend: "onnx", Capabilities: []string{"embed"}}
			row.OwnedBy = "infinity" // its client knows no other
			list = append(list, row)
		}
		return openAIList[infinityModel]{"list", list}, nil
	})
	srv.ErrorsAs("/v1/", failOpenAI)
}
