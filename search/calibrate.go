package search

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// A Sample is what speaks for the first passage of an answer, and whether the index holds an answer at all.
type Sample struct {
	Evidence
	Index, Questions string // collections; the index answers the questions of its own, and is taken not to answer those of others
}

// Answerable tells whether the index answers.
func (s Sample) Answerable() bool { return s.Index == s.Questions }

// Bounds of a fit.
const (
	ridge       = 1e-3 // penalty on the weights of standardized features: four collections are few
	fitSteps    = 50   // of Newton's method; ten are enough
	refusedMost = 0.01 // share of its own answerable questions that a collection may have refused, at most
)

// Thresholds of the probability, the same for all: more likely than not, and so likely that a reranker has nothing to add.
const (
	mediumFrom = 0.5
	highFrom   = 0.85
	wordsMost  = 0.84 // without a known measure of meaning nothing but a name is High
)

// Fit makes a calibration of samples, by logistic regression with a ridge penalty, each pair of collections and both kinds of
// questions weighing the same. meaning takes the cosine into account, agreement whether both sides agree. The threshold of Low is
// the greatest at which no collection has more than refusedMost of its own questions refused.
func Fit(samples []Sample, meaning, agreement bool) Calibration {
	rows := make([][]float64, len(samples))
	for i, s := range samples {
		rows[i] = s.features(meaning, agreement)
	}
	w := logistic(rows, samples)
	c := Calibration{Bias: w[0], Cosine: w[1], Found: w[2], Missing: w[3], Agreement: w[4], Medium: mediumFrom, High: highFrom}
	for _, v := range []*float64{&c.Bias, &c.Cosine, &c.Found, &c.Missing, &c.Agreement} {
		*v = math.Round(*v*1000) / 1000
	}
	c.Low = math.Floor(100*c.lowest(samples)) / 100
	if !meaning {
		c.Most = wordsMost
	}
	return c
}

// features are the numbers that the weights belong to, in the order of Fit; the first is that of the bias.
func (e Evidence) features(meaning, agreement bool) []float64 {
	f := []float64{1, 0, e.Found, e.Missing, 0}
	if meaning && e.Cosine != nil {
		f[1] = *e.Cosine
	}
	if agreement {
		f[4] = e.Agreement
	}
	return f
}

// lowest is the probability that all but refusedMost of each collection's answerable questions reach.
func (c Calibration) lowest(samples []Sample) float64 {
	own := map[string][]float64{}
	for _, s := range samples {
		if s.Answerable() {
			own[s.Index] = append(own[s.Index], c.Probability(s.Evidence))
		}
	}
	low := mediumFrom
	for _, p := range own {
		slices.Sort(p)
		low = min(low, quantile(p, refusedMost))
	}
	return low
}

// quantile of ascending values, between two of them by proportion.
func quantile(values []float64, share float64) float64 {
	at := share * float64(len(values)-1)
	i := int(at)
	if i+1 >= len(values) {
		return values[len(values)-1]
	}
	return values[i] + (at-float64(i))*(values[i+1]-values[i])
}

// logistic returns the weights by Newton's method. A feature that is the same in all samples has none.
func logistic(rows [][]float64, samples []Sample) []float64 {
	n := len(rows[0])
	mean, deviation := moments(rows)
	importance := importances(samples)
	b := mat.NewVecDense(n, nil)
	x := make([]float64, n)
	for range fitSteps {
		gradient, hessian := mat.NewVecDense(n, nil), mat.NewDense(n, n, nil)
		for i, row := range rows {
			x[0] = 1
			for j := 1; j < n; j++ {
				x[j] = (row[j] - mean[j]) / deviation[j]
			}
			p := 1 / (1 + math.Exp(-mat.Dot(b, mat.NewVecDense(n, x))))
			y := 0.0
			if samples[i].Answerable() {
				y = 1
			}
			for j := range n {
				gradient.SetVec(j, gradient.AtVec(j)+importance[i]*(p-y)*x[j])
				for k := range n {
					hessian.Set(j, k, hessian.At(j, k)+importance[i]*p*(1-p)*x[j]*x[k])
				}
			}
		}
		for j := 1; j < n; j++ {
			gradient.SetVec(j, gradient.AtVec(j)+ridge*b.AtVec(j))
			hessian.Set(j, j, hessian.At(j, j)+ridge)
		}
		var step mat.VecDense
		if err := step.SolveVec(hessian, gradient); err != nil {
			break // only where all samples are of one kind
		}
		b.SubVec(b, &step)
		if mat.Norm(&step, 2) < 1e-10 {
			break
		}
	}
	w := make([]float64, n)
	w[0] = b.AtVec(0)
	for j := 1; j < n; j++ {
		w[j] = b.AtVec(j) / deviation[j]
		w[0] -= w[j] * mean[j]
	}
	return w
}

// moments are the mean and the standard deviation of each feature, the latter 1 where it is 0.
func moments(rows [][]float64) (mean, deviation []float64) {
	mean, deviation = make([]float64, len(rows[0])), make([]float64, len(rows[0]))
	for _, row := range rows {
		for j, v := range row {
			mean[j] += v / float64(len(rows))
		}
	}
	for _, row := range rows {
		for j, v := range row {
			deviation[j] += (v - mean[j]) * (v - mean[j]) / float64(len(rows))
		}
	}
	for j, v := range deviation {
		if deviation[j] = math.Sqrt(v); deviation[j] < 1e-9 {
			deviation[j] = 1
		}
	}
	return mean, deviation
}

// importances make each pair of collections weigh the same within its kind, and both kinds the same; their sum is 1.
func importances(samples []Sample) []float64 {
	type pair struct{ index, questions string }
	size := map[pair]int{}
	for _, s := range samples {
		size[pair{s.Index, s.Questions}]++
	}
	pairs := map[bool]int{}
	for p := range size {
		pairs[p.index == p.questions]++
	}
	out := make([]float64, len(samples))
	for i, s := range samples {
		out[i] = 1 / float64(size[pair{s.Index, s.Questions}]*pairs[s.Answerable()]*len(pairs))
	}
	return out
}
