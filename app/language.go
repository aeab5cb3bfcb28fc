package app

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"amalfa/ingest"
	"amalfa/models"
	"amalfa/notes"
	"amalfa/store"
)

// A Foreign says that most of the text of a workspace is not in the language that its model reads.
type Foreign struct {
	Model    string
	Share    float64 // of the words of sentences
	Passages int     // to be embedded again by another model
	Vectors  int64   // bytes of those that the index keeps now
	Choices  []Choice
}

// A Choice is a model that reads many languages.
type Choice struct {
	models.Model
	Here    bool          // it is on disk
	Took    time.Duration // it would take about so long for all passages; 0 where that could not be measured
	Vectors int64         // bytes of the vectors
}

// What it takes to say that a folder's text is not English: so many words in sentences, of about so many passages, and the share of
// them that is not. A folder between the two shares stays what it was found to be.
const (
	leastWords   = 50
	samplePieces = 500
	foreignFrom  = 0.55
	foreignUntil = 0.45
)

// A languageRemark is what was found at last and kept with the index, so that it is said once.
type languageRemark struct {
	Model   string `json:"model"`
	Foreign bool   `json:"foreign"`
}

const remarkName = "language"

// foreign tells, where it was not told before of this model, that the index is mainly not in English and the model reads English.
// nil is nothing to tell. It reads a sample of the passages.
func (w *Workspace) foreign(ctx context.Context, st Index, emb ingest.Embedder, sum ingest.Summary) (*Foreign, error) {
	files, err := w.FindModel()
	if err != nil { // without a model nobody reads it by meaning
		return nil, nil
	}
	before, err := readRemark(ctx, st)
	if err == nil && !files.Model.OnlyEnglish() {
		if before.Model != "" && before.Model != files.Model.Name { // so that a way back is told of
			err = w.writeRemark(ctx, st, languageRemark{Model: files.Model.Name})
		}
		return nil, err
	}
	if err != nil || before.Model == files.Model.Name && sum.Indexed+sum.Partial+sum.Deleted == 0 {
		return nil, err
	}
	sample, err := st.Sample(ctx, samplePieces)
	if err != nil {
		return nil, err
	}
	share, enough := foreignShare(sample)
	if !enough {
		return nil, nil
	}
	now := languageRemark{files.Model.Name, share > foreignFrom || before.Foreign && share > foreignUntil}
	if now == before {
		return nil, nil
	}
	if err := w.writeRemark(ctx, st, now); err != nil || !now.Foreign {
		return nil, err
	}
	n, err := st.Stats(ctx)
	if err != nil {
		return nil, err
	}
	return w.newForeign(files.Model, share, n.Chunks, w.pace(ctx, emb, sample)), nil
}

func foreignShare(sample []store.Chunk) (share float64, enough bool) {
	var said notes.Prose
	for _, c := range sample {
		said.Add(c.Text)
	}
	all := said.English + said.Other
	return float64(said.Other) / float64(max(all, 1)), all >= leastWords
}

func readRemark(ctx context.Context, st Index) (r languageRemark, err error) {
	text, err := st.Remark(ctx, remarkName)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &r)
	}
	return r, err
}

func (w *Workspace) writeRemark(ctx context.Context, st Index, r languageRemark) error {
	if err := w.setRemark(ctx, st, remarkName, r); err != nil {
		return fmt.Errorf("remember the language of the notes: %w", err)
	}
	return nil
}

// setRemark keeps a value, as JSON, with the index, while nobody else writes there.
func (w *Workspace) setRemark(ctx context.Context, st Index, name string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	unlock, err := w.lockWriter(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return st.SetRemark(ctx, name, string(text))
}

// pace is how long the model takes for one passage, 0 where it cannot tell. The run itself does not tell it, since vectors of
// texts seen before are cached: a few passages of the sample are embedded with something new behind them.
func (w *Workspace) pace(ctx context.Context, emb ingest.Embedder, sample []store.Chunk) time.Duration {
	const timed = 8
	if w.releaseToEmbedder() != nil { // the sample may hold private notes
		return 0
	}
	var texts []string
	for i := 0; i < len(sample); i += max(1, len(sample)/timed) {
		texts = append(texts, sample[i].Text+"\n"+rand.Text())
	}
	texts = texts[:min(timed, len(texts))]
	if _, err := emb.Embed(ctx, []string{rand.Text()}); err != nil { // the model is loaded after this
		return 0
	}
	began := time.Now()
	if _, err := emb.Embed(ctx, texts); err != nil {
		return 0
	}
	return time.Since(began) / time.Duration(len(texts))
}

func (w *Workspace) newForeign(m models.Model, share float64, passages int, pace time.Duration) *Foreign {
	f := &Foreign{Model: m.Name, Share: share, Passages: passages, Vectors: vectorBytes(passages, m.Dim)}
	here := map[string]bool{}
	for _, row := range w.Locator(nil).List() {
		here[row.Model.Name] = here[row.Model.Name] || row.Path != ""
	}
	for _, c := range models.Multilingual() {
		choice := Choice{Model: c, Here: here[c.Name], Vectors: vectorBytes(passages, c.Dim)}
		if m.Weights > 0 {
			choice.Took = pace * time.Duration(passages*c.Weights) / time.Duration(m.Weights)
		}
		f.Choices = append(f.Choices, choice)
	}
	return f
}

// vectorBytes is what the vectors of passages take: four bytes a number in the database, and as many in the file that searches map.
func vectorBytes(passages, dim int) int64 { return 2 * 4 * int64(passages) * int64(dim) }
