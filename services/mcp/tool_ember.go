package mcp

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// A Proposal is what a note lacks, and the file beside it that says so.
type Proposal struct {
	Path       string // of that file
	Note       string
	Confidence float64
	Tags       []string
	Links      []string // ids of notes
	Keyphrases []string
	Summary    string
	Nothing    bool   // the note lacks nothing that can be told
	Kept       string // why the file that is there stays as it is
}

type emberIn struct {
	Path   string `json:"path" jsonschema:"path of the note in the workspace"`
	DryRun bool   `json:"dry_run,omitempty" jsonschema:"say what is proposed, and write nothing"`
}

type emberOut struct {
	Path       string   `json:"path" jsonschema:"of the file that holds the proposal"`
	Target     string   `json:"target" jsonschema:"the note"`
	Confidence float64  `json:"confidence" jsonschema:"mean chance that a person would say the same, 0 to 1"`
	Tags       []string `json:"tags"`
	Links      []string `json:"links" jsonschema:"ids of notes"`
	Keyphrases []string `json:"keyphrases"`
	Summary    string   `json:"summary"`
	Written    bool     `json:"written"`
}

func emberTool() tool {
	return tool{
		name:  "ember_extract",
		title: "Propose what a note lacks",
		description: "Propose tags, links, keyphrases and a summary for a note, and write them into NOTE.ember.json beside it. Use it on notes without tags or " +
			"links. The note itself is not changed: its user does that with amalfa ember squash.",
	}
}

func (s *Server) planEmber(ctx context.Context, in emberIn) (c change[emberOut], err error) {
	p, err := s.o.Propose(ctx, in.Path, true)
	if err != nil {
		return c, err
	}
	c.noop = in.DryRun || p.Nothing
	c.note = p.Note
	c.question = fmt.Sprintf("Write a proposal for %s into %s?", oneLine(p.Note), oneLine(p.Path))
	c.apply = func() (a answer[emberOut], err error) {
		if !c.noop {
			if p, err = s.o.Propose(ctx, in.Path, false); err == nil && p.Kept != "" {
				err = errors.New(p.Kept)
			}
			if err != nil {
				return a, err
			}
		}
		out := emberOut{Path: p.Path, Target: p.Note, Confidence: p.Confidence, Tags: append([]string{}, p.Tags...), Links: append([]string{}, p.Links...),
			Keyphrases: append([]string{}, p.Keyphrases...), Summary: p.Summary, Written: !c.noop}
		return answer[emberOut]{out: out, text: out.format(p.Nothing)}, nil
	}
	return c, nil
}

func (o emberOut) format(nothing bool) string {
	if nothing {
		return fmt.Sprintf("%s lacks nothing that can be told.\n", oneLine(o.Target))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "For %s (confidence %.2f):\n", oneLine(o.Target), o.Confidence)
	for _, row := range []struct {
		name   string
		values []string
	}{{"tags", o.Tags}, {"links", o.Links}, {"keyphrases", o.Keyphrases}} {
		if len(row.values) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", row.name, oneLine(strings.Join(row.values, ", ")))
		}
	}
	if o.Summary != "" {
		fmt.Fprintf(&b, "summary: %s\n", oneLine(o.Summary))
	}
	if o.Written {
		fmt.Fprintf(&b, "Written: %s\n", oneLine(o.Path))
	}
	return b.String()
}
