package graph

import (
	"context"
	"math"
	"math/rand/v2"
)

// A Layout is a map of a network on which communities are discs that do not overlap, and a note lies among those it is linked with. Notes of a
// disc are a unit apart.
type Layout struct {
	X, Y  []float32 // of notes
	Of    []int32   // note → position in Discs
	Discs []Disc    // of the communities, the largest first; notes without company share the last one
}

// A Disc is the place of a community.
type Disc struct {
	Name         string
	Notes        int
	X, Y, Radius float32
}

// Bounds of the work. More steps than these change little that one sees: on 20,000 notes the mean length of a link falls by 2 % with twice
// as many.
const (
	discSteps = 150
	swapTries = 40 // for each note
	discGap   = 1.5
	maxPairs  = 400_000_000 // of discs compared, about a second
)

// goldenAngle spreads points over a disc evenly.
const goldenAngle = math.Pi * (3 - 2.23606797749979)

// Layout makes the map. Two runs make the same. It returns ctx's error where that ends first.
func (n *Network) Layout(ctx context.Context) (Layout, error) {
	l := Layout{X: make([]float32, len(n.Notes)), Y: make([]float32, len(n.Notes)), Of: make([]int32, len(n.Notes))}
	groups := l.discs(n.Communities())
	if err := l.spread(ctx, n); err != nil {
		return l, err
	}
	for d, notes := range groups {
		if ctx.Err() != nil {
			return l, context.Cause(ctx)
		}
		l.fill(d, notes)
	}
	for d, notes := range groups {
		if ctx.Err() != nil {
			return l, context.Cause(ctx)
		}
		l.settle(n, notes, uint64(d))
	}
	return l, nil
}

// discs makes a disc of each community, and one of all notes that are alone.
func (l *Layout) discs(parts Communities) (groups [][]int32) {
	var alone []int32
	for _, c := range parts.All {
		if len(c.Notes) == 1 {
			alone = append(alone, c.Notes[0])
			continue
		}
		groups = append(groups, c.Notes)
		l.Discs = append(l.Discs, Disc{Name: c.Name, Notes: len(c.Notes)})
	}
	if len(alone) > 0 {
		groups = append(groups, alone)
		l.Discs = append(l.Discs, Disc{Name: "without links", Notes: len(alone)})
	}
	for d, notes := range groups {
		l.Discs[d].Radius = float32(math.Sqrt(float64(len(notes))))
		for _, node := range notes {
			l.Of[node] = int32(d)
		}
	}
	return groups
}

// spread places the discs: the largest in the middle, others around, and those with many links between them drawn together.
func (l *Layout) spread(ctx context.Context, n *Network) error {
	area := 0.0
	for i := range l.Discs {
		d := &l.Discs[i]
		area += float64(d.Radius * d.Radius)
		at := 1.6 * math.Sqrt(area)
		if i == 0 {
			at = 0
		}
		angle := float64(i) * goldenAngle
		d.X, d.Y = float32(at*math.Cos(angle)), float32(at*math.Sin(angle))
	}
	between := n.weighted().aggregate(l.Of, len(l.Discs))
	steps := min(discSteps, max(10, maxPairs/max(1, len(l.Discs)*len(l.Discs))))
	for step := range steps {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if step < steps-20 { // the last ones only part what overlaps
			l.draw(between)
		}
		l.part()
	}
	return nil
}

// draw moves each disc towards the mean of those it is linked with, and a little to the middle.
func (l *Layout) draw(between weighted) {
	for i := range l.Discs {
		var x, y, total float64
		for j := between.start[i]; j < between.start[i+1]; j++ {
			w := math.Sqrt(between.weight[j])
			x, y, total = x+w*float64(l.Discs[between.to[j]].X), y+w*float64(l.Discs[between.to[j]].Y), total+w
		}
		d := &l.Discs[i]
		d.X, d.Y = 0.99*d.X, 0.99*d.Y
		if total > 0 {
			d.X += 0.1 * (float32(x/total) - d.X)
			d.Y += 0.1 * (float32(y/total) - d.Y)
		}
	}
}

// part moves discs that overlap away from each other, the smaller one farther.
func (l *Layout) part() {
	for i := range l.Discs {
		a := &l.Discs[i]
		for j := i + 1; j < len(l.Discs); j++ {
			b := &l.Discs[j]
			dx, dy, least := b.X-a.X, b.Y-a.Y, a.Radius+b.Radius+discGap
			if dx > least || dx < -least || dy > least || dy < -least || dx*dx+dy*dy >= least*least {
				continue
			}
			dist := float32(math.Hypot(float64(dx), float64(dy)))
			if dist < 1e-3 {
				dx, dy, dist = 1, 0, 1
			}
			push, share := (least-dist)/dist, b.Radius/(a.Radius+b.Radius)
			a.X, a.Y = a.X-dx*push*share, a.Y-dy*push*share
			b.X, b.Y = b.X+dx*push*(1-share), b.Y+dy*push*(1-share)
		}
	}
}

// fill places the notes of a disc, those with most links within it in its middle.
func (l *Layout) fill(disc int, notes []int32) {
	d := l.Discs[disc]
	for i, node := range notes {
		r := math.Sqrt(float64(i)+0.5) * 0.95
		angle := float64(i) * goldenAngle
		l.X[node], l.Y[node] = d.X+float32(r*math.Cos(angle)), d.Y+float32(r*math.Sin(angle))
	}
}

// settle has notes of a disc change places where that shortens their links. The first, its hub, stays.
func (l *Layout) settle(n *Network, notes []int32, seed uint64) {
	if len(notes) < 3 {
		return
	}
	// #nosec G404 -- the same map each time
	dice := rand.New(rand.NewPCG(seed, 1))
	others := notes[1:]
	for range swapTries * len(others) {
		a, b := others[dice.IntN(len(others))], others[dice.IntN(len(others))]
		before := l.reach(n, a) + l.reach(n, b)
		l.swap(a, b)
		if l.reach(n, a)+l.reach(n, b) >= before {
			l.swap(a, b)
		}
	}
}

func (l *Layout) swap(a, b int32) {
	l.X[a], l.X[b], l.Y[a], l.Y[b] = l.X[b], l.X[a], l.Y[b], l.Y[a]
}

// mostReach bounds the links of a note that are looked at: those of a hub lead everywhere.
const mostReach = 64

// reach is how long the links of a note are together.
func (l *Layout) reach(n *Network, node int32) (sum float64) {
	to := n.both.of(int(node))
	for _, other := range to[:min(len(to), mostReach)] {
		sum += math.Hypot(float64(l.X[node]-l.X[other]), float64(l.Y[node]-l.Y[other]))
	}
	return sum
}
