package graph

import (
	"context"
	"fmt"
	"strings"

	"amalfa/store"
)

// namedCommon is how many common neighbours or tags a reason names.
const namedCommon = 3

// Reasons says in words why the two belong together.
func (g Gap) Reasons() []string {
	reasons := []string{}
	if g.Kind == Similar || g.Nearest > 0 {
		reasons = append(reasons, fmt.Sprintf("they say alike: cosine %.2f, nearest passages %.2f", g.Cosine, g.Nearest))
	}
	if len(g.Common) > 0 {
		reasons = append(reasons, fmt.Sprintf("both are linked with %s (Adamic-Adar %.2f)", some(g.Common), g.AdamicAdar))
	}
	if len(g.Alike) > 0 {
		reasons = append(reasons, "of the notes nearest to one in meaning, the other is linked with "+some(g.Alike))
	}
	if len(g.Tags) > 0 {
		reasons = append(reasons, "both are tagged "+some(g.Tags))
	}
	return reasons
}

// some names the first of a list and counts the rest.
func some(names []string) string {
	text := strings.Join(names[:min(len(names), namedCommon)], ", ")
	if more := len(names) - namedCommon; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// neighbours are the nodes that an edge connects with a node, tags too.
func neighbours(ctx context.Context, st store.Store, node string) (map[string]bool, error) {
	edges, err := st.Edges(ctx, node, store.Both)
	if err != nil {
		return nil, err
	}
	near := map[string]bool{}
	for _, e := range edges {
		if e.Resolved && !e.File {
			near[Link{Edge: e, Forward: e.Source == node}.To()] = true
		}
	}
	delete(near, node)
	return near, nil
}
