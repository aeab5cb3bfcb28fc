package mcp

import (
	"context"
	"errors"
	"strings"

	"amalfa/store"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	maxCompletions = 100 // the protocol's own limit
	// maxCompared is how many notes one completion looks at: it runs at every key.
	maxCompared = 5000
)

// complete offers paths for the note template, folders and titles for prompts. Without an index it offers nothing.
func (s *Server) complete(ctx context.Context, req *sdk.CompleteRequest) (*sdk.CompleteResult, error) {
	var values []string
	err := s.index.with(ctx, func(h *handle) (err error) {
		values, err = candidates(ctx, h, req.Params)
		return err
	})
	if err != nil && !errors.Is(err, store.ErrNoIndex) {
		return nil, err
	}
	res := &sdk.CompleteResult{}
	res.Completion.Total = len(values)
	res.Completion.HasMore = len(values) > maxCompletions
	res.Completion.Values = append([]string{}, values[:min(maxCompletions, len(values))]...)
	return res, nil
}

func candidates(ctx context.Context, st store.Store, p *sdk.CompleteParams) ([]string, error) {
	typed := p.Argument.Value
	switch {
	case p.Ref.Type == "ref/resource" && p.Argument.Name == "path":
		notes, err := st.List(ctx, typed, "", maxCompletions+1)
		return mapNotes(notes, func(n store.Note) string { return n.ID }), err
	case p.Argument.Name == "folder":
		notes, err := st.List(ctx, typed, "", maxCompared)
		return folders(notes, typed), err
	case p.Argument.Name == "topic":
		notes, err := st.List(ctx, "", "", maxCompared)
		return titles(notes, typed), err
	}
	return nil, nil
}

func mapNotes(notes []store.Note, of func(store.Note) string) []string {
	var out []string
	for _, n := range notes {
		out = append(out, of(n))
	}
	return out
}

// folders returns the folders of notes that begin with what was typed, each once.
func folders(notes []store.Note, typed string) []string {
	var out []string
	seen := map[string]bool{}
	for _, n := range notes {
		for i, c := range n.ID {
			if dir := n.ID[:i]; c == '/' && strings.HasPrefix(dir, typed) && !seen[dir] {
				seen[dir] = true
				out = append(out, dir)
			}
		}
	}
	return out
}

// titles returns the titles that hold what was typed, those that begin with it first.
func titles(notes []store.Note, typed string) []string {
	typed = strings.ToLower(typed)
	var first, rest []string
	seen := map[string]bool{}
	for _, n := range notes {
		title := cleanTitle(n.Title)
		low := strings.ToLower(title)
		switch at := strings.Index(low, typed); {
		case at < 0 || title == "" || seen[title]:
			continue
		case at == 0:
			first = append(first, title)
		default:
			rest = append(rest, title)
		}
		seen[title] = true
	}
	return append(first, rest...)
}
