package search

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"amalfa/store"
	"amalfa/store/text"
)

// Confidences, from the best: how much speaks for a hit being an answer, as the thresholds of a Calibration cut its probability.
const (
	High   = "high"
	Medium = "medium"
	Low    = "low"
	None   = "none"
)

// Evidence is what speaks for a passage. Each part is absolute: none is compared with the other hits of the answer.
type Evidence struct {
	Cosine    *float64 `json:"cosine"`    // of question and passage; nil without a vector
	Found     float64  `json:"found"`     // share of the question's terms, by idf, that the passage or a name of its note holds
	Missing   float64  `json:"missing"`   // share that no passage of the index holds
	Agreement float64  `json:"agreement"` // 1 when words and vectors both rank it among their first agreementDepth, else 0
	Rerank    *float64 `json:"rerank"`    // the reranker's judgement; nil where it did not run
}

// agreementDepth is how far up both sides have to rank a passage to agree on it.
const agreementDepth = 10

// A Calibration is a logistic model: the log odds that a passage answers are the bias and each part of the evidence by its weight.
// The thresholds are probabilities; below that of None nothing answers.
type Calibration struct {
	Bias      float64 `json:"bias"`
	Cosine    float64 `json:"cosine"`
	Found     float64 `json:"found"`
	Missing   float64 `json:"missing"`
	Agreement float64 `json:"agreement"`

	Most float64 `json:"most,omitempty"` // what the evidence can at most amount to; 0 for no bound

	Low    float64 `json:"low"` // from here on it is more than None
	Medium float64 `json:"medium"`
	High   float64 `json:"high"`
}

// Calibrations are those of the models, by their names, that of a model without one, and that of words without vectors.
type Calibrations struct {
	Models  map[string]Calibration `json:"models"`
	Unknown Calibration            `json:"unknown"`
	Words   Calibration            `json:"words"`
}

//go:embed calibration.json
var calibrationFile []byte

// KnownCalibrations reads the table that `amalfa eval --calibrate` made; docs/decisions says of what. It is part of the program.
func KnownCalibrations() Calibrations {
	var c Calibrations
	if err := json.Unmarshal(calibrationFile, &c); err != nil {
		panic(err) // a file of this program
	}
	return c
}

// of picks the calibration for a passage, with the model whose vectors the index holds.
func (c Calibrations) of(model string, e Evidence) Calibration {
	known, ok := c.Models[model]
	switch {
	case e.Cosine == nil:
		return c.Words
	case ok:
		return known
	}
	return c.Unknown
}

// Probability is how likely a passage answers, 0 to 1.
//
// No reranker is calibrated here. Where one ran, its judgement moves the log odds by half its own, and by no more than maxRerankShift:
// a reranker confirms or doubts, and words with vectors stay the larger part.
func (c Calibration) Probability(e Evidence) float64 {
	odds := c.Bias + c.Found*e.Found + c.Missing*e.Missing + c.Agreement*e.Agreement
	if e.Cosine != nil {
		odds += c.Cosine * *e.Cosine
	}
	if e.Rerank != nil {
		s := min(max(*e.Rerank, 1e-6), 1-1e-6)
		odds += min(max(math.Log(s/(1-s))/2, -maxRerankShift), maxRerankShift)
	}
	p := 1 / (1 + math.Exp(-odds))
	if c.Most > 0 && p > c.Most {
		return c.Most
	}
	return p
}

// maxRerankShift is the most that a reranker moves the log odds: from 0.5 to 0.18 or 0.82.
const maxRerankShift = 1.5

// Confidence names a probability.
func (c Calibration) Confidence(p float64) string {
	switch {
	case p >= c.High:
		return High
	case p >= c.Medium:
		return Medium
	case p >= c.Low:
		return Low
	}
	return None
}

// judgement is the verdict on one passage.
type judgement struct {
	Evidence
	by          Calibration
	probability float64
	confidence  string
}

// below is the judgement of a hit that stands after one with a probability: less than that, by what a client that sorts still sees.
func (v judgement) below(before float64) judgement {
	if most := before * (1 - 1e-6); v.probability > most {
		v.probability, v.confidence = most, v.by.Confidence(most)
	}
	return v
}

// assessor gathers the evidence for candidates of one question.
type assessor struct {
	table   Calibrations
	model   string // whose vectors the index holds
	terms   []string
	weights []float64 // of the terms
	total   float64   // of the weights
	words   int       // and phrases, of the question, that are no function words
	missing float64   // share of terms that no passage holds
	typed   []bool    // the term is of an identifier
	scripts []*unicode.RangeTable
}

// newAssessor looks up how rare the terms of a question are. near may be nil.
func (r *run) newAssessor(ctx context.Context, near *neighbours) (*assessor, error) {
	j := &assessor{table: r.table}
	if near != nil {
		j.model = near.model
	}
	j.scripts = scriptsOf(append(slices.Clone(r.question.words), r.question.phrases...))
	common := functionWords()
	for _, w := range append(slices.Clone(r.question.words), r.question.phrases...) {
		if !common[strings.ToLower(w)] {
			j.words++
		}
		for _, t := range text.QueryTerms(w) {
			if len(j.terms) < maxJudged && !slices.Contains(j.terms, t) {
				j.terms, j.typed = append(j.terms, t), append(j.typed, identifier.MatchString(w))
			}
		}
	}
	chunks, holding, err := r.frequencies(ctx, j.terms)
	if err != nil {
		return nil, err
	}
	for i, t := range j.terms {
		w := idf(chunks, holding[i])
		if common[t] {
			w *= functionWeight
		}
		j.weights = append(j.weights, w)
		j.total += w
		if holding[i] <= 0 {
			j.missing += w
		}
	}
	j.missing /= max(j.total, 1e-9)
	return j, nil
}

// lowest is the probability from which on something may answer, by the model whose vectors the index holds.
func (j *assessor) lowest() float64 {
	if known, ok := j.table.Models[j.model]; ok {
		return known.Low
	}
	return j.table.Unknown.Low
}

// maxJudged bounds the terms of a question that count.
const maxJudged = 64

// minIndex is the size, in passages, that an index is taken to have at least: among a handful each word is in all or none, and
// says nothing about how rare it is.
const minIndex = 1000

// idf is the weight of a term that so many of the chunks hold.
func idf(chunks, holding int) float64 {
	return math.Log1p((float64(max(chunks, minIndex)-holding) + 0.5) / (float64(max(holding, 0)) + 0.5))
}

// functionWeight is what a word counts that only joins others: in a small index its idf is that of a rare one.
const functionWeight = 0.1

// functionWords are those of English, and what people ask with. Words of other languages count by their idf alone.
func functionWords() map[string]bool {
	const list = `a about after again against all also am an and any are as at be because been before being below between both but by can
		could did do does doing down during each either for from further had has have having he her here hers him his how however i if
		in into is it its itself just may me might more most must my no nor not of off on once only or other our out over own same she
		should so some such t than that the their them then there these they this those through to too under until up upon us very was we
		were what when where whether which while who whom whose why will with within without would you your
		give tell show find describe explain please information article articles anyone anything something`
	words := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		words[w] = true
	}
	return words
}

// found is the share of the question that a passage holds, with the names of its note and the headings above it.
func (j *assessor) found(c candidate, n store.Note) float64 {
	has := map[string]bool{}
	for _, t := range text.Terms(strings.Join(slices.Concat([]string{cmp.Or(c.chunk.Plain, c.chunk.Text), c.chunk.Hidden, n.ID, n.Title}, n.Aliases, c.chunk.Heading), "\n")) {
		has[text.Stem(t)] = true
	}
	sum := 0.0
	for i := range j.terms {
		if j.holds(has, i) || j.typed[i] && c.verbatim {
			sum += j.weights[i]
		}
	}
	return sum / max(j.total, 1e-9)
}

// holds tells whether a term is among those of a passage, by itself or as one word with its neighbour ("RFC 9110" and "RFC9110").
func (j *assessor) holds(has map[string]bool, i int) bool {
	if prefix, ok := strings.CutSuffix(j.terms[i], text.AnyEnd); ok {
		for t := range has {
			if strings.HasPrefix(t, prefix) {
				return true
			}
		}
		return false
	}
	return has[text.Stem(j.terms[i])] ||
		i > 0 && has[text.Stem(j.terms[i-1]+j.terms[i])] || i+1 < len(j.terms) && has[text.Stem(j.terms[i]+j.terms[i+1])]
}

// judgement weighs what speaks for a candidate. What a list holds, of which nil is the judge, satisfies its question.
func (j *assessor) judgement(c candidate, n store.Note) judgement {
	if j == nil {
		return judgement{probability: 1, by: Calibration{}, confidence: High}
	}
	if c.found == nil {
		share := j.found(c, n)
		c.found = &share
	}
	e := Evidence{Found: *c.found, Missing: j.missing, Rerank: c.reranked}
	if c.hasCosine {
		e.Cosine = &c.cosine
	}
	if within(c.why.KeywordRank) && within(c.why.VectorRank) {
		e.Agreement = 1
	}
	if c.named { // the question is what the note is called
		e.Found, e.Missing = 1, 0
	}
	e.Missing = min(e.Missing, 1-e.Found) // another spelling of it is there
	cal := j.table.of(j.model, e)
	p := cal.Probability(e)
	if j.words < 2 { // one word is a subject, not a question: many passages hold it, and which of them answers is open
		p = min(p, cal.High*(1-1e-6))
	}
	switch { // words alone suffice: a name, an identifier, an error code, one rare word
	case c.named || c.verbatim && e.Found > allFound:
		p = max(p, cal.High)
	case e.Found > allFound:
		p = max(p, cal.Medium)
	}
	return judgement{e, cal, p, cal.Confidence(p)}
}

// allFound is the share from which on a passage holds every term, less what adding up costs.
const allFound = 1 - 1e-9

func within(rank int) bool { return 0 < rank && rank <= agreementDepth }

// confidenceRank is the place of a confidence, from 0 for the lowest, -1 for what is none.
func confidenceRank(name string) int {
	return slices.Index([]string{None, Low, Medium, High}, name)
}

// checkMinimum returns ErrQuery for a least confidence that is none.
func checkMinimum(name string) error {
	if name != "" && confidenceRank(name) < 0 {
		return fmt.Errorf("%w: confidence %q is none of %s, %s, %s", ErrQuery, name, High, Medium, Low)
	}
	return nil
}

// atLeast leaves out the hits below a confidence; "" keeps all.
func atLeast(hits []Hit, least string) []Hit {
	return slices.DeleteFunc(hits, func(h Hit) bool { return confidenceRank(h.Confidence) < confidenceRank(cmp.Or(least, None)) })
}
