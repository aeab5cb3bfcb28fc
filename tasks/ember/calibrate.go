package ember

import (
	"context"
	"math"
)

// A calibration turns the weighed sum of what speaks for a tag into the chance that a person gives it, by Platt's way: a logistic function of
// that sum. How much a sum means differs from vault to vault, so it is fitted to the vault itself: of the tags that its notes have, one
// at a time is left out and guessed. A guess that the note does not have may be right all the same, and only be missing: of tags that
// belong on a note, so many as kept are taken to be there.
//
// J. Platt, Probabilistic outputs for support vector machines, 1999. C. Elkan, K. Noto, Learning classifiers from only positive and
// unlabeled data, 2008.
type calibration struct{ slope, shift float64 }

// odds is the logarithm of the odds that a sum stands for.
func (k calibration) odds(sum float64) float64 { return k.slope*sum + k.shift }

// probability is the confidence of a suggestion.
func (k calibration) probability(sum float64) float64 { return sigmoid(sharpness.odds(k.odds(sum))) }

// sharpness corrects what a fit to a vault gets wrong in every vault: it is too timid, since tags that are missing count as wrong guesses.
// Fitted to five generated vaults of other seeds (TestSharpness), and measured on those and six kinds more (TestTags).
var sharpness = calibration{1.63, 0.69}

// Bounds on what a calibration costs, and on what it trusts.
const (
	calibrationNotes = 150  // that are looked at, evenly over all with tags
	calibrationPrior = 20.0 // trials that the calibration of a vault of few tags counts as
	kept             = 0.75 // share of the tags that belong on notes which people gave; set by hand
)

// usual is the calibration to begin with: the sum as it is.
var usual = calibration{1, 0}

// A trial is a guess whose truth is known.
type trial struct {
	sum  float64
	true float64 // 1 or 0
}

// calibrate fits the calibration to the notes that have tags.
func (c *corpus) calibrate(ctx context.Context) error {
	c.calibration = usual
	var tagged []int32
	for node, tags := range c.tags {
		if len(tags) > 0 {
			tagged = append(tagged, int32(node))
		}
	}
	var all []trial
	step := max(1, len(tagged)/calibrationNotes)
	for i := 0; i < len(tagged); i += step {
		tags := c.tags[tagged[i]]
		trials, err := c.guess(ctx, tagged[i], tags[(i/step)%len(tags)])
		if err != nil {
			return err
		}
		all = append(all, trials...)
	}
	c.calibration = fitCalibration(all)
	return nil
}

// guess leaves a tag out and looks what would be proposed.
func (c *corpus) guess(ctx context.Context, node int32, hidden string) (out []trial, err error) {
	features, err := c.tagsWithout(ctx, node, hidden)
	if err != nil {
		return nil, err
	}
	ranked := c.rankTags(features)
	for _, p := range ranked[:min(len(ranked), maxTags)] {
		one := trial{sum: tagWeights.sum(p.features)}
		if p.tag == hidden {
			one.true = 1
		}
		out = append(out, one)
	}
	return out, nil
}

// fitCalibration finds the likeliest calibration by expectation and maximization with steps of Newton's, drawn towards the usual one.
func fitCalibration(all []trial) calibration {
	k := usual
	for range 300 {
		// gradient and curvature, with the prior on both parameters
		g0, g1 := calibrationPrior*(k.slope-usual.slope)*priorScale, calibrationPrior*(k.shift-usual.shift)*priorScale
		h00, h11, h01 := calibrationPrior*priorScale, calibrationPrior*priorScale, 0.0
		for _, t := range all {
			p := sigmoid(k.odds(t.sum))
			truth := t.true
			if truth == 0 {
				truth = (1 - kept) * p / (1 - kept*p) // that it is only missing
			}
			d, w := p-truth, p*(1-p)
			g0, g1 = g0+d*t.sum, g1+d
			h00, h01, h11 = h00+w*t.sum*t.sum, h01+w*t.sum, h11+w
		}
		det := h00*h11 - h01*h01
		if det < 1e-12 {
			break
		}
		s, b := (h11*g0-h01*g1)/det, (h00*g1-h01*g0)/det
		k.slope, k.shift = k.slope-s, k.shift-b
		if math.Abs(s)+math.Abs(b) < 1e-9 {
			break
		}
	}
	if !(k.slope > 0) || math.IsInf(k.slope+k.shift, 0) { // the vault's tags follow nothing that is seen here: the share of right ones is all there is
		return constant(all)
	}
	return k
}

// priorScale is how strong one trial of the prior is: the curvature of one at even odds.
const priorScale = 0.25

// constant gives every guess the share of right ones, drawn towards one in two of the prior.
func constant(all []trial) calibration {
	right := calibrationPrior / 4
	for _, t := range all {
		right += t.true
	}
	share := right / (float64(len(all)) + calibrationPrior)
	return calibration{0, math.Log(share / (1 - share))}
}
