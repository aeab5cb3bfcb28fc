package app

import (
	"context"

	"amalfa/graph"
	"amalfa/tasks/ember"
)

// Strategies of EnhanceBy.
const (
	ByAdamicAdar  = "adamic-adar"
	ByPageRank    = "pagerank"
	ByCommunities = "communities"
)

// Enhanced is what one strategy finds in the graph: the list of that strategy, the others empty.
type Enhanced struct {
	Strategy string             `json:"strategy"`
	Links    []ember.LikelyLink `json:"links"`
	Notes    []ember.Pivot      `json:"notes"`
	Clusters []ember.Cluster    `json:"clusters"`
}

// EnhanceBy looks at the graph by a strategy. It changes nothing.
func (w *Workspace) EnhanceBy(ctx context.Context, strategy string, limit int) (ans Enhanced, err error) {
	ans = Enhanced{Strategy: strategy, Links: []ember.LikelyLink{}, Notes: []ember.Pivot{}, Clusters: []ember.Cluster{}}
	st, err := w.ReadIndex(ctx)
	if err != nil {
		return ans, err
	}
	defer st.Close()
	n, err := graph.Load(ctx, st)
	if err != nil {
		return ans, err
	}
	switch strategy {
	case ByAdamicAdar:
		ans.Links = append(ans.Links, ember.LikelyLinks(n, w.Settings.Graph.SuperNodeThreshold, limit)...)
	case ByPageRank:
		ans.Notes = append(ans.Notes, ember.Pivots(n, limit)...)
	case ByCommunities:
		ans.Clusters = append(ans.Clusters, ember.Clusters(n, limit)...)
	default:
		return ans, &UsageError{Message: "no strategy " + strategy, Advice: "adamic-adar, pagerank or communities"}
	}
	return ans, nil
}
