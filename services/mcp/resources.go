package mcp

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"amalfa/store"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	statsURI     = "amalfa://stats/summary"
	noteTemplate = notePrefix + "{+path}"
	// maxResource is the longest note that resources/read gives, in bytes; read_node_content gives the rest.
	maxResource = 1 << 20
	// maxListed is how many notes resources/list names, over all its pages. Hosts fetch every page before a session begins.
	maxListed = 1000

	methodListResources = "resources/list"
)

func statsResource() *sdk.Resource {
	return &sdk.Resource{URI: statsURI, Name: "stats", Title: "What the memory holds",
		Description: "Notes, passages, links and tags in the index, and the embedding model.", MIMEType: "text/plain"}
}

func (s *Server) addResources() {
	s.sdk.AddResource(statsResource(), s.readStats)
	s.sdk.AddResourceTemplate(&sdk.ResourceTemplate{
		URITemplate: noteTemplate, Name: "note", Title: "A note", MIMEType: "text/markdown",
		Description: "The text of an indexed note, by its path in the workspace.",
	}, s.readNote)
}

func (s *Server) readStats(ctx context.Context, req *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	var st store.Stats
	err := s.index.with(ctx, func(h *handle) (err error) {
		st, err = h.Stats(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	model := st.Model.Name
	if model == "" {
		model = "none"
	}
	text := fmt.Sprintf("Notes: %d\nPassages: %d\nLinks: %d\nBroken links: %d\nTags: %d\nModel: %s\nSize: %.1f MB\n",
		st.Notes, st.Chunks, st.Links, st.Broken, st.Tags, model, float64(st.Bytes)/1e6)
	return resourceContents(req.Params.URI, "text/plain", text, nil), nil
}

func resourceContents(uri, mime, text string, meta sdk.Meta) *sdk.ReadResourceResult {
	return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: uri, MIMEType: mime, Text: text, Meta: meta}}}
}

// noteURI is the address of a note. Slashes stay; everything else that a URI cannot hold is escaped.
func noteURI(id string) string {
	parts := strings.Split(id, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return notePrefix + strings.Join(parts, "/")
}

// idOf is the id in a note's address, or "".
func idOf(uri string) string {
	path, ok := strings.CutPrefix(uri, notePrefix)
	id, err := url.PathUnescape(path)
	if !ok || err != nil {
		return ""
	}
	return id
}

// readNote gives a note by its exact id: an address means one thing.
func (s *Server) readNote(ctx context.Context, req *sdk.ReadResourceRequest) (*sdk.ReadResourceResult, error) {
	uri := req.Params.URI
	id := idOf(uri)
	if id == "" || len(id) > maxRef {
		return nil, sdk.ResourceNotFoundError(uri)
	}
	var whole wholeText
	err := s.index.with(ctx, func(h *handle) error {
		note, err := h.Get(ctx, id)
		if err == nil {
			whole, err = s.readWhole(ctx, h, note)
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, sdk.ResourceNotFoundError(uri)
	}
	if err != nil {
		return nil, err
	}
	meta := sdk.Meta{
		"amalfa/untrusted_content": true, "amalfa/hidden_text": whole.hidden,
		"amalfa/truncated": whole.cut, "amalfa/stale": whole.stale,
	}
	if whole.elsewhere != nil {
		meta["amalfa/elsewhere"] = whole.elsewhere
	}
	return resourceContents(uri, "text/markdown", whole.text, meta), nil
}

// A wholeText is the clean text of a note, at most maxResource bytes of it.
type wholeText struct {
	text   string
	hidden bool // cleaning took something away
	cut    bool // the file is longer
	stale  bool // the file is not the one that was indexed

	elsewhere *elsewhere // nil where the file is here
}

func (s *Server) readWhole(ctx context.Context, st store.Store, n store.Note) (whole wholeText, err error) {
	f, err := s.openNote(ctx, st, n)
	if err != nil {
		return whole, err
	}
	defer f.Close()
	whole.cut, whole.elsewhere = f.size > maxResource, (*elsewhere)(f.rebuilt)
	if _, whole.stale, err = compare(f, n); err != nil {
		return whole, fmt.Errorf("read %s: %w", oneLine(n.ID), err)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxResource))
	if err != nil {
		return whole, fmt.Errorf("read %s: %w", oneLine(n.ID), err)
	}
	whole.text, whole.hidden = clean(string(data))
	return whole, nil
}

// listResources answers resources/list out of the index: the SDK's own list would have to be kept in step with it. Without an
// index the list holds the statistics only.
func (s *Server) listResources(next sdk.MethodHandler) sdk.MethodHandler {
	return func(ctx context.Context, method string, req sdk.Request) (sdk.Result, error) {
		if method != methodListResources {
			return next(ctx, method, req)
		}
		after, err := pageAfter(req)
		if err != nil {
			return nil, err
		}
		if after == "" {
			// The SDK's own answer brings the fields that are the same for every list.
			return s.firstPage(ctx, method, req, next)
		}
		res := &sdk.ListResourcesResult{Resources: []*sdk.Resource{}}
		res.TTLMs, res.CacheScope = int(cacheFor.Milliseconds()), "private"
		return res, s.appendNotes(ctx, res, after)
	}
}

func (s *Server) firstPage(ctx context.Context, method string, req sdk.Request, next sdk.MethodHandler) (sdk.Result, error) {
	res, err := next(ctx, method, req)
	if err != nil {
		return nil, err
	}
	if list, ok := res.(*sdk.ListResourcesResult); ok {
		s.warn("List resources", s.appendNotes(ctx, list, ""))
	}
	return res, nil
}

func (s *Server) appendNotes(ctx context.Context, res *sdk.ListResourcesResult, after string) error {
	return s.index.with(ctx, func(h *handle) error {
		notes, err := listNotes(ctx, h)
		if err != nil {
			return err
		}
		for _, n := range notes {
			if n.ID <= after {
				continue
			}
			if len(res.Resources) >= pageSize {
				last := res.Resources[len(res.Resources)-1].Name
				res.NextCursor = base64.RawURLEncoding.EncodeToString([]byte(last))
				return nil
			}
			res.Resources = append(res.Resources, &sdk.Resource{URI: noteURI(n.ID), Name: n.ID, Title: cleanTitle(n.Title), MIMEType: "text/markdown", Size: n.Size})
		}
		return nil
	})
}

// listNotes returns the notes that resources/list names.
func listNotes(ctx context.Context, st store.Store) ([]store.Note, error) {
	return st.List(ctx, "", "", maxListed)
}

func pageAfter(req sdk.Request) (string, error) {
	p, ok := req.GetParams().(*sdk.ListResourcesParams)
	if !ok || p == nil || p.Cursor == "" {
		return "", nil
	}
	id, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil || len(id) == 0 {
		return "", &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "invalid cursor"}
	}
	return string(id), nil
}
