package mcp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"sync"

	"amalfa/graph"
	"amalfa/search"
	"amalfa/store"

	"go.uber.org/zap"
)

// An index lends the store to calls. It opens it late, and again when the file behind it is another one.
type index struct {
	o        Options
	embedder search.Embedder

	mu  sync.Mutex
	cur *handle
}

// A handle is one opening of the store. It is closed when it was replaced and its last user has gone.
type handle struct {
	store.Store
	searcher *search.Searcher
	info     os.FileInfo
	users    int
	retired  bool
}

// with runs fn with the store that is current now.
func (x *index) with(ctx context.Context, fn func(*handle) error) error {
	h, err := x.acquire(ctx)
	if err != nil {
		return x.addHint(err)
	}
	defer x.release(h)
	err = fn(h)
	if errors.Is(err, store.ErrCorrupt) {
		x.retire(h)
	}
	return x.addHint(err)
}

func (x *index) acquire(ctx context.Context) (*handle, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	info, err := x.o.stat()
	if err != nil {
		x.dropLocked()
		if errors.Is(err, fs.ErrNotExist) {
			err = store.ErrNoIndex
		}
		return nil, err
	}
	if x.cur != nil && info != nil && !os.SameFile(info, x.cur.info) {
		x.dropLocked()
	}
	if x.cur != nil {
		if _, err := x.cur.DataVersion(ctx); errors.Is(err, store.ErrNewer) || errors.Is(err, store.ErrReplaced) {
			x.dropLocked()
		}
	}
	if x.cur == nil {
		st, err := x.o.Open(ctx)
		if err != nil {
			return nil, err
		}
		x.cur = &handle{Store: st, searcher: search.New(st, x.embedder, x.o.Log).ShowAs(x.o.Visible), info: info}
	}
	x.cur.users++
	return x.cur, nil
}

func (x *index) release(h *handle) {
	x.mu.Lock()
	defer x.mu.Unlock()
	h.users--
	x.closeIfUnused(h)
}

func (x *index) retire(h *handle) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.cur == h {
		x.dropLocked()
	}
}

func (x *index) dropLocked() {
	if h := x.cur; h != nil {
		x.cur, h.retired = nil, true
		x.closeIfUnused(h)
	}
}

func (x *index) closeIfUnused(h *handle) {
	if !h.retired || h.users > 0 {
		return
	}
	if err := h.Close(); err != nil {
		x.o.Log.Warn("Close index", zap.Error(err))
	}
}

// close lets the current store go as soon as nobody uses it.
func (x *index) close() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.dropLocked()
}

// addHint says with an error what the agent, or the person behind it, can do.
func (x *index) addHint(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNoIndex):
		told := fmt.Errorf("%s has %w yet", x.o.place(), store.ErrNoIndex)
		if err != store.ErrNoIndex { // there is more to say: it may be a stranger's
			told = fmt.Errorf("%s: %w", x.o.place(), err)
		}
		return withHint(told, x.o.askInit()+"; then call this tool again, nothing needs to be restarted")
	case errors.Is(err, store.ErrCorrupt):
		return withHint(err, x.o.askInit()+"; it builds the index again, the notes themselves are untouched")
	case errors.Is(err, graph.ErrNoVectors):
		return withHint(err, x.o.askInit()+"; until then search_documents answers from words, and explore_links works")
	case errors.Is(err, graph.ErrNoFolder):
		return withHint(err, "folders are paths from the top of the workspace, as list_directory_structure shows them")
	case errors.Is(err, store.ErrNewer):
		return withHint(err, "ask the user to restart this MCP server with the newer amalfa; the index was left as it is")
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" { // of a server
		return withHint(err, "tell the user: "+hinted.Hint())
	}
	return err
}

// askInit asks for a run of init, where the files are.
func (o Options) askInit() string {
	if o.Root == "" {
		return "ask the user to have somebody with the folder of " + o.Name + " run: amalfa init"
	}
	return "ask the user to run: amalfa init --root " + shellWord(o.Root)
}

// place is where the notes are, as a person knows it.
func (o Options) place() string { return cmp.Or(o.Root, o.Name+", in the team's database") }

// withHint is an error with a second line that says what to do.
func withHint(err error, hint string) error { return fmt.Errorf("%w\nhint: %s", err, hint) }

// shellWord quotes a path for a POSIX shell where it needs to be.
func shellWord(path string) string {
	if plainWord.MatchString(path) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

var plainWord = regexp.MustCompile(`^[\w@%+=:,./-]+$`)
