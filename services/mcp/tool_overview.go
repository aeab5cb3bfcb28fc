package mcp

import (
	"context"
	"fmt"
	"strings"

	"amalfa/graph"

	"github.com/google/jsonschema-go/jsonschema"
)

type overviewIn struct {
	MaxTokens int `json:"max_tokens,omitempty"`
}

type overviewOut struct {
	quoted
	Notes       int            `json:"notes"`
	Links       int            `json:"links" jsonschema:"from a note to another"`
	Components  int            `json:"components" jsonschema:"sets of notes that links connect"`
	Modularity  float64        `json:"modularity" brief:"-"`
	Hubs        []hubRow       `json:"hubs" jsonschema:"the notes with the highest PageRank"`
	Communities []communityRow `json:"communities" jsonschema:"the largest, named by their tags and titles"`
	Orphans     []string       `json:"orphans" jsonschema:"notes without a link to or from another one, as many as fit"`
	// How many there are of each, shown or not; a community has two notes or more.
	AllCommunities int `json:"communities_total"`
	AllOrphans     int `json:"orphans_total"`
}

type hubRow struct {
	ID       string  `json:"id"`
	Title    string  `json:"title" brief:"-"`
	PageRank float64 `json:"pagerank"`
	In       int     `json:"in" brief:"-"`
	Out      int     `json:"out" brief:"-"`
}

type communityRow struct {
	Name  string   `json:"name"`
	Size  int      `json:"size"`
	Notes []string `json:"notes" jsonschema:"those with most links within it"`
}

// What an overview shows at most of each; a larger max_tokens shows more.
const (
	overviewHubs        = 10
	overviewCommunities = 20
	communityNotes      = 5
	overviewOrphans     = 100
)

func overviewTool() tool {
	return tool{
		name:        "graph_overview",
		title:       "The notes as a whole",
		description: "Show hubs, communities and orphans among all notes. Use it first in an unknown workspace.",
		limit:       func(p map[string]*jsonschema.Schema) { limitTokens(p) },
	}
}

func (s *Server) overview(ctx context.Context, in overviewIn) (a answer[overviewOut], err error) {
	var n *graph.Network
	err = s.index.with(ctx, func(h *handle) (err error) {
		n, err = graph.Load(ctx, h)
		return err
	})
	if err != nil {
		return a, err
	}
	return s.packOverview(n, in.MaxTokens)
}

// packOverview shares the room: hubs may take a third of it, communities what is left but for a sixth, orphans the rest.
func (s *Server) packOverview(n *graph.Network, tokens int) (a answer[overviewOut], err error) {
	st, found, orphans := n.Stats(max(s.o.SuperNode, 1)), n.Communities(), n.IDs(n.Orphans())
	out := overviewOut{quoted: fromNotes(), Notes: st.Notes, Links: st.Links, Components: st.Components, Modularity: found.Modularity,
		Hubs: []hubRow{}, Communities: []communityRow{}, Orphans: []string{}, AllOrphans: len(orphans)}
	for _, c := range found.All {
		if len(c.Notes) > 1 {
			out.AllCommunities++
		}
	}
	b := s.budget(tokens, out.format(""), out)
	var body strings.Builder
	reserve := min(b.text, b.structure)
	body.WriteString("\nHubs, by PageRank:\n")
	for _, r := range n.ByPageRank(overviewHubs) {
		note := n.Notes[r.Note]
		row := hubRow{note.ID, cleanTitle(note.Title), r.PageRank, r.In, r.Out}
		if min(b.text, b.structure) < reserve*2/3 || !b.spendRow(row.format(), row) {
			break
		}
		out.Hubs = append(out.Hubs, row)
		body.WriteString(row.format())
	}
	body.WriteString("\nCommunities:\n")
	for _, c := range found.All[:min(out.AllCommunities, overviewCommunities)] {
		row := communityRow{cleanTitle(c.Name), len(c.Notes), n.IDs(c.Notes[:min(communityNotes, len(c.Notes))])}
		if min(b.text, b.structure) < reserve/6 || !b.spendRow(row.format(), row) {
			break
		}
		out.Communities = append(out.Communities, row)
		body.WriteString(row.format())
	}
	if len(orphans) > 0 {
		body.WriteString("\nOrphans:\n")
	}
	for _, id := range orphans[:min(len(orphans), overviewOrphans)] {
		line := "- " + oneLine(id) + "\n"
		if !b.spendRow(line, id) {
			break
		}
		out.Orphans = append(out.Orphans, id)
		body.WriteString(line)
	}
	return answer[overviewOut]{out, out.format(body.String()), b.brief}, nil
}

func (h hubRow) format() string {
	return fmt.Sprintf("- %s · %s · %.4f, %d in, %d out\n", oneLine(h.ID), oneLine(h.Title), h.PageRank, h.In, h.Out)
}

func (c communityRow) format() string {
	return fmt.Sprintf("- %s (%s): %s\n", oneLine(c.Name), plural(c.Size, "note"), oneLine(strings.Join(c.Notes, ", ")))
}

// format counts the headings of all parts with its head, so that they need no room of their own.
func (o overviewOut) format(body string) string {
	head := fmt.Sprintf("%s, %s, %s connected by links, %d communities, %s.\n", plural(o.Notes, "note"), plural(o.Links, "link"), plural(o.Components, "set"),
		o.AllCommunities, plural(o.AllOrphans, "orphan"))
	if body == "" {
		return head + "\nHubs, by PageRank:\n\nCommunities:\n\nOrphans:\n"
	}
	return untrustedNames + head + body
}
