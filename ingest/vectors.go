package ingest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"amalfa/store"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"
)

// Errors of MakeVectors on which callers act.
var (
	ErrVectorsElsewhere = errors.New("another process makes the vectors of this index")
	ErrNoEmbedder       = errors.New("no embedding model")
)

// An EmbedderError says that the embedder cannot be asked, which may pass.
type EmbedderError struct{ Err error }

func (e *EmbedderError) Error() string { return "ask the embedding model: " + e.Err.Error() }

// Unwrap is why.
func (e *EmbedderError) Unwrap() error { return e.Err }

// VectorSummary accounts for a run of MakeVectors.
type VectorSummary struct {
	Model    store.Model // what makes the vectors; zero when it could not be asked
	Have, Of int         // passages with a vector of it, and passages, at the end
	Made     int         // vectors made by this run; passages of the same text share one
	Tokens   int64       // read for them
	Missing  int         // notes that still lack vectors, but for passages that the model refuses or must not see
	Changed  int         // of these, those whose file is not what the index holds: Update comes first
	Refused  int         // notes with a passage that the model refuses
	Held     int         // notes that Release keeps from the model
	Took     time.Duration
}

// MakeVectors makes the vectors that the index lacks, most wanted passages first, until none is lacking or ctx ends; each batch is
// committed by itself. Then the model becomes the one that answers, or at its first vectors in an index that never had one. One
// process at a time does it: the others get ErrVectorsElsewhere at once. Other errors: ErrNoEmbedder, ctx.Err(), an EmbedderError, after
// which the caller may try again, or one of the index. What was made until then stays.
//
// Most wanted are notes that were saved since the run began or that o.First names, latest first; then the newest, by the day that
// they state and within it by their file's time; of one second, those that more notes link to. In this order 100 notes at a time get
// their first vector each, and then the others.
func MakeVectors(ctx context.Context, o Options) (VectorSummary, error) {
	o = o.withDefaults()
	if o.Embedder == nil {
		return VectorSummary{}, ErrNoEmbedder
	}
	unlock, err := lockVectors(o.VectorLock)
	if err != nil {
		return VectorSummary{}, err
	}
	defer unlock()
	m, err := newMaker(ctx, o)
	if err != nil {
		return withoutModel(ctx, o), err
	}
	defer m.root.Close()
	defer m.forget()
	if err = m.queue.load(ctx, o.Store, m.model.Digest); err == nil {
		m.report()
		err = m.run(ctx)
	}
	if err != nil && ctx.Err() != nil { // whatever else was cut short by that
		err = ctx.Err()
	}
	lookErr := m.summarize(context.WithoutCancel(ctx)) // an interrupted run says it too
	if err == nil {
		err = lookErr
	}
	return m.summary, err
}

// withoutModel is what the index has of the model that answers, when no model could be asked.
func withoutModel(ctx context.Context, o Options) (s VectorSummary) {
	active, err := o.Store.ActiveModel(ctx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return s
	}
	q := newQueue(o.Now())
	if q.load(ctx, o.Store, active.Digest) == nil {
		s.Have, s.Of, s.Missing = q.have, q.of, len(q.notes)
	}
	return s
}

// lockVectors makes this process the one that makes vectors; "" is no lock.
func lockVectors(path string) (unlock func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	lock := flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(os.O_CREATE|os.O_RDWR))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	if !ok {
		return nil, ErrVectorsElsewhere
	}
	return func() { _ = lock.Close() }, nil
}

// A maker is one MakeVectors. Its workers take turns at everything but asking the embedder.
type maker struct {
	Options
	root    *os.Root
	sources []source
	chunker string
	prepare *preparer
	model   store.Model // of this run
	active  store.Model // of the index; its digest is "" before the first
	began   time.Time
	asker   asker

	mu      sync.Mutex
	queue   queue
	windows []*window       // in work; the last comes first
	current store.Waiting   // the note in work
	ready   []item          // of it: what comes next
	leading bool            // only one of ready is next
	claimed map[string]bool // passages that a worker embeds
	speed   speed
	told    time.Time // when others were told how far it is
	summary VectorSummary
}

// An item is a passage that lacks its vector.
type item struct {
	note, hash, text string
	tokens           int
	lines            [2]int
}

func newMaker(ctx context.Context, o Options) (*maker, error) {
	m := &maker{Options: o, chunker: chunkerVersion(o), began: o.Now(), claimed: make(map[string]bool)}
	var err error
	if m.active, err = o.Store.ActiveModel(ctx); err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if m.model, err = o.Embedder.Model(ctx); err != nil {
		return nil, &EmbedderError{err}
	}
	if err := m.keepProbe(ctx); err != nil {
		return nil, err
	}
	if m.sources, err = parseSources(o.Root, o.Sources); err != nil {
		return nil, err
	}
	if m.root, err = os.OpenRoot(o.Root); err != nil {
		return nil, fmt.Errorf("open workspace: %w", err)
	}
	m.asker = asker{Embedder: o.Embedder, log: o.Log, dim: m.model.Dim}
	m.prepare = &preparer{markdown: newMarkdown(), count: o.Count, maxTokens: o.MaxTokens}
	m.queue = newQueue(m.began)
	if m.queue.refused, err = readRefusals(ctx, o.Store, m.model.Digest); err != nil {
		return nil, errors.Join(err, m.root.Close())
	}
	m.summary.Model = m.model
	return m, nil
}

// asksAtOnce is two: while the last texts of one ask run on one core, the next one has the others.
const asksAtOnce = 2

// run works until nothing is left, not even what came meanwhile.
func (m *maker) run(ctx context.Context) error {
	for {
		made := m.summary.Made
		g, working := errgroup.WithContext(ctx)
		for range m.asks {
			g.Go(func() error { return m.work(working) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
		if m.summary.Made == made { // a whole look at the index found nothing to do
			return m.activate(ctx)
		}
	}
}

// work embeds batch after batch.
func (m *maker) work(ctx context.Context) error {
	for {
		b, err := m.next(ctx)
		if err != nil || len(b) == 0 {
			return err
		}
		made, refused, err := m.asker.ask(ctx, b)
		if err := m.save(context.WithoutCancel(ctx), b, made, refused); err != nil {
			return err
		}
		if err != nil {
			return err
		}
	}
}

// save commits what a batch gave.
func (m *maker) save(ctx context.Context, b []item, made map[string][]float32, refused map[string]error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, it := range b {
		delete(m.claimed, it.hash)
	}
	if err := m.keepRefused(ctx, refused); err != nil {
		return err
	}
	if len(made) == 0 {
		return nil
	}
	err := locked(ctx, m.WriterLock, func() error {
		if err := m.Store.Apply(ctx, store.Batch{Vectors: made, Model: m.model, More: true}); err != nil {
			return err
		}
		m.queue.wrote()
		return m.first(ctx)
	})
	if err != nil {
		return err
	}
	m.account(b, made)
	return nil
}

// first makes a model active at its first vectors when the index never had one: there is no older answer to keep.
func (m *maker) first(ctx context.Context) error {
	if m.active.Digest != "" {
		return nil
	}
	if err := m.Store.SetActiveModel(ctx, m.model); err != nil {
		return err
	}
	m.queue.wrote()
	m.active = m.model
	return nil
}

// activate makes the run's model the index's once every passage has its vector. Until then the old model's vectors answer.
func (m *maker) activate(ctx context.Context) error {
	if m.model.Digest == m.active.Digest {
		return nil
	}
	if err := m.summarize(ctx); err != nil || m.summary.Missing > 0 {
		return err
	}
	return locked(ctx, m.WriterLock, func() error { return m.Store.SetActiveModel(ctx, m.model) })
}

func (m *maker) account(b []item, made map[string][]float32) {
	var tokens int64
	for _, it := range b {
		if made[it.hash] != nil {
			tokens += int64(it.tokens)
		}
	}
	m.summary.Made += len(made)
	m.summary.Tokens += tokens
	m.queue.tokens -= tokens
	m.queue.have += len(made)
	m.speed.add(tokens, len(made), m.Now())
	m.report()
}

// summarize looks at what the index has and lacks.
func (m *maker) summarize(ctx context.Context) error {
	s := &m.summary
	s.Took, s.Missing, s.Changed, s.Refused, s.Held = m.Now().Sub(m.began), 0, 0, 0, 0
	if err := m.queue.load(ctx, m.Store, m.model.Digest); err != nil {
		return err
	}
	s.Have, s.Of = m.queue.have, m.queue.of
	known, inUse := len(m.queue.met)+len(m.queue.refused.Passages) > 0, make(map[string]bool)
	for _, n := range m.queue.notes {
		if m.queue.held[n.ID] == n.Hash {
			s.Held++
			continue
		}
		refused := 0
		if known {
			lacking, err := m.Store.WaitingPassages(ctx, m.model.Digest, n.ID)
			if err != nil {
				return err
			}
			for hash := range lacking {
				if m.queue.refuses(hash) {
					inUse[hash] = true
					refused++
				}
			}
			if refused > 0 {
				s.Refused++
			}
			if refused == len(lacking) {
				continue
			}
		}
		s.Missing++
		if m.queue.changed[n.ID] == n.Hash {
			s.Changed++
		}
	}
	return m.forgetRefused(ctx, inUse)
}
