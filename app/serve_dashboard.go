package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"amalfa/edit"
	"amalfa/ingest"
	"amalfa/notes"
	"amalfa/notes/files"
	"amalfa/registry"
	"amalfa/search"
	"amalfa/services"
	"amalfa/services/dashboard"
	"amalfa/services/sonar"
	"amalfa/site"
	"amalfa/store"
)

// admit is who else than this user's processes a service lets in.
func (v *serving) admit() func(*http.Request) bool {
	if !v.svc.Pages {
		return nil
	}
	return v.access.Admits
}

// serveDashboard shows the workspace to a person. Everything is opened for each look, so that a rebuilt index is seen at once.
func serveDashboard(ctx context.Context, v *serving) error {
	emb := v.NewEmbedder(false)
	defer emb.Close()
	b := board{v.Workspace, emb, &linkWorld{w: v.Workspace}}
	return dashboard.Serve(ctx, v.server, dashboard.Options{
		Name: filepath.Base(v.Folder.Root), Root: v.Folder.Root, Version: Version(), Access: v.access, Log: v.log,
		Editor:    func() string { return v.follower.now().Dashboard.Editor },
		Mode:      func() string { return v.follower.now().Search.Mode },
		SuperNode: func() int { return v.follower.now().Graph.SuperNodeThreshold },
		Map:       v.Folder.Map(),
		Index:     b.index, State: stateOf, Search: b.search, Note: b.note, Ask: b.askNotes, Services: b.services, Act: b.act, Facts: b.facts, Models: b.models, Tasks: b.tasks,
	}, v.listeners...)
}

// A board answers what the dashboard asks.
type board struct {
	*Workspace
	emb   *Embedder
	world *linkWorld
}

func (b board) index(ctx context.Context) (store.Store, error) {
	st, err := b.ReadIndex(ctx)
	if err != nil {
		return nil, err // not a *sqlite.Store that is nil
	}
	return st, nil
}

// stateOf tells apart what indexes hold: each has a stamp, and a number for each change.
func stateOf(ctx context.Context, st store.Store) (string, error) {
	version, err := st.DataVersion(ctx)
	if stamped, ok := st.(interface{ Stamp() string }); ok {
		return fmt.Sprintf("%s-%d", stamped.Stamp(), version), err
	}
	return "", errors.Join(err, errors.ErrUnsupported)
}

func (b board) search(ctx context.Context, q search.Query, whole bool) (f dashboard.Found, err error) {
	began := time.Now()
	st, err := b.ReadIndex(ctx)
	if err != nil {
		return f, err
	}
	defer st.Close()
	var found Found
	if whole {
		q.Rerank = b.ReadyRerank()
		err = b.answer(ctx, st, b.emb, q, &found)
	} else {
		found.Answer, err = search.New(st, b.emb, nil).ShowAs(ingest.NewReader().Visible).Search(ctx, q)
	}
	if err != nil {
		return f, err
	}
	return dashboard.Found{Answer: found.Answer, Behind: found.Lag.Files, AtLeast: found.Lag.AtLeast, Took: time.Since(began)}, nil
}

func (b board) note(ctx context.Context, n store.Note) (made dashboard.Text, err error) {
	st, err := b.ReadIndex(ctx)
	if err != nil {
		return made, err
	}
	defer st.Close()
	data, rebuilt, err := b.readNote(ctx, st, n)
	if err != nil {
		return made, unreadable(err)
	}
	leads, vault, err := b.world.of(ctx, n.ID)
	return dashboard.Text{Note: site.Note{File: data, Vault: vault, Leads: leads}, Elsewhere: rebuilt}, err
}

// unreadable says why a note's file cannot be shown. What is no file any more is gone.
func unreadable(err error) error {
	if errors.Is(err, files.ErrNotRegular) || errors.Is(err, fs.ErrNotExist) {
		return fs.ErrNotExist
	}
	reason := err
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		reason = at.Err // the page names the note itself
	}
	return &services.Error{Status: http.StatusServiceUnavailable, Kind: "unreadable", Message: "the file of this note cannot be read: " + reason.Error(),
		Advice: "amalfa coverage has all files with such a reason"}
}

// linkAge is how long it may lie unused: of 20,000 notes it takes 20 MB.
const linkAge = time.Minute

// A linkWorld keeps what links resolve among, as long as the index stays as it is and somebody reads notes. Safe for concurrent use.
type linkWorld struct {
	w *Workspace

	mu      sync.Mutex
	version int64
	world   *edit.World
	unused  *time.Timer
}

// of is where the links of a note lead, and the vault that it lies in.
func (l *linkWorld) of(ctx context.Context, id string) (leads func(notes.Target) notes.Answer, vault notes.Vault, err error) {
	st, err := l.w.ReadIndex(ctx)
	if err != nil {
		return nil, vault, err
	}
	defer st.Close()
	version, err := st.DataVersion(ctx)
	if err != nil {
		return nil, vault, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.world == nil || l.version != version {
		if err := l.load(ctx, st); err != nil {
			return nil, vault, err
		}
		l.version = version
	}
	if l.unused == nil {
		l.unused = time.AfterFunc(linkAge, l.forget)
	}
	l.unused.Reset(linkAge)
	world := l.world
	return func(to notes.Target) notes.Answer {
		l.mu.Lock()
		defer l.mu.Unlock()
		return world.Leads(id, to)
	}, world.Vault(id), nil
}

func (l *linkWorld) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.world = nil
}

func (l *linkWorld) load(ctx context.Context, st store.Store) error {
	vaults, err := l.w.Vaults(ctx)
	if err != nil {
		return err
	}
	ws, err := edit.Load(ctx, st, vaults, nil)
	if err == nil {
		l.world = ws.World
	}
	return err
}

// askNotes puts a question to this workspace's Sonar, which is started for it.
func (b board) askNotes(ctx context.Context, question string) (r dashboard.AskReply, err error) {
	svc, _ := registry.Lookup("sonar")
	a, err := b.Ask(ctx, svc, sonar.AskQuestion{Question: question}, func(sonar.AskSentence) error { return nil })
	if err != nil {
		return r, err
	}
	r = dashboard.AskReply{Model: a.Model, Confidence: a.Confidence, Degraded: a.Degraded}
	for _, s := range a.Answer {
		said := dashboard.AskSentence{Text: s.Sentence, Supported: s.Supported, Citations: []dashboard.AskCitation{}}
		for _, c := range s.Citations {
			said.Citations = append(said.Citations, dashboard.NewCitation(c.Path, c.Lines))
		}
		r.Sentences = append(r.Sentences, said)
	}
	return r, nil
}

// act starts, stops or restarts a service, as the commands do.
func (b board) act(ctx context.Context, name, verb string) error {
	svc, ok := registry.Lookup(name)
	if !ok || svc.Stdio {
		return fs.ErrNotExist
	}
	o := StartOptions{Port: -1, Wait: WaitReady}
	var err error
	switch verb {
	case "start":
		_, err = b.Start(ctx, svc, o)
	case "stop":
		_, err = b.Stop(ctx, svc, 0)
	case "restart":
		_, err = b.Restart(ctx, svc, o, 0)
	default:
		err = errors.ErrUnsupported
	}
	return err
}
