package mcp

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"amalfa/store"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// A prompt is a task that the user picks in the client. In its text, %s is the argument.
type prompt struct {
	name, title, description, argument, about string
	required                                  bool
	text, everywhere                          string // everywhere is used without an argument
}

func prompts() []prompt {
	return []prompt{{
		name: "recall", title: "What do we know about…", argument: "topic", about: "a question, a title or a few words", required: true,
		description: "Collect what the notes say about a topic, with sources.",
		text: "Find out what this workspace's notes say about: %s\n\n" +
			"Call search_documents with the topic, then with other words for it. Open the best passages with read_node_content and follow " +
			"explore_links where a note points to more. Then tell me what is known, what was decided and why, and what the notes leave open " +
			"or contradict. Cite every statement as path:lines. Say so if the notes hold nothing about it.",
	}, {
		name: "onboarding", title: "Introduce me to this folder", argument: "folder", about: "a folder of the workspace; empty for all of it",
		description: "Explain what a folder of notes is about and where to begin.",
		text: "Introduce me to the folder %s of this workspace.\n\n" +
			"Call list_directory_structure for it, then read the notes that look central (an index or README, and those that many others link " +
			"to by explore_links). Tell me in one page what it is about, its main terms, how its parts hang together, and which five notes to " +
			"read first and why. Cite path:lines.",
		everywhere: "Introduce me to this workspace.\n\n" +
			"Call list_directory_structure, then read the notes that look central (an index or README, and those that many others link to by " +
			"explore_links). Tell me in one page what it is about, its main terms, how its parts hang together, and which five notes to read " +
			"first and why. Cite path:lines.",
	}, {
		name: "gap_review", title: "What is missing here?", argument: "folder", about: "a folder of the workspace; empty for all of it",
		description: "Look for missing links, missing notes and contradictions.",
		text: "Review the notes below %s for gaps.\n\n" +
			"Call list_directory_structure for the folder and find_gaps for pairs of notes that lack a link. For each important note call " +
			"explore_links: name links whose target does not exist. Search for each main topic and name notes that speak of the same thing without a link between them, statements that contradict " +
			"each other, and questions that no note answers. Give a list, most useful first, with path:lines for each. Change nothing.",
		everywhere: "Review this workspace's notes for gaps.\n\n" +
			"Call list_directory_structure, and find_gaps for pairs of notes that lack a link. For each important note call explore_links: " +
			"name links whose target does not exist. Search for each " +
			"main topic and name notes that speak of the same thing without a link between them, statements that contradict each other, and " +
			"questions that no note answers. Give a list, most useful first, with path:lines for each. Change nothing.",
	}}
}

// addPrompts leaves them out of a profile without the tools that they name.
func (s *Server) addPrompts() {
	if s.o.Profile == OpenAI {
		return
	}
	for _, p := range prompts() {
		s.sdk.AddPrompt(&sdk.Prompt{Name: p.name, Title: p.title, Description: p.description,
			Arguments: []*sdk.PromptArgument{{Name: p.argument, Description: p.about, Required: p.required}}}, p.get)
	}
}

func (p prompt) get(_ context.Context, req *sdk.GetPromptRequest) (*sdk.GetPromptResult, error) {
	value := oneLine(strings.TrimSpace(req.Params.Arguments[p.argument]))
	text := p.everywhere
	switch {
	case value == "" && p.required:
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: fmt.Sprintf("missing argument %q", p.argument)}
	case len(value) > maxRef:
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: fmt.Sprintf("argument %q is longer than %d bytes", p.argument, maxRef)}
	case value != "":
		text = fmt.Sprintf(p.text, value)
	}
	return &sdk.GetPromptResult{Description: p.description,
		Messages: []*sdk.PromptMessage{{Role: "user", Content: &sdk.TextContent{Text: text}}}}, nil
}

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
