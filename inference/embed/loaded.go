package embed

import (
	"fmt"

	"amalfa/inference"
	"amalfa/models"
	"amalfa/onnx"
	"amalfa/tokenizer"
)

// defaultMaxTokens is what a folder's model takes when neither its settings
// nor its graph say: the position table of the BERT family.
const defaultMaxTokens = 512

// task is what the models do, in errors.
const task = "embedding"

// loaded is a model in memory.
type loaded struct {
	inference.Parts
	model     Model
	spec      models.Model
	encoder   onnx.Encoder
	frame     frame
	precision string
}

// open loads what files name. rows says that the vectors of tokens are wanted, which a model with CLS pooling else spares itself.
func open(files models.Files, lib string, rows bool) (*loaded, error) {
	if files.Model.Kind == models.Reranker {
		return nil, fmt.Errorf("model %s scores pairs and makes no vectors", files.Model.Name)
	}
	pooling, err := pooling(files.Model.Pooling)
	if err != nil {
		return nil, err
	}
	l := &loaded{spec: files.Model, precision: files.Precision}
	o := onnx.Options{Output: files.Model.Output, Width: files.Model.Dim, TaskInput: files.Model.TaskInput, FirstRow: pooling == onnx.CLS && !rows}
	l.Parts, err = inference.Open(files, lib, o, func(tok *tokenizer.Tokenizer) (err error) {
		l.frame, err = readFrame(tok)
		return err
	})
	if err != nil {
		return nil, err
	}
	l.encoder = onnx.Encoder{Session: l.Session, Pooling: pooling}
	l.model = Model{Name: files.Model.Name, Digest: files.Digest, Dim: l.Session.Width(), MaxTokens: maxTokens(files.Model, l.Session.Header())}
	return l, nil
}

// Name is the model's in the catalogue, or that of its folder.
func (l *loaded) Name() string { return l.model.Name }

func pooling(name string) (onnx.Pooling, error) {
	if name == models.None {
		return onnx.CLS, nil // of one row, the first is all there is
	}
	return onnx.ParsePooling(name)
}

// maxTokens is the lower of what the catalogue and the graph allow.
func maxTokens(m models.Model, h onnx.Header) int {
	limit := m.MaxTokens
	if limit <= 0 || h.MaxTokens > 0 && h.MaxTokens < limit {
		limit = h.MaxTokens
	}
	if limit <= 0 {
		return defaultMaxTokens
	}
	return limit
}

// encode runs one sequence.
func (l *loaded) encode(t onnx.Tokens) ([]float32, error) {
	v, err := l.encoder.Encode(t)
	if err != nil {
		return nil, inference.RunError(task, err)
	}
	return v, nil
}

func (l *loaded) unit(s Scale) bool { return s == Unit || s == AsModel && l.spec.Normalize }

func (l *loaded) vector(values []float32, t text) Vector {
	return Vector{Values: values, Tokens: t.tokens, Truncated: t.truncated, Model: l.model.Name, Digest: l.model.Digest}
}

// combine makes a text's vector of the vectors of its runs.
func (l *loaded) combine(runs [][]float32, s Scale) []float32 {
	unit := l.unit(s)
	if unit {
		for _, v := range runs {
			onnx.Normalize(v)
		}
	}
	if len(runs) == 1 {
		return runs[0]
	}
	mean := average(runs)
	if unit {
		onnx.Normalize(mean)
	}
	return mean
}

// Normalize brings v to length one; zeros stay zeros.
func Normalize(v []float32) { onnx.Normalize(v) }

func average(vectors [][]float32) []float32 {
	sums := make([]float64, len(vectors[0]))
	for _, v := range vectors {
		for i, x := range v {
			sums[i] += float64(x)
		}
	}
	mean := make([]float32, len(sums))
	for i, sum := range sums {
		mean[i] = float32(sum / float64(len(vectors)))
	}
	return mean
}
