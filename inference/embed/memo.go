package embed

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"amalfa/inference"
	"amalfa/onnx"
)

// recipe numbers what our own code makes of a text, tokenizer included. Raise
// it when the same text would get another vector than before.
const recipe = 1

// A Cache keeps values under digests of what they were made of, beyond the life
// of this process. Its errors cost time and nothing else.
type Cache interface {
	Get(ctx context.Context, keys [][sha256.Size]byte) (map[[sha256.Size]byte][]byte, error)
	Put(ctx context.Context, values map[[sha256.Size]byte][]byte) error
}

type key = [sha256.Size]byte

// backlog is how many interactive requests may wait for their vectors to be
// written; what is more is not kept.
const backlog = 64

// memo is the cache as an engine uses it. A nil *memo keeps nothing.
type memo struct {
	cache   Cache
	log     *zap.Logger
	quiet   atomic.Bool // an error was logged; those that follow are the same
	pending chan map[key][]byte
	stop    chan struct{}
	once    sync.Once
	writer  sync.WaitGroup

	hits, misses atomic.Int64
}

func newMemo(c Cache, log *zap.Logger) *memo {
	if c == nil {
		return nil
	}
	m := &memo{cache: c, log: log, pending: make(chan map[key][]byte, backlog), stop: make(chan struct{})}
	m.writer.Go(m.work)
	return m
}

// work writes what interactive requests leave, which must not wait for a disk.
func (m *memo) work() {
	for {
		select {
		case values := <-m.pending:
			m.put(values)
		case <-m.stop:
			for len(m.pending) > 0 {
				m.put(<-m.pending)
			}
			return
		}
	}
}

// close writes what is pending. What comes later is not kept.
func (m *memo) close() {
	if m == nil {
		return
	}
	m.once.Do(func() { close(m.stop) })
	m.writer.Wait()
}

// recall fills in the vectors of texts that were embedded before and returns
// the keys of all and the numbers of the texts that are left.
func (m *memo) recall(ctx context.Context, l *loaded, texts []string, o Options, into []Vector) (keys []key, left []int) {
	if m == nil {
		return nil, inference.UpTo(len(texts))
	}
	keys = l.keys(texts, o)
	values, err := m.cache.Get(ctx, keys)
	if err != nil && ctx.Err() == nil {
		m.complain(err)
	}
	for i, k := range keys {
		v, ok := l.decode(values[k])
		if !ok {
			left = append(left, i)
			continue
		}
		into[i] = v
	}
	m.hits.Add(int64(len(texts) - len(left)))
	m.misses.Add(int64(len(left)))
	return keys, left
}

// keep remembers the vectors of the texts that were left. A bulk request waits
// for the disk, so that none of its vectors is made twice.
func (m *memo) keep(keys []key, left []int, vectors []Vector, bulk bool) {
	if m == nil || len(left) == 0 {
		return
	}
	values := make(map[key][]byte, len(left))
	for _, i := range left {
		values[keys[i]] = encode(vectors[i])
	}
	if bulk {
		m.put(values)
		return
	}
	select {
	case m.pending <- values:
	default:
	}
}

func (m *memo) put(values map[key][]byte) {
	if err := m.cache.Put(context.Background(), values); err != nil {
		m.complain(err)
	}
}

func (m *memo) complain(err error) {
	if !m.quiet.Swap(true) {
		m.log.Warn("Embedding cache is not used", zap.Error(err))
	}
}

// keys are the digests of everything that makes the vectors of texts.
func (l *loaded) keys(texts []string, o Options) []key {
	h := sha256.New()
	fmt.Fprintf(h, "amalfa embedding %d %q %q %s %s %q %d %q %t %d %d %q %t", recipe, l.model.Digest, l.precision, onnx.Version(), runtime.GOARCH,
		l.prefix(o.Input), l.task(o.Input), l.spec.Pooling, l.unit(o.Scale), l.model.Dim, l.model.MaxTokens, o.Long, o.Left)
	var made key
	h.Sum(made[:0])
	keys := make([]key, len(texts))
	for i, s := range texts {
		text := sha256.Sum256([]byte(s))
		keys[i] = sha256.Sum256(append(made[:], text[:]...))
	}
	return keys
}

// A stored vector is the number of its tokens (32 bits, little-endian as all
// that follows), 1 for truncated, and its numbers.
const storedHead = 5

func encode(v Vector) []byte {
	stored := make([]byte, 0, storedHead+4*len(v.Values))
	stored = binary.LittleEndian.AppendUint32(stored, uint32(v.Tokens))
	if stored = append(stored, 0); v.Truncated {
		stored[storedHead-1] = 1
	}
	for _, x := range v.Values {
		stored = binary.LittleEndian.AppendUint32(stored, math.Float32bits(x))
	}
	return stored
}

func (l *loaded) decode(stored []byte) (Vector, bool) {
	if len(stored) != storedHead+4*l.model.Dim {
		return Vector{}, false
	}
	v := l.vector(make([]float32, l.model.Dim), text{tokens: int(binary.LittleEndian.Uint32(stored)), truncated: stored[storedHead-1] == 1})
	for i := range v.Values {
		v.Values[i] = math.Float32frombits(binary.LittleEndian.Uint32(stored[storedHead+4*i:]))
	}
	return v, true
}
