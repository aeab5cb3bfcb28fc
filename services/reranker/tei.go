package reranker

import (
	"errors"
	"net/http"

	"amalfa/inference"
	"amalfa/inference/rerank"
	"amalfa/services"
)

// teiRequest is the body of text-embeddings-inference's POST /rerank
// (huggingface/text-embeddings-inference:router/src/http/types.rs).
type teiRequest struct {
	Query      string `json:"query"`
	Texts      strs   `json:"texts"`
	Truncate   *bool  `json:"truncate"`
	Direction  string `json:"truncation_direction"`
	RawScores  bool   `json:"raw_scores"`
	ReturnText bool   `json:"return_text"`
	common
}

type teiRank struct {
	Index  int     `json:"index"`
	Text   *string `json:"text,omitempty"`
	Score  float64 `json:"score"`
	Judged *bool   `json:"judged,omitempty"`
}

type teiError struct {
	Error string `json:"error"`
	Type  string `json:"error_type"`
}

// failTEI answers with the status and type that the original would use
// (router/src/http/server.rs: a validation error is 413).
func failTEI(w http.ResponseWriter, err error) {
	e := services.Report(w, kinds.Encode(err))
	const validation = "Input validation error: "
	write := func(status int, kind, message string) { services.WriteJSON(w, status, teiError{message, kind}) }
	switch {
	case errors.Is(err, rerank.ErrEmpty):
		write(http.StatusBadRequest, "Empty", validation+e.Message)
	case errors.Is(err, inference.ErrBroken):
		write(http.StatusFailedDependency, "Backend", e.Message)
	case e.Status == http.StatusRequestEntityTooLarge:
		write(e.Status, "Validation", validation+e.Message)
	case e.Status == http.StatusTooManyRequests:
		write(e.Status, "Overloaded", "Model is overloaded")
	case e.Status == http.StatusInternalServerError:
		write(e.Status, "Backend", e.Message)
	case e.Status == http.StatusForbidden, e.Status == http.StatusUnsupportedMediaType:
		write(e.Status, "Validation", e.Message)
	case e.Status == http.StatusServiceUnavailable:
		write(e.Status, "Unhealthy", e.Sentence())
	default:
		write(http.StatusUnprocessableEntity, "Validation", validation+e.Message)
	}
}

func serveTEI(w http.ResponseWriter, r *http.Request, e *rerank.Engine, body *teiRequest, err error) {
	var a answer
	if err == nil {
		a, err = score(r, e, body)
	}
	if err != nil {
		failTEI(w, err)
		return
	}
	ranks := make([]teiRank, 0, len(body.Texts))
	for _, i := range a.Ranked() {
		rank := teiRank{Index: i, Score: a.value(i, body.RawScores), Judged: remarksOf(a.Scores[i]).Judged}
		if body.ReturnText {
			rank.Text = &body.Texts[i]
		}
		ranks = append(ranks, rank)
	}
	a.setHeaders(w.Header())
	services.WriteJSON(w, http.StatusOK, ranks)
}

// request cuts long texts as the original does, so that its scores come out.
func (b *teiRequest) request() (rerank.Request, error) {
	request := rerank.Request{Query: b.Query, Documents: b.Texts, Long: rerank.Cut}
	if b.Truncate != nil && !*b.Truncate {
		request.Long = rerank.Refuse
	}
	switch b.Direction {
	case "", "Right", "right":
	case "Left", "left":
		request.Left = true
	default:
		return rerank.Request{}, bad("truncation_direction: want Left or Right")
	}
	err := b.apply(&request)
	return request, err
}

// teiInfo is what text-embeddings-inference's GET /info answers for a reranker.
type teiInfo struct {
	ModelID               string         `json:"model_id"`
	ServedModelName       string         `json:"served_model_name"`
	ModelSHA              string         `json:"model_sha"`
	ModelDType            string         `json:"model_dtype"`
	ModelType             map[string]any `json:"model_type"`
	MaxConcurrentRequests int            `json:"max_concurrent_requests"`
	MaxInputLength        int            `json:"max_input_length"`
	MaxBatchTokens        int            `json:"max_batch_tokens"`
	MaxBatchRequests      *int           `json:"max_batch_requests"`
	MaxClientBatchSize    int            `json:"max_client_batch_size"`
	AutoTruncate          bool           `json:"auto_truncate"`
	TokenizationWorkers   int            `json:"tokenization_workers"`
	Version               string         `json:"version"`
	SHA                   *string        `json:"sha"`
	DockerLabel           *string        `json:"docker_label"`
}

func serveTEIInfo(w http.ResponseWriter, r *http.Request, e *rerank.Engine) {
	m, err := e.Describe(r.Context())
	if err != nil {
		failTEI(w, err)
		return
	}
	o := e.Options()
	labels := map[string]any{"id2label": map[string]string{"0": "LABEL_0"}, "label2id": map[string]int{"LABEL_0": 0}}
	services.WriteJSON(w, http.StatusOK, teiInfo{
		ModelID: m.Name, ServedModelName: m.Name, ModelSHA: m.Digest, ModelDType: inference.NumberType(m.Precision),
		ModelType: map[string]any{"reranker": labels}, MaxConcurrentRequests: o.Queue, MaxInputLength: m.MaxTokens, MaxBatchTokens: m.MaxTokens,
		MaxClientBatchSize: rerank.MaxDocuments, AutoTruncate: true, TokenizationWorkers: o.Workers, Version: o.Version,
	})
}
