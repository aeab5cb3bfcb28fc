package mcp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"amalfa/notes/files"
	"amalfa/store"
)

// A change is a write that was planned and is not yet applied.
type change[Out any] struct {
	note     string // that is changed
	question string // what the user is asked, where the client can ask
	noop     bool   // nothing will be written, so nobody is asked
	apply    func() (answer[Out], error)
}

// addWriteTool registers a tool that changes a note. plan finds out, without writing, what would happen; a client that can ask
// its user does so before it does. Every write is also bound to the content that plan saw.
func addWriteTool[In, Out any](s *Server, t tool, destructive bool, plan func(context.Context, In) (change[Out], error)) {
	no := false
	notes := &sdk.ToolAnnotations{DestructiveHint: &destructive, OpenWorldHint: &no}
	register(s, toolOf[In](t, notes), func(ctx context.Context, req *sdk.CallToolRequest, in In) (*sdk.CallToolResult, error) {
		var ask *sdk.CallToolResult
		a, err := callTool(ctx, s, t, in, func(ctx context.Context, in In) (a answer[Out], err error) {
			c, err := plan(ctx, in)
			if err != nil {
				return a, err
			}
			if !c.noop {
				if ask, err = confirm(req, c.question); err != nil || ask != nil {
					return a, err
				}
			}
			if a, err = c.apply(); err == nil && !c.noop {
				if err = s.audit(req, c.note); err != nil {
					err = fmt.Errorf("it is written, but the log of writes could not be: %w", err)
				}
			}
			return a, err
		})
		if ask != nil && err == nil {
			return ask, nil
		}
		return toolResult(a, err)
	})
}

const confirmKey = "write"

var errDeclined = errors.New("the user declined; nothing was written")

// confirm returns the request to ask the user, or nil when nobody has to be asked any more.
func confirm(req *sdk.CallToolRequest, question string) (*sdk.CallToolResult, error) {
	if !canAsk(req) {
		return nil, nil
	}
	reply, asked := req.Params.InputResponses[confirmKey]
	if !asked {
		return &sdk.CallToolResult{InputRequests: sdk.InputRequestMap{confirmKey: &sdk.ElicitParams{
			Message: question,
			RequestedSchema: &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{
				"confirm": {Type: "boolean", Title: "Write it", Default: []byte("true")},
			}},
		}}}, nil
	}
	r, ok := reply.(*sdk.ElicitResult)
	if !ok || r.Action != "accept" || r.Content["confirm"] == false {
		return nil, errDeclined
	}
	return nil, nil
}

// canAsk reports a client that can put a question to its user. A stateless request says so itself.
func canAsk(req *sdk.CallToolRequest) bool {
	if caps, ok := req.Params.Meta["io.modelcontextprotocol/clientCapabilities"].(map[string]any); ok {
		return caps["elicitation"] != nil
	}
	p := req.Session.InitializeParams()
	return p != nil && p.Capabilities != nil && p.Capabilities.Elicitation != nil
}

type writtenOut struct {
	ID      string `json:"id"`
	Hash    string `json:"hash" jsonschema:"of the new content; the expected_hash of the next change"`
	Created bool   `json:"created"`
	Changed bool   `json:"changed"`
}

// writtenAnswer says what was written. Searches find it as soon as the watcher or init has been by.
func writtenAnswer(id string, data []byte, created bool) answer[writtenOut] {
	out := writtenOut{ID: id, Hash: files.Hash(data), Created: created, Changed: true}
	return answer[writtenOut]{out: out, text: fmt.Sprintf("Written: %s\nHash: %s\nThe index follows when the watcher or \"amalfa init\" has seen the file.\n", oneLine(id), out.Hash)}
}

type writeIn struct {
	Path     string `json:"path" jsonschema:"path of the note in the workspace, ending in .md, .mdx or .markdown"`
	Content  string `json:"content" jsonschema:"the whole text"`
	Expected string `json:"expected_hash,omitempty" jsonschema:"hash that read_node_content gave; needed to replace a note, left out to make a new one"`
}

func writeTool() tool {
	return tool{
		name:  "write_note",
		title: "Write a note",
		description: "Make a new Markdown note, or replace a whole one whose expected_hash you give. Use it to record a decision, a summary or a " +
			"finding after search_documents showed that no note holds it yet. Prefer edit_note for small changes. Nothing outside the " +
			"workspace, hidden, or of another kind can be written.",
	}
}

func (s *Server) planWrite(ctx context.Context, in writeIn) (c change[writtenOut], err error) {
	old, err := s.readCurrent(ctx, in.Path)
	fresh := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !fresh:
		return c, err
	case fresh && in.Expected != "":
		return c, fmt.Errorf("%s does not exist", oneLine(in.Path))
	case !fresh && in.Expected == "":
		return c, withHint(fmt.Errorf("%s exists already", oneLine(in.Path)), "read it first, then give its hash as expected_hash to replace it, or use edit_note")
	case !fresh && files.Hash(old) != in.Expected:
		return c, staleError(in.Path)
	}
	c.note = in.Path
	c.question = fmt.Sprintf("Make the note %s (%d bytes)?", oneLine(in.Path), len(in.Content))
	if !fresh {
		c.question = fmt.Sprintf("Replace the note %s (%d bytes) by %d bytes?", oneLine(in.Path), len(old), len(in.Content))
	}
	c.apply = func() (answer[writtenOut], error) {
		return s.write("write_note", in.Path, old, []byte(in.Content), in.Expected)
	}
	return c, nil
}

// readCurrent reads the note as it is on disk. It checks the path even of a note that does not exist. One that another machine has wraps no
// fs.ErrNotExist: what was made here would take its place.
func (s *Server) readCurrent(ctx context.Context, id string) ([]byte, error) {
	folder, err := files.Open(s.o.Root)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	data, err := folder.Read(id)
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	var away bool
	_ = s.index.with(ctx, func(h *handle) (err error) { // where there is no index nobody else has one
		away, err = store.IsElsewhere(ctx, h, id)
		return err
	})
	if away {
		err = withHint(fmt.Errorf("the file of %s is on another machine, and not in this folder", oneLine(id)), "it is changed where it is; ask the user to get it here first (git pull)")
	}
	return data, err
}

// readNamed is readCurrent for a note that an agent may name by the reference of a passage too. It makes id the note's.
func (s *Server) readNamed(ctx context.Context, id *string) ([]byte, error) {
	if _, isRef := store.ParseRef(*id); isRef {
		err := s.index.with(ctx, func(h *handle) error {
			n, _, err := resolve(ctx, h, *id)
			*id = n.ID
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return s.readCurrent(ctx, *id)
}

// write makes a note, or replaces the one that has the hash expected, of which old is the content.
func (s *Server) write(what, id string, old, data []byte, expected string) (a answer[writtenOut], err error) {
	if s.o.Change != nil {
		if expected == "" {
			old = nil
		}
		if err = s.o.Change(what+" "+id, id, old, data); errors.Is(err, files.ErrChanged) {
			return a, staleError(id)
		}
		if err != nil {
			return a, err
		}
		return writtenAnswer(id, data, expected == ""), nil
	}
	folder, err := files.Open(s.o.Root)
	if err != nil {
		return a, err
	}
	defer folder.Close()
	if expected == "" {
		err = folder.Create(id, data)
	} else {
		err = folder.Replace(id, data, expected)
	}
	if errors.Is(err, files.ErrChanged) {
		return a, staleError(id)
	}
	if err != nil {
		return a, err
	}
	return writtenAnswer(id, data, expected == ""), nil
}

func staleError(id string) error {
	return withHint(fmt.Errorf("%s is not what expected_hash says: somebody changed it", oneLine(id)), "read it again and make the change anew")
}

type editIn struct {
	ID       string `json:"id" jsonschema:"path of the note, as read_node_content gives it, or the ref of a passage"`
	Old      string `json:"old_text" jsonschema:"text that stands exactly once in the note, as it is in the file"`
	New      string `json:"new_text" jsonschema:"what takes its place; empty removes it"`
	Expected string `json:"expected_hash" jsonschema:"hash that read_node_content gave"`
}

func editTool() tool {
	return tool{
		name:  "edit_note",
		title: "Change a passage of a note",
		description: "Replace one passage of a note by another. Use it to correct or add to a note after reading it: old_text must stand exactly " +
			"once in the file, byte for byte, and expected_hash must be the hash that read_node_content gave. All other bytes stay.",
	}
}

func (s *Server) planEdit(ctx context.Context, in editIn) (c change[writtenOut], err error) {
	old, err := s.readNamed(ctx, &in.ID)
	if err != nil {
		return c, err
	}
	if files.Hash(old) != in.Expected {
		return c, staleError(in.ID)
	}
	switch n := strings.Count(string(old), in.Old); {
	case in.Old == "":
		return c, errors.New("old_text is empty")
	case n != 1:
		return c, withHint(fmt.Errorf("old_text stands %d times in %s, not once", n, oneLine(in.ID)), "copy it exactly, with enough around it to be the only one")
	}
	data := []byte(strings.Replace(string(old), in.Old, in.New, 1))
	c.note = in.ID
	c.question = fmt.Sprintf("Change %s: %q becomes %q?", oneLine(in.ID), shorten(oneLine(in.Old), maxTitle), shorten(oneLine(in.New), maxTitle))
	c.apply = func() (answer[writtenOut], error) { return s.write("edit_note", in.ID, old, data, in.Expected) }
	return c, nil
}
