package embed

import (
	"context"
	"errors"
	"fmt"

	"amalfa/models"
	"amalfa/onnx"
	"amalfa/tokenizer"
)

// defaultMaxTokens is what a folder's model takes when neither its settings
// nor its graph say: the position table of the BERT family.
const defaultMaxTokens = 512

// loaded is a model in memory.
type loaded struct {
	model     Model
	spec      models.Model
	session   *onnx.Session
	encoder   onnx.Encoder
	tokenizer *tokenizer.Tokenizer
	frame     frame
	precision string
}

// open loads what files name. The tokenizer comes first: it is the cheaper
// one to be wrong.
func open(files models.Files, lib string) (*loaded, error) {
	if files.Model.Kind == models.Reranker {
		return nil, fmt.Errorf("model %s scores pairs and makes no vectors", files.Model.Name)
	}
	if err := onnx.Init(lib); err != nil {
		return nil, err
	}
	tok, err := tokenizer.LoadOther(files.TokenizerPath)
	if err != nil {
		return nil, err
	}
	frame, err := readFrame(tok)
	if err != nil {
		return nil, fmt.Errorf("use tokenizer %s: %w", files.TokenizerPath, err)
	}
	pooling, err := pooling(files.Model.Pooling)
	if err != nil {
		return nil, err
	}
	session, err := onnx.Open(files.ModelPath, onnx.Options{
		Output: files.Model.Output, Width: files.Model.Dim, TaskInput: files.Model.TaskInput, FirstRow: pooling == onnx.CLS})
	if err != nil {
		return nil, err
	}
	l := &loaded{spec: files.Model, session: session, tokenizer: tok, frame: frame, precision: files.Precision}
	l.encoder = onnx.Encoder{Session: session, Pooling: pooling}
	l.model = Model{Name: files.Model.Name, Digest: files.Digest, Dim: session.Width(), MaxTokens: maxTokens(files.Model, session.Graph())}
	return l, nil
}

func pooling(name string) (onnx.Pooling, error) {
	if name == models.None {
		return onnx.CLS, nil // of one row, the first is all there is
	}
	return onnx.ParsePooling(name)
}

// maxTokens is the lower of what the catalogue and the graph allow.
func maxTokens(m models.Model, g onnx.Graph) int {
	limit := m.MaxTokens
	if limit <= 0 || g.MaxTokens > 0 && g.MaxTokens < limit {
		limit = g.MaxTokens
	}
	if limit <= 0 {
		return defaultMaxTokens
	}
	return limit
}

func (l *loaded) close() error { return l.session.Close() }

// encode runs one sequence. What goes wrong here is the model's fault: the
// tokens came from its own tokenizer or were checked.
func (l *loaded) encode(t onnx.Tokens) ([]float32, error) {
	v, err := l.encoder.Encode(t)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return v, nil
}

func (l *loaded) unit(s Scale) bool { return s == Unit || s == AsModel && l.spec.Normalize }

func (l *loaded) vector(values []float32, t text) Vector {
	return Vector{Values: values, Tokens: t.tokens, Truncated: t.truncated, Model: l.model.Name, Digest: l.model.Digest}
}

// finish makes a text's vector of the vectors of its runs.
func (l *loaded) finish(runs [][]float32, s Scale) []float32 {
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

// nameErrors lets callers see what kind of trouble a model is in.
func nameErrors(err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, models.ErrMissing), errors.Is(err, models.ErrUnknown), errors.Is(err, onnx.ErrUnsupported):
		return fmt.Errorf("%w: %w", ErrNoModel, err)
	}
	return fmt.Errorf("%w: %w", ErrBroken, err)
}
