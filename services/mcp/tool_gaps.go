package mcp

import (
	"context"
	"fmt"
	"path"
	"strings"

	"amalfa/graph"

	"github.com/google/jsonschema-go/jsonschema"
)

// maxGaps is how far down the list cursors lead.
const maxGaps = 500

type gapsIn struct {
	Limit     int     `json:"limit,omitempty"`
	Threshold float64 `json:"threshold,omitempty" jsonschema:"least score"`
	Kind      string  `json:"kind,omitempty"`
	Folder    string  `json:"folder,omitempty"`
	paging
}

type gapsOut struct {
	quoted
	Gaps       []gap   `json:"gaps"`
	Total      int     `json:"total" jsonschema:"gaps that match, over all answers"`
	Compared   int     `json:"compared" brief:"-" jsonschema:"notes of which every pair was compared"`
	Without    int     `json:"without_vectors" brief:"-" jsonschema:"notes that have no vectors yet and were left out"`
	NextCursor *string `json:"next_cursor"`
}

type gap struct {
	Source   string   `json:"source" brief:"-"`
	Target   string   `json:"target" brief:"-"`
	Kind     string   `json:"kind" jsonschema:"similar, structural, broken or ambiguous"`
	Score    float64  `json:"score" jsonschema:"cosine of the two notes, raised by common neighbours and tags"`
	Reasons  []string `json:"reasons" brief:"-"`
	Evidence []quote  `json:"evidence" jsonschema:"the nearest passage of each"`
}

// A quote is a passage of a note in a list of them.
type quote struct {
	Location string   `json:"location" jsonschema:"id:first-last, which read_node_content takes as id"`
	Heading  []string `json:"heading" brief:"-"`
	Text     string   `json:"text" jsonschema:"the passage, or its beginning"`
}

func (s *Server) gapsTool() tool {
	return tool{
		name:  "find_gaps",
		title: "Find missing links",
		description: "Find notes without a link that say the same or are linked with the same notes: what to link, merge or reconcile; or broken or " +
			"ambiguous links.",
		limit: func(p map[string]*jsonschema.Schema) {
			p["kind"].Enum = []any{"all", graph.Similar, graph.Structural}
			if s.o.Faults != nil {
				p["kind"].Enum = append(p["kind"].Enum, kindBroken, kindAmbiguous)
			}
			limitInteger(p["limit"], 1, 100, graph.DefaultGaps)
			least, most := -1.0, 1.0
			p["threshold"].Minimum, p["threshold"].Maximum = &least, &most
			p["threshold"].Default = fmt.Appendf(nil, "%v", graph.DefaultThreshold)
			limitTokens(p)
		},
	}
}

func (s *Server) gaps(ctx context.Context, in gapsIn) (a answer[gapsOut], err error) {
	at, err := decodeCursor(in.Cursor, fingerprint("find_gaps", in.Threshold, in.Kind, in.Folder))
	if err != nil {
		return a, err
	}
	if at.Line >= maxGaps {
		return a, errCursor
	}
	if s.o.Faults != nil && (in.Kind == kindBroken || in.Kind == kindAmbiguous) {
		return s.faults(ctx, in, at)
	}
	var found graph.GapReport
	err = s.index.with(ctx, func(h *handle) (err error) {
		// One more than is shown tells whether there is a next answer.
		o := graph.GapOptions{Limit: min(at.Line+in.Limit+1, maxGaps), Threshold: in.Threshold, Folder: folderID(in.Folder), SuperNode: s.o.SuperNode, Progress: progress(ctx)}
		if in.Kind != "all" {
			o.Kind = in.Kind
		}
		found, err = graph.Gaps(ctx, h, o)
		return err
	})
	if err != nil {
		return a, err
	}
	return s.packGaps(in, at, found)
}

// folderID is a folder as ids begin with it; "" is all.
func folderID(typed string) string { return strings.Trim(path.Clean("/"+typed), "/") }

func (s *Server) packGaps(in gapsIn, at cursor, found graph.GapReport) (a answer[gapsOut], err error) {
	out := gapsOut{quoted: fromNotes(), Total: found.Total, Compared: found.Compared, Without: found.Without}
	rest := found.Gaps[min(at.Line, len(found.Gaps)):]
	var body string
	b := s.budget(in.MaxTokens, formatGaps(out, in.Threshold, ""), out)
	out.Gaps, body, err = pack(b, rest[:min(in.Limit, len(rest))], func(i int, g graph.Gap) (forms []form[gap]) {
		for _, limit := range quoteLimits {
			row := gap{Source: g.A, Target: g.B, Kind: g.Kind, Score: g.Score, Reasons: []string{}, Evidence: []quote{}}
			if g.Evidence[0].Lines[0] > 0 { // both have vectors
				row.Evidence = []quote{newQuote(g.A, g.Evidence[0], limit), newQuote(g.B, g.Evidence[1], limit)}
			}
			for _, reason := range g.Reasons() {
				row.Reasons = append(row.Reasons, shorten(oneLine(reason), min(limit, maxSentence)))
			}
			forms = append(forms, form[gap]{row, row.format(at.Line + i + 1)})
		}
		return forms
	})
	out.NextCursor = at.next(len(out.Gaps), len(rest))
	return answer[gapsOut]{out, formatGaps(out, in.Threshold, body), b.brief}, err
}

// quoteLimits bound a passage in a list of them, in bytes, the longest form first; its location leads to the rest.
var quoteLimits = [...]int{600, 150, 37}

func newQuote(id string, p graph.Passage, limit int) quote {
	q := quote{Location: fmt.Sprintf("%s:%d-%d", id, p.Lines[0], p.Lines[1]), Heading: []string{}}
	for _, part := range p.Heading {
		q.Heading = append(q.Heading, cleanTitle(part))
	}
	text, _ := clean(p.Text)
	q.Text = shorten(strings.TrimSpace(text), limit)
	return q
}

func (q quote) format() string {
	return fmt.Sprintf("   %s\n   | %s\n", oneLine(q.Location), strings.ReplaceAll(q.Text, "\n", "\n   | "))
}

func (g gap) format(rank int) string {
	score := ""
	if g.Score != 0 {
		score = fmt.Sprintf(" %.3f", g.Score)
	}
	text := fmt.Sprintf("\n%d. %s · %s · %s%s\n   %s\n", rank, oneLine(g.Source), oneLine(g.Target), g.Kind, score, strings.Join(g.Reasons, "; "))
	for _, q := range g.Evidence {
		text += q.format()
	}
	return text
}

func formatGaps(out gapsOut, threshold float64, body string) string {
	var b strings.Builder
	if out.Without > 0 {
		fmt.Fprintf(&b, "%d notes have no vectors yet and were left out.\n", out.Without)
	}
	if len(out.Gaps) == 0 {
		fmt.Fprintf(&b, "No gap at or above %v among %d notes. A lower threshold finds more.\n", threshold, out.Compared)
		return b.String()
	}
	fmt.Fprintf(&b, "%s\n%s%s", plural(out.Total, "gap"), untrustedNotice, body)
	if out.NextCursor != nil {
		b.WriteString("\n" + moreText(out.NextCursor))
	}
	return b.String()
}
