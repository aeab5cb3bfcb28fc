package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"amalfa/search"
	"amalfa/services/mcp/arguments"

	"github.com/google/jsonschema-go/jsonschema"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// everywhere stands, as the workspace of a search, for all that the session sees.
const everywhere = "all"

// maxEverywhere is how many results a search everywhere ranks: those of one page, for there are no cursors.
const maxEverywhere = 50

type handler func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error)

// joinOthers makes a server for each other workspace that the session may see. Their tools are called through this one's.
func (s *Server) joinOthers() {
	s.others = map[string]*Server{}
	for _, o := range s.o.Others {
		o.Names, o.Others, o.Profile = s.o.Names, nil, Standard
		s.others[o.Name] = New(o)
	}
}

// withWorkspace adds to the schema of a tool that reads which workspace it is asked of, where the session sees several.
func (s *Server) withWorkspace(t *sdk.Tool) {
	if len(s.o.Names) < 2 || !t.Annotations.ReadOnlyHint {
		return
	}
	names := []any{}
	for _, n := range s.o.Names {
		names = append(names, n)
	}
	if t.Name == searchName {
		names = append(names, everywhere)
	}
	def, _ := json.Marshal(s.o.Names[0]) // a text
	schema := t.InputSchema.(*jsonschema.Schema)
	if schema.Properties == nil {
		schema.Properties = map[string]*jsonschema.Schema{}
	}
	schema.Properties["workspace"] = &jsonschema.Schema{Type: "string", Enum: names, Default: def}
}

// sendOn has the server of the workspace that a call names answer it. A tool that this workspace has alone is not looked for elsewhere.
func (s *Server) sendOn(t *sdk.Tool, own handler) handler {
	s.handlers[t.Name] = own
	if len(s.others) == 0 || !t.Annotations.ReadOnlyHint {
		return own
	}
	return func(ctx context.Context, req *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		var in struct {
			Workspace string `json:"workspace"`
		}
		if err := arguments.Decode(req.Params.Arguments, t.InputSchema.(*jsonschema.Schema), &in); err != nil {
			return own(ctx, req) // which tells it
		}
		if in.Workspace == everywhere {
			return own(context.WithValue(ctx, everywhereKey{}, true), req)
		}
		other, ok := s.others[in.Workspace]
		if !ok {
			return own(ctx, req)
		}
		there, ok := other.handlers[t.Name]
		if !ok {
			return failedResult(fmt.Errorf("the workspace %q has no %s", in.Workspace, t.Name)), nil
		}
		return there(ctx, req)
	}
}

type everywhereKey struct{}

func isEverywhere(ctx context.Context) bool { return ctx.Value(everywhereKey{}) != nil }

func failedResult(err error) *sdk.CallToolResult {
	res := new(sdk.CallToolResult)
	res.SetError(err)
	return res
}

// searchEverywhere asks all workspaces at once. One that cannot answer is told of; it is an error where none can.
func (s *Server) searchEverywhere(ctx context.Context, q search.Query) (search.Answer, error) {
	all := []*Server{s}
	for _, name := range s.o.Names[1:] {
		all = append(all, s.others[name])
	}
	answers, errs := make([]search.Answer, len(all)), make([]error, len(all))
	var beside sync.WaitGroup
	for i, one := range all {
		beside.Go(func() {
			errs[i] = one.index.with(ctx, func(h *handle) (err error) {
				answers[i], err = h.searcher.Search(ctx, q)
				return err
			})
		})
	}
	beside.Wait()
	return search.JoinAnswered(answers, errs, s.o.Names, q.Limit, func(err error) string { return oneLine(err.Error()) })
}
