package eval

import (
	"cmp"
	"math"
	"slices"
)

// Scores are the measures of trec_eval, over one question or as the mean over many.
type Scores struct {
	NDCG   float64 // ndcg_cut_10: gain is the grade, discount log2(rank+1), against the best order of all judged documents
	MRR    float64 // recip_rank within the first 10
	Recall float64 // recall_100
}

// Depths of the measures.
const (
	ndcgDepth   = 10
	mrrDepth    = 10
	RecallDepth = 100 // a ranking need not be longer
)

// Score judges one ranking of document ids, best first. Without a relevant document all measures are 0.
func Score(ranking []string, grades map[string]int) Scores {
	var s Scores
	var ideal []int
	for _, g := range grades {
		if g > 0 {
			ideal = append(ideal, g)
		}
	}
	if len(ideal) == 0 {
		return s
	}
	slices.SortFunc(ideal, func(a, b int) int { return b - a })
	var best, got float64
	for i, g := range ideal[:min(len(ideal), ndcgDepth)] {
		best += gain(g, i)
	}
	found := 0
	for i, id := range ranking {
		g := grades[id]
		if g <= 0 {
			continue
		}
		if i < ndcgDepth {
			got += gain(g, i)
		}
		if i < mrrDepth && s.MRR == 0 {
			s.MRR = 1 / float64(i+1)
		}
		if i < RecallDepth {
			found++
		}
	}
	s.NDCG, s.Recall = got/best, float64(found)/float64(len(ideal))
	return s
}

func gain(grade, i int) float64 { return float64(grade) / math.Log2(float64(i)+2) }

// Mean is the mean of each measure.
func Mean(all []Scores) Scores {
	var sum Scores
	for _, s := range all {
		sum.NDCG += s.NDCG
		sum.MRR += s.MRR
		sum.Recall += s.Recall
	}
	n := float64(max(len(all), 1))
	return Scores{sum.NDCG / n, sum.MRR / n, sum.Recall / n}
}

// fusionK is the constant of reciprocal rank fusion (Cormack and others, 2009).
const fusionK = 60

// Fuse is plain reciprocal rank fusion of rankings, the usual way to join words and vectors, which ours is held against.
// Ties go by the first ranking.
func Fuse(rankings ...[]string) []string {
	scores := map[string]float64{}
	var ids []string
	for _, ranking := range rankings {
		for i, id := range ranking {
			if _, known := scores[id]; !known {
				ids = append(ids, id)
			}
			scores[id] += 1 / float64(fusionK+i+1)
		}
	}
	slices.SortStableFunc(ids, func(a, b string) int { return cmp.Compare(scores[b], scores[a]) })
	return ids
}

// AUROC is the chance that a value of one kind is above one of the other, equal ones by halves: 1 where they are apart, 0.5 where
// they say nothing. Without values of both kinds it is 0.
func AUROC(above, below []float64) float64 {
	if len(above) == 0 || len(below) == 0 {
		return 0
	}
	below = slices.Sorted(slices.Values(below))
	sum := 0
	for _, v := range above {
		first, _ := slices.BinarySearch(below, v)
		last, _ := slices.BinarySearchFunc(below, v, func(a, b float64) int { // behind those equal to v
			if a <= b {
				return -1
			}
			return 1
		})
		sum += first + last
	}
	return float64(sum) / float64(2*len(above)*len(below))
}
