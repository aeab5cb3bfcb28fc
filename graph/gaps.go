package graph

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"amalfa/store"
)

// Defaults of Gaps.
const (
	DefaultGaps      = 10
	DefaultThreshold = 0.8
)

// rounding is what sums of 32-bit products may lack: a cosine that is the threshold on paper counts.
const rounding = 1e-6

// Kinds of gaps.
const (
	Similar    = "similar"    // the two speak of the same thing
	Structural = "structural" // the two are linked with the same notes
)

// ErrNoFolder reports a folder in which no note of the index lies.
var ErrNoFolder = errors.New("no note of the index lies in this folder")

// GapOptions narrow Gaps.
type GapOptions struct {
	Limit     int     // most gaps; 0 is DefaultGaps
	Threshold float64 // least score, -1 to 1
	Kind      string  // Similar or Structural; "" is both
	SuperNode int     // links beyond which a note that two are linked with counts less; 0 for none
	Folder    string  // only pairs of which both lie in this folder, without a slash at its end; "" is all
	// Progress is told how many of all comparisons are done, now and then; nil is told nothing.
	Progress func(done, total int)
}

// A Gap is two notes that belong together and are not linked.
type Gap struct {
	A, B       string
	Kind       string
	Score      float64    // see score
	Cosine     float64    // of the two notes, each the mean of its passages; 0 without vectors
	Evidence   [2]Passage // zero without vectors
	Nearest    float64    // cosine of the two passages of Evidence, the nearest pair between the notes
	AdamicAdar float64    // of the notes that both are linked with
	Common     []string   // those, the rarest first
	Tags       []string   // that both have, without "tag:"
	Alike      []string   // notes linked with one of the two that say what the other says, see alikeOf
}

// GapReport says over how much the gaps were sought.
type GapReport struct {
	Gaps     []Gap // highest score first, ties by A, then B
	Total    int   // gaps there are at the threshold, shown or not
	Compared int   // notes with vectors: every pair of them was compared
	Without  int   // notes with a text that have none yet
}

// Gaps returns the pairs of notes without a link between them whose score is at least Threshold. It returns ErrNoVectors when the index
// holds none, but for structural ones and where no note has a text, and ErrNoFolder.
//
// Every pair is compared by meaning, and every pair that has something in common by that, which raises a score and hides nothing.
// A note is the mean of its passages' vectors, at unit length, not the best pair of passages: a paragraph that many notes
// repeat would make all of them gaps, and a note is the unit that lacks the link. It is also what keeps 10,000 notes within
// seconds: pairs of notes, not of passages. The nearest pair of passages is then the evidence.
func Gaps(ctx context.Context, st store.Store, o GapOptions) (GapReport, error) {
	n, err := Load(ctx, st)
	if err != nil {
		return GapReport{}, err
	}
	if !n.holds(o.Folder) {
		return GapReport{}, fmt.Errorf("%s: %w", o.Folder, ErrNoFolder)
	}
	stats, err := st.Stats(ctx)
	if err != nil {
		return GapReport{}, err
	}
	sp, err := readSpace(ctx, st)
	if err != nil && !(errors.Is(err, ErrNoVectors) && (o.Kind == Structural || stats.Notes == stats.Empty)) {
		return GapReport{}, err
	}
	s := newSeeker(n, sp, o)
	report := GapReport{Compared: len(s.space.notes), Without: max(stats.Notes-stats.Empty-len(s.space.notes), 0)}
	pairs, total, err := s.seek(ctx)
	if err != nil {
		return GapReport{}, err
	}
	report.Total = total
	for _, p := range pairs {
		g, err := s.gap(ctx, st, p)
		if err != nil {
			return GapReport{}, err
		}
		report.Gaps = append(report.Gaps, g)
	}
	return report, nil
}

// holds tells whether a note lies in a folder; "" is the folder of all, which need not hold any.
func (n *Network) holds(folder string) bool {
	return folder == "" || slices.ContainsFunc(n.Notes, func(note store.GraphNote) bool { return strings.HasPrefix(note.ID, folder+"/") })
}

// means has one unit vector a note. A mean without length, of opposite passages, stays zero and is like nothing.
func (s *space) means() matrix {
	m := matrix{rows: len(s.notes), dim: s.dim, data: make([]float32, len(s.notes)*s.dim)}
	for note := range s.notes {
		mean := m.data[note*s.dim : (note+1)*s.dim]
		p := s.passages(note)
		for i, x := range p.data {
			mean[i%s.dim] += x
		}
		var sum float64
		for _, x := range mean {
			sum += float64(x) * float64(x)
		}
		if sum < 1e-12 {
			clear(mean)
			continue
		}
		for i := range mean {
			mean[i] *= float32(1 / math.Sqrt(sum))
		}
	}
	return m
}
