package mcp

import (
	"context"
	"fmt"
	"strings"

	"amalfa/store"
)

// Kinds of find_gaps beside those of graph: links that do not lead where they should.
const (
	kindBroken    = "broken"    // nothing answers
	kindAmbiguous = "ambiguous" // several notes do
)

// A LinkFault is a link that nothing answers, or that several notes do.
type LinkFault struct {
	Source string
	Line   int
	Target string   // as written, or the name that several notes have
	Others []string // notes that a broken one may mean, or those that have the name: the likeliest first, which an ambiguous link leads to
}

// unlinked is the relation under which explore_links lists where the name of a note stands without a link.
const unlinked = "UNLINKED"

// A Mention is where the name of a note stands in another one without a link.
type Mention struct {
	Source   string
	Line     int
	Sentence string
}

// unlinkedEdges are the mentions of a note as edges to it.
func (s *Server) unlinkedEdges(ctx context.Context, id string) (edges []store.Edge, err error) {
	found, err := s.o.Mentions(ctx, id)
	for _, m := range found {
		edges = append(edges, store.Edge{Source: m.Source, Target: id, Type: unlinked, Line: m.Line, Sentence: m.Sentence, Resolved: true})
	}
	return edges, err
}

// faults answers find_gaps for links that do not lead where they should.
func (s *Server) faults(ctx context.Context, in gapsIn, at cursor) (a answer[gapsOut], err error) {
	all, err := s.o.Faults(ctx, in.Kind == kindBroken)
	if err != nil {
		return a, s.index.addHint(err)
	}
	folder, kept := folderID(in.Folder), all[:0]
	for _, f := range all {
		if folder == "" || strings.HasPrefix(f.Source, folder+"/") {
			kept = append(kept, f)
		}
	}
	out := gapsOut{quoted: fromNotes(), Total: len(kept)}
	rest := kept[min(at.Line, len(kept)):]
	var body string
	b := s.budget(in.MaxTokens, formatGaps(out, in.Threshold, ""), out)
	out.Gaps, body, err = pack(b, rest[:min(in.Limit, len(rest))], func(i int, f LinkFault) []form[gap] {
		row := f.gap(in.Kind)
		return []form[gap]{{row, row.format(at.Line + i + 1)}}
	})
	out.NextCursor = at.next(len(out.Gaps), len(rest))
	text := formatGaps(out, in.Threshold, body)
	if len(out.Gaps) == 0 {
		text = fmt.Sprintf("No %s links.\n", in.Kind)
	}
	return answer[gapsOut]{out, text, b.brief}, err
}

// gap shows a link as find_gaps does. The evidence says all, since a brief answer has it alone.
func (f LinkFault) gap(kind string) gap {
	reason := map[string]string{kindBroken: "no note answers", kindAmbiguous: "several notes answer"}[kind]
	if len(f.Others) > 0 {
		reason += map[string]string{kindBroken: ", perhaps it means ", kindAmbiguous: ", and it leads to the first of "}[kind] + strings.Join(f.Others[:min(len(f.Others), maxOthers)], ", ")
	}
	said := quote{Location: fmt.Sprintf("%s:%d-%d", f.Source, f.Line, f.Line), Heading: []string{}, Text: oneLine(f.Target + ": " + reason)}
	return gap{Source: f.Source, Target: f.Target, Kind: kind, Reasons: []string{oneLine(reason)}, Evidence: []quote{said}}
}

// maxOthers is how many notes a reason names.
const maxOthers = 3
