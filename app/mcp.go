package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"amalfa/daemon"
	"amalfa/ingest"
	"amalfa/lifecycle"
	"amalfa/registry"
	"amalfa/search"
	"amalfa/services/mcp"
	"amalfa/services/mcp/scratchpad"
	"amalfa/services/mcp/stdio"
	"amalfa/store"

	"go.uber.org/zap"
)

// An MCPSession says what agents may use.
type MCPSession struct {
	Profile    string   // of tools; "" for the standard one
	Workspaces []string // others that they may read, by name or path, or AllWorkspaces; nil: this one alone
}

// ServeMCP answers one client on in and out, until its input ends, it hangs up, or it dies.
func (w *Workspace) ServeMCP(ctx context.Context, svc registry.Service, o MCPSession, in io.Reader, out io.Writer) error {
	signal.Ignore(syscall.SIGPIPE) // a client that is gone ends a write, not this process
	record, err := w.announceSession(ctx, svc)
	if err != nil {
		return err
	}
	defer record.Close()
	m, err := w.mcpSession(ctx, o)
	if err != nil {
		return err
	}
	defer m.Close()
	defer w.watchWithAgents(ctx, &m.options)()
	defer trimWhenIdle(ctx, &m.options)()
	err = mcp.Serve(stdio.WatchParent(ctx), in, out, m.options)
	if ctx.Err() != nil {
		return nil // told to stop
	}
	return err
}

// announceSession takes this process's own record, so that `servers` counts it: with the machine's where the workspace has no
// folder of ours, which a client that starts its servers everywhere must not make. In a workspace that cannot be written there
// is none.
func (w *Workspace) announceSession(ctx context.Context, svc registry.Service) (*mcpRecord, error) {
	sp := w.spec(svc).Session(os.Getpid())
	switch {
	case !daemon.Exists(w.Folder.Dir()):
		sp.Record, sp.Fallback = sp.Fallback, ""
	case w.Folder.Ensure() != nil:
		return &mcpRecord{}, nil
	}
	child, err := daemon.Adopt(ctx, sp)
	if err != nil {
		return nil, fmt.Errorf("announce this session: %w", err)
	}
	return &mcpRecord{child}, child.Report(lifecycle.Ready, "")
}

// An mcpRecord is the record of this process, or none.
type mcpRecord struct{ child *daemon.Child }

// Close removes the record; one that is left behind is swept by the next look.
func (r *mcpRecord) Close() {
	if r.child != nil {
		_ = r.child.Close()
	}
}

func (r *mcpRecord) publish(address, instance, token string) error {
	if r.child == nil {
		return nil
	}
	return r.child.Publish(address, instance, token)
}

// An mcpServer is what the tools work with. Nothing of it is loaded before a tool needs it.
type mcpServer struct {
	options mcp.Options
	emb     *Embedder
	counter *lazyCounter
	others  []*mcpServer
	served  []string // what tokens call the workspaces: this one, then others
}

func (m *mcpServer) Close() error {
	var errs []error
	for _, other := range m.others {
		errs = append(errs, other.Close())
	}
	m.counter.Close()
	return errors.Join(append(errs, m.emb.Close())...)
}

// mcpSession is what the tools work with in this workspace and the others that were named. Their tools only read.
func (w *Workspace) mcpSession(ctx context.Context, o MCPSession) (*mcpServer, error) {
	m, err := w.mcpServer(o.Profile)
	if err != nil {
		return nil, err
	}
	m.served = []string{w.servedName()}
	if len(o.Workspaces) == 0 {
		return m, nil
	}
	opened, named, err := w.OpenNamed(ctx, o.Workspaces)
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	m.options.Name = w.name()
	m.options.Names = []string{m.options.Name}
	for i, other := range opened {
		if named[i].Current {
			continue
		}
		one, err := other.mcpServer("")
		if err != nil {
			return nil, errors.Join(err, m.Close())
		}
		one.options.Name = named[i].Name
		if one.options.Scratchpad == nil { // of a workspace without a folder
			one.options.Scratchpad, one.options.ScratchpadAbove = m.options.Scratchpad, m.options.ScratchpadAbove
		}
		m.options.Names = append(m.options.Names, named[i].Name)
		m.served = append(m.served, w.tokenName(named[i]))
		m.others, m.options.Others = append(m.others, one), append(m.options.Others, one.options)
	}
	return m, nil
}

// embedTimeout is long enough to find out that the daemon hangs, and to say so.
const embedTimeout = 900 * time.Millisecond

// maxAgentThink keeps the part of a language model in a tool's search well within the time of a tool.
const maxAgentThink = 15 * time.Second

func (w *Workspace) mcpServer(profileName string) (*mcpServer, error) {
	profile, err := mcp.ParseProfile(profileName)
	if err != nil {
		return nil, &UsageError{err.Error(), "leave --profile out for the tools that read"}
	}
	pad := w.Settings.Scratchpad
	m := &mcpServer{emb: w.NewEmbedder(false), counter: &lazyCounter{load: w.countTokens}}
	m.options = mcp.Options{
		Version: Version(), Root: w.NotesRoot(), Index: w.indexFile(), Embedder: m.emb, Visible: ingest.NewReader().Visible, Tags: tagsOf, Rerank: w.ReadyRerank(), Log: zap.NewNop(),
		Profile: profile, Write: w.Settings.MCP.Write, SuperNode: w.Settings.Graph.SuperNodeThreshold, Change: w.ChangeNote, Count: m.counter.count, EmbedTimeout: embedTimeout,
		Open: func(ctx context.Context) (store.Store, error) { return w.ReadIndex(ctx) },
		Lag: func(ctx context.Context, limit time.Duration) (int, bool, error) {
			st, err := w.ReadIndex(ctx)
			if err != nil {
				return 0, false, err
			}
			lag, err := w.LagWithin(ctx, st, limit)
			return lag.Files, !lag.AtLeast, errors.Join(err, st.Close())
		},
		Watched: w.watchedLag,
		VectorsLeft: func() (time.Duration, bool) {
			p, ok := w.VectorProgress()
			return p.Left, ok && p.Rate > 0
		},
	}
	m.options.Faults = w.linkFaults
	if w.teamOnly == "" { // the notes are read for them
		m.options.Mentions = w.unlinked
	}
	if w.Settings.Sonar.Tasks.Search {
		m.options.Think = func(ctx context.Context, found *search.Answer) {
			within, end := context.WithTimeout(ctx, maxAgentThink)
			defer end()
			w.thinkForAgents(within, found)
		}
	}
	if w.Settings.Ember.Enabled {
		m.options.Propose = w.propose
	}
	if w.modelForAgents() {
		m.options.Ask = w.askForAgents
	}
	if profile == mcp.Full && !w.Settings.MCP.Write {
		w.Notice("note: the tools that change notes stay away: set mcp.write in your own settings to have them")
	}
	if pad.Enabled && w.teamOnly == "" {
		m.options.Scratchpad = scratchpad.Open(scratchpad.Options{Dir: w.Folder.Scratchpad(), MaxBytes: int64(pad.MaxCacheBytes), MaxAge: pad.MaxAge})
		m.options.ScratchpadAbove = pad.ThresholdBytes
	}
	return m, nil
}
