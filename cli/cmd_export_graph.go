package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"amalfa/graph"
	"amalfa/store"

	"github.com/urfave/cli/v3"
)

// graphCommand holds what speaks of the graph as a whole.
func (a *program) graphCommand() *cli.Command {
	stats := a.command(cli.Command{
		Name: "stats", Usage: "count notes, links, their density and distribution",
		UsageText:   "amalfa graph stats\namalfa graph stats --json",
		Description: "Density is the share of the links that there could be. A super-node is a note\nlinked with so many others that what they have in common says little.\n\n" + networkCodes(),
		Action:      checked(arguments(0, 0, ""), plain(a, (*session).graphStats)),
	})
	export := a.command(cli.Command{
		Name: "export", Usage: "write the graph for other programs",
		UsageText: "amalfa graph export --format graphml > notes.graphml\namalfa graph export --format dot | dot -Tsvg > notes.svg",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Value: "graphml", Usage: "`FORMAT`: graphml, gexf, json or dot"},
			&cli.BoolFlag{Name: "all", Usage: "with files that are no notes, and with targets that nothing answers"},
		},
		Description: "A node for each note, tag and harvested term, an edge for each link with its type and line.\nnetworkx, igraph and Gephi read graphml, Gephi gexf, Graphviz dot.\n\n" + networkCodes(),
		Action: checked(arguments(0, 0, ""), with(a, func(c *cli.Command) exportGraphOptions {
			return exportGraphOptions{c.String("format"), c.Bool("all")}
		}, (*session).exportGraph)),
	})
	return a.group(cli.Command{
		Name: "graph", Category: categoryMemory, Usage: "count the graph of notes, or write it for other programs",
		UsageText: "amalfa graph stats\namalfa graph export --format graphml > notes.graphml", Description: networkCodes(),
		Commands: []*cli.Command{stats, export},
	}, plain(a, (*session).graphStats))
}

func (s *session) graphStats(ctx context.Context) error {
	return s.withNetwork(ctx, func(_ store.Store, n *graph.Network) error {
		ans := n.Stats(s.Settings.Graph.SuperNodeThreshold)
		return s.print(ans, func() { s.printGraphStats(ans) })
	})
}

func (a *program) printGraphStats(st graph.Stats) {
	rows := [][]string{
		{"GRAPH", ""},
		{"Notes", thousands(st.Notes)}, {"Links", fmt.Sprintf("%s between notes, %.1f %% of them mutual", thousands(st.Links), 100*st.Mutual)},
		{"Edges", fmt.Sprintf("%s, with %s and those to %s", thousands(st.Edges), count(st.Broken, "broken link"), count(st.Tags, "tag"))},
		{"Density", fmt.Sprintf("%.5f; a note is linked with %.1f others", st.Density, st.MeanDegree)},
		{"Components", fmt.Sprintf("%s, the largest of %s; %s", thousands(st.Components), count(st.Largest, "note"), count(st.Orphans, "orphan"))},
	}
	if st.SelfLinks > 0 {
		rows = append(rows, []string{"Self links", count(st.SelfLinks, "note")})
	}
	a.table(rows)
	a.line("Notes by how many others they are linked with:")
	most := 1
	for _, d := range st.Degrees {
		most = max(most, d.Notes)
	}
	for _, d := range st.Degrees {
		span := fmt.Sprint(d.Least)
		if d.Most > d.Least {
			span = fmt.Sprintf("%d-%d", d.Least, d.Most)
		}
		const width = 40
		a.line("%12s  %6s  %s", span, thousands(d.Notes), a.faint(strings.Repeat("▇", (d.Notes*width+most-1)/most)))
	}
	if len(st.SuperNodes) > 0 {
		a.line("%s, linked with more than %d others:", count(len(st.SuperNodes), "super-node"), st.Threshold)
	}
	for _, h := range st.SuperNodes[:min(len(st.SuperNodes), 10)] {
		a.line("    %s: %s", cleanLine(h.ID), count(h.Neighbours, "neighbour"))
	}
}

type exportGraphOptions struct {
	Format string
	All    bool
}

func (s *session) exportGraph(ctx context.Context, o exportGraphOptions) error {
	write, ok := map[string]func(graph.Drawing, io.Writer) error{
		"graphml": graph.Drawing.WriteGraphML, "gexf": graph.Drawing.WriteGEXF, "dot": graph.Drawing.WriteDOT, "json": nil,
	}[o.Format]
	if !ok {
		return usageError(fmt.Sprintf("--format takes graphml, gexf, json or dot, not %q", o.Format), "for example: amalfa graph export --format dot")
	}
	return s.withNetwork(ctx, func(st store.Store, n *graph.Network) error {
		d := n.Drawing(o.All)
		terms, err := st.Terms(ctx)
		if err != nil {
			return err
		}
		d.AddTerms(terms)
		if write == nil || s.json && o.Format == "graphml" {
			s.json = true
			return s.print(d, nil)
		}
		out := bufio.NewWriter(s.out)
		if err := write(d, out); err != nil {
			return err
		}
		return out.Flush()
	})
}
