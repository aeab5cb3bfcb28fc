package ember

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
)

// linkCandidates bounds how many near notes are looked at for links.
const linkCandidates = 20

// A linkEvidence is what speaks for a link.
type linkEvidence struct {
	node   int32
	alike  float64 // cosine above that of any two notes, as a share of what is possible
	common float64 // Adamic-Adar
	named  float64 // ln(1 + times that the other's title stands in the note)
	rare   float64 // rarity of that title's words
}

// links are the notes that a note should link to and does not, likeliest first.
func (c *corpus) links(ctx context.Context, node int32, d *document) (out []Suggestion, err error) {
	found := map[int32]*linkEvidence{}
	at := func(other int32) *linkEvidence {
		if found[other] == nil {
			found[other] = &linkEvidence{node: other}
		}
		return found[other]
	}
	id := c.net.Notes[node].ID
	if c.vectors != nil {
		for _, near := range c.vectors.Nearest(id, linkCandidates) {
			if other, ok := c.net.At(near.ID); ok {
				at(other).alike = max((near.Cosine-c.vectors.Neutral)/(1-c.vectors.Neutral), 0)
			}
		}
	}
	linked := c.net.Neighbours(node)
	for _, through := range linked[:min(len(linked), maxNeighbours)] {
		further := c.net.Neighbours(through)
		if len(further) > maxNeighbours { // what a hub connects says little
			continue
		}
		for _, other := range further {
			if e := at(other); e.common == 0 {
				e.common = c.net.AdamicAdar(node, other)
			}
		}
	}
	for key, count := range d.counts {
		if other, ok := c.titles[key]; ok && other >= 0 && other != node {
			e := at(other)
			e.named, e.rare = math.Log1p(float64(count)), c.rarity(key)*math.Sqrt(float64(len(strings.Fields(key))))
		}
	}
	for other, e := range found {
		if other == node || slices.Contains(linked, other) {
			continue
		}
		if p := linkProbability(*e); p >= floor {
			out = append(out, Suggestion{Kind: KindLink, Value: c.net.Notes[other].ID, Confidence: round(p), Reasons: c.linkReasons(*e)})
		}
	}
	slices.SortFunc(out, func(a, b Suggestion) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(a.Value, b.Value))
	})
	return out[:min(len(out), maxLinks)], nil
}

// linkProbability is a logistic sum whose weights are set by hand: its confidences rank links and are not measured.
func linkProbability(e linkEvidence) float64 {
	sum := linkIntercept + alikeWeight*e.alike + commonWeight*math.Log1p(e.common) + namedWeight*e.named*min(e.rare/titleRarity, 1)
	return sigmoid(sum)
}

const (
	linkIntercept = -5.0
	alikeWeight   = 5.5
	commonWeight  = 1.2
	namedWeight   = 4.0
	titleRarity   = 4.0 // of a title that means its note wherever it stands
)

func (c *corpus) linkReasons(e linkEvidence) (out []string) {
	if e.named > 0 {
		out = append(out, "its title stands in the text")
	}
	if e.alike > 0 {
		out = append(out, "they say alike")
	}
	if e.common > 0 {
		out = append(out, "both are linked with the same notes")
	}
	return out
}
