package ember

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	"amalfa/notes"
	"amalfa/tasks/terms"
)

// Bounds on what is looked at for the tags of one note.
const (
	nearest       = 20 // notes in meaning
	maxNeighbours = 200
	maxHolders    = 40 // notes of a tag whose words stand for it
)

// features are what speaks for a tag on a note, each about 0 to 1 but for the prior. Their order is that of weights.
type features [10]float64

const (
	byNearest    = iota // share of the nearest notes that have it, by how near they are
	byLinked            // share of the linked notes that have it
	linkedCount         // ln(1 + linked notes that have it)
	byMeaning           // how near the note is to the middle of all that have it
	byWords             // cosine of its words with those of the notes that have it
	namedInText         // ln(1 + times that it is named)
	namedInTitle        // it is named in the title
	byOtherTags         // share of the notes with one of the note's tags that have it, the highest
	prior               // ln of the share of notes that have it
	byModel             // a language model says so
)

// A tagger weighs tags for one note.
type tagger struct {
	*corpus
	node int32
	doc  *document
	own  []string          // tags of the note, but for one that is left out
	near map[int32]float64 // weight of nearest notes, sum 1
	sum  map[string]float64
}

// tagCandidates returns the features of all tags that something speaks for and that the note does not have.
func (c *corpus) tagCandidates(ctx context.Context, node int32) (map[string]features, error) {
	return c.tagsWithout(ctx, node, "")
}

// tagsWithout is tagCandidates as if the note did not have one of its tags.
func (c *corpus) tagsWithout(ctx context.Context, node int32, hidden string) (map[string]features, error) {
	doc, err := c.document(ctx, node)
	if err != nil {
		return nil, err
	}
	t := tagger{corpus: c, node: node, doc: doc, near: c.nearestOf(node), sum: map[string]float64{}}
	t.own = slices.DeleteFunc(slices.Clone(c.tags[node]), func(tag string) bool { return tag == hidden })
	found := map[string]*features{}
	at := func(tag string) *features {
		if found[tag] == nil {
			found[tag] = &features{}
		}
		return found[tag]
	}
	for other, weight := range t.near {
		for _, tag := range c.tags[other] {
			at(tag)[byNearest] += weight
		}
	}
	linked := c.net.Neighbours(node)
	linked = linked[:min(len(linked), maxNeighbours)]
	for _, other := range linked {
		for _, tag := range c.tags[other] {
			at(tag)[byLinked] += 1 / (float64(len(linked)) + 0.5)
			at(tag)[linkedCount]++
		}
	}
	for key, tag := range c.named {
		if doc.counts[key] > 0 {
			at(tag)
		}
	}
	for _, own := range t.own {
		for tag, share := range t.together(own) {
			f := at(tag)
			f[byOtherTags] = max(f[byOtherTags], share)
		}
	}
	out := map[string]features{}
	for tag, f := range found {
		if slices.Contains(t.own, tag) || t.implied(tag) {
			continue
		}
		if err := t.fill(ctx, tag, f); err != nil {
			return nil, err
		}
		out[tag] = *f
	}
	return out, nil
}

// implied tells whether the note has a tag below this one: "sea/tides" says "sea".
func (t *tagger) implied(tag string) bool {
	return slices.ContainsFunc(t.own, func(own string) bool { return strings.HasPrefix(own, tag+"/") })
}

// fill reckons what is the same for all candidates.
func (t *tagger) fill(ctx context.Context, tag string, f *features) (err error) {
	f[linkedCount] = math.Log1p(f[linkedCount])
	f[byMeaning] = t.meaning(tag)
	if f[byWords], err = t.words(ctx, tag); err != nil {
		return err
	}
	key := tagKey(tag)
	f[namedInText] = math.Log1p(float64(t.named(tag, key)))
	if title := " " + terms.Key(t.net.Notes[t.node].Title) + " "; key != "" && strings.Contains(title, " "+key+" ") {
		f[namedInTitle] = 1
	}
	f[prior] = math.Log(float64(t.known[tag]) / float64(len(t.net.Notes)))
	return nil
}

// named is how often a note names a tag, but for where it stands as one.
func (t *tagger) named(tag, key string) int {
	n := t.doc.counts[key]
	if n > 0 && slices.Contains(t.tags[t.node], tag) {
		n = max(0, n-strings.Count(notes.Fold(t.doc.text), "#"+notes.Fold(tag)))
	}
	return n
}

// nearestOf weighs the nearest notes by how much nearer they are than any two notes.
func (c *corpus) nearestOf(node int32) map[int32]float64 {
	out := map[int32]float64{}
	if c.vectors == nil {
		return out
	}
	sum := 0.0
	for _, near := range c.vectors.Nearest(c.net.Notes[node].ID, nearest) {
		other, ok := c.net.At(near.ID)
		weight := max(near.Cosine-c.vectors.Neutral, 0)
		if ok && weight > 0 {
			out[other] = weight * weight
			sum += weight * weight
		}
	}
	for other := range out {
		out[other] /= sum
	}
	return out
}

// together is how often other tags stand with one, on other notes.
func (t *tagger) together(tag string) map[string]float64 {
	out := map[string]float64{}
	holders := t.holders[tag]
	if len(holders) < 3 { // two notes say little
		return out
	}
	for _, node := range holders {
		if node == t.node {
			continue
		}
		for _, other := range t.tags[node] {
			out[other] += 1 / float64(len(holders)-1)
		}
	}
	delete(out, tag)
	return out
}

// meaning is the cosine of the note with the mean of those with the tag, above that of any two notes, as a share of what is possible.
func (t *tagger) meaning(tag string) float64 {
	if t.vectors == nil {
		return 0
	}
	own, ok := t.vectors.Of(t.net.Notes[t.node].ID)
	if !ok {
		return 0
	}
	mean, n := make([]float64, len(own)), 0
	for _, node := range t.holders[tag] {
		if v, ok := t.vectors.Of(t.net.Notes[node].ID); ok && node != t.node {
			n++
			for i, x := range v {
				mean[i] += float64(x)
			}
		}
	}
	dot, length := 0.0, 0.0
	for i, x := range mean {
		dot += x * float64(own[i])
		length += x * x
	}
	if n == 0 || length == 0 {
		return 0
	}
	return max((dot/math.Sqrt(length)-t.vectors.Neutral)/(1-t.vectors.Neutral), 0)
}

// words is the cosine of the note's words with those of notes with the tag, at most maxHolders of them.
func (t *tagger) words(ctx context.Context, tag string) (float64, error) {
	clear(t.sum)
	n := 0
	for _, node := range t.holders[tag] {
		if node == t.node {
			continue
		}
		d, err := t.document(ctx, node)
		if err != nil {
			return 0, err
		}
		for key, weight := range d.profile {
			t.sum[key] += weight
		}
		if n++; n == maxHolders {
			break
		}
	}
	dot, length := 0.0, 0.0
	for key, weight := range t.sum {
		dot += weight * t.doc.profile[key]
		length += weight * weight
	}
	if length == 0 {
		return 0, nil
	}
	return dot / math.Sqrt(length), nil
}

// A proposal is a tag and how likely a person would give it.
type proposal struct {
	tag        string
	confidence float64
	features   features
}

// rankTags weighs candidates, likeliest first, ties by name.
func (c *corpus) rankTags(all map[string]features) (out []proposal) {
	for _, tag := range slices.Sorted(maps.Keys(all)) {
		out = append(out, proposal{tag, c.calibration.probability(tagWeights.sum(all[tag])), all[tag]})
	}
	slices.SortStableFunc(out, func(a, b proposal) int { return cmp.Compare(b.confidence, a.confidence) })
	return out
}

// A logistic is a logistic regression: Platt's way to probabilities, over all that speaks for a tag at once.
type logistic struct {
	intercept float64
	weights   features
}

// sum is the logarithm of the odds.
func (l logistic) sum(f features) float64 {
	sum := l.intercept
	for i, w := range l.weights {
		sum += w * f[i]
	}
	return sum
}

func (l logistic) probability(f features) float64 { return sigmoid(l.sum(f)) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// tagWeights are set by hand: fitted to generated vaults (TestFit), a name in the text weighs far more than it does in notes of people. How
// right they are is measured by TestTags (docs/decisions/0069-what-ember-proposes.md).
var tagWeights = logistic{-3, features{byNearest: 3, byLinked: 2, linkedCount: 0.3, byMeaning: 2, byWords: 3, namedInText: 0.7, namedInTitle: 1, byOtherTags: 1, prior: 0.1, byModel: modelWeight}}

// modelWeight is what a language model's word counts: three times the odds. It is set by hand, and low: models differ, and none was measured.
const modelWeight = 1.1
