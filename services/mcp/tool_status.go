package mcp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"amalfa/search"
	"amalfa/store"

	"go.uber.org/zap"
)

type noIn struct{}

type statusOut struct {
	State     string  `json:"state" jsonschema:"ready, or no_index, or failed"`
	Reason    *string `json:"reason" jsonschema:"why state is not ready, and what to do"`
	Workspace string  `json:"workspace"`
	Version   string  `json:"version"`
	Notes     int     `json:"notes"`
	Chunks    int     `json:"chunks"`
	Edges     int     `json:"edges"`
	Tags      int     `json:"tags"`
	Broken    int     `json:"broken_links" jsonschema:"links that no note and no file answers to"`
	DBBytes   int64   `json:"db_bytes"`
	Model     *string `json:"model" jsonschema:"embedding model that built the index"`
	Semantic  string  `json:"semantic" jsonschema:"search by meaning: off, idle, loading, ready, or unavailable with the reason"`
	IndexLag  lag     `json:"index_lag"`
	// How far the vectors are that an index is given behind its words.
	Vectors     search.Share `json:"vectors" jsonschema:"how many of the passages can be found by meaning"`
	VectorsLeft *int64       `json:"vectors_left_seconds" jsonschema:"until all have one, while they are made"`
	Scratchpad  int          `json:"scratchpad_entries"`

	links int // of the edges, all but those to tags
}

func statusTool() tool {
	return tool{
		name:  "memory_status",
		title: "State of the memory",
		description: "Tell whether the memory is ready, what it holds, and how many changed files are not " +
			"indexed. Use it when answers look old, empty or degraded.",
	}
}

func (s *Server) status(ctx context.Context, _ noIn) (answer[statusOut], error) {
	out := statusOut{State: "ready", Workspace: s.o.place(), Version: s.o.Version, Semantic: s.embed.status()}
	err := s.index.with(ctx, func(h *handle) error {
		st, err := h.Stats(ctx)
		if err != nil {
			return err
		}
		out.Notes, out.Chunks, out.Edges, out.Tags, out.Broken = st.Notes, st.Chunks, st.Edges, st.Tags, st.Broken
		out.links = st.Links
		out.DBBytes, out.Model = st.Bytes, orNull(st.Model.Name)
		out.Vectors, err = search.VectorShare(ctx, h)
		return err
	})
	if ctx.Err() != nil {
		return answer[statusOut]{}, ctx.Err()
	}
	if err != nil {
		out.State, out.Reason = "failed", orNull(err.Error())
		if errors.Is(err, store.ErrNoIndex) {
			out.State = "no_index"
		}
	} else {
		out.IndexLag = s.lag.fresh(ctx)
		out.VectorsLeft = s.vectorsLeft()
	}
	if s.o.Scratchpad != nil {
		entries, err := s.o.Scratchpad.List()
		s.warn("List scratchpad", err)
		out.Scratchpad = len(entries)
	}
	return answer[statusOut]{out: out, text: out.format()}, nil
}

// vectorsLeft is nil where nobody makes vectors, or nobody can tell yet.
func (s *Server) vectorsLeft() *int64 {
	if s.o.VectorsLeft == nil {
		return nil
	}
	left, making := s.o.VectorsLeft()
	if !making {
		return nil
	}
	seconds := int64(left.Seconds())
	return &seconds
}

func (o statusOut) format() string {
	var b strings.Builder
	fmt.Fprintf(&b, "State: %s\n", o.State)
	if o.Reason != nil {
		fmt.Fprintf(&b, "%s\n", *o.Reason)
	}
	fmt.Fprintf(&b, "Workspace: %s\nNotes: %d · passages: %d · links: %d, %d broken · tags: %d\n", oneLine(o.Workspace), o.Notes, o.Chunks, o.links, o.Broken, o.Tags)
	if o.Model != nil {
		fmt.Fprintf(&b, "Model: %s\n", *o.Model)
	}
	fmt.Fprintf(&b, "Search by meaning: %s; vectors of %d of %d passages", oneLine(o.Semantic), o.Vectors.Have, o.Vectors.Of)
	if o.VectorsLeft != nil {
		fmt.Fprintf(&b, ", the rest in about %s", time.Duration(*o.VectorsLeft)*time.Second)
	}
	b.WriteByte('\n')
	if n := o.IndexLag.Files; n != nil {
		fmt.Fprintf(&b, "Changed files not indexed yet: %s%d\n", o.IndexLag.prefix(), *n)
	}
	return b.String()
}

// warn logs what an answer can do without.
func (s *Server) warn(what string, err error) {
	if err != nil {
		s.o.Log.Warn(what, zap.Error(err))
	}
}
