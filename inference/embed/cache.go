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

// embeddingVersion numbers what our own code makes of a text, tokenizer
// included. Raise it when the same text would get another vector than before.
const embeddingVersion = 1

// A Cache keeps values under digests of what they were made of, beyond the life
// of this process. Its errors cost time and nothing else.
type Cache interface {
	Get(ctx context.Context, keys [][sha256.Size]byte) (map[[sha256.Size]byte][]byte, error)
	Put(ctx context.Context, values map[[sha256.Size]byte][]byte) error
}

type key = [sha256.Size]byte

// backlog is how many interactive requests may wait for their vectors to be written; what is more is not kept.
const backlog = 64

// vectorCache is the cache as an engine uses it. A nil one keeps nothing.
type vectorCache struct {
	store   Cache
	log     *zap.Logger
	warned  atomic.Bool // of an error; those that follow are the same
	pending chan map[key][]byte
	stop    chan struct{}
	once    sync.Once
	writer  sync.WaitGroup

	hits, misses atomic.Int64
}

func newVectorCache(store Cache, log *zap.Logger) *vectorCache {
	if store == nil {
		return nil
	}
	c := &vectorCache{store: store, log: log, pending: make(chan map[key][]byte, backlog), stop: make(chan struct{})}
	c.writer.Go(c.writeBehind)
	return c
}

// writeBehind writes what interactive requests leave, which must not wait for a disk.
func (c *vectorCache) writeBehind() {
	for {
		select {
		case values := <-c.pending:
			c.write(values)
		case <-c.stop:
			for len(c.pending) > 0 {
				c.write(<-c.pending)
			}
			return
		}
	}
}

// close writes what is pending. What comes later is not kept.
func (c *vectorCache) close() {
	if c == nil {
		return
	}
	c.once.Do(func() { close(c.stop) })
	c.writer.Wait()
}

// get fills in the vectors of texts that were embedded before and returns
// the keys of all and the numbers of the texts that are left.
func (c *vectorCache) get(ctx context.Context, l *loaded, texts []string, o Options, into []Vector) (keys []key, left []int) {
	if c == nil {
		return nil, inference.UpTo(len(texts))
	}
	keys = l.keys(texts, o)
	values, err := c.store.Get(ctx, keys)
	if err != nil && ctx.Err() == nil {
		c.warn(err)
	}
	for i, k := range keys {
		v, ok := l.decode(values[k])
		if !ok {
			left = append(left, i)
			continue
		}
		into[i] = v
	}
	c.hits.Add(int64(len(texts) - len(left)))
	c.misses.Add(int64(len(left)))
	return keys, left
}

// put keeps the vectors of the texts that were left. A bulk request waits
// for the disk, so that none of its vectors is made twice.
func (c *vectorCache) put(keys []key, left []int, vectors []Vector, bulk bool) {
	if c == nil || len(left) == 0 {
		return
	}
	values := make(map[key][]byte, len(left))
	for _, i := range left {
		values[keys[i]] = encode(vectors[i])
	}
	if bulk {
		c.write(values)
		return
	}
	select {
	case c.pending <- values:
	default:
	}
}

func (c *vectorCache) write(values map[key][]byte) {
	if err := c.store.Put(context.Background(), values); err != nil {
		c.warn(err)
	}
}

func (c *vectorCache) warn(err error) {
	if !c.warned.Swap(true) {
		c.log.Warn("Embedding cache is not used", zap.Error(err))
	}
}

// keys are the digests of everything that makes the vectors of texts.
func (l *loaded) keys(texts []string, o Options) []key {
	h := sha256.New()
	fmt.Fprintf(h, "amalfa embedding %d %q %q %s %s %q %d %q %t %d %d %q %t", embeddingVersion, l.model.Digest, l.precision, onnx.Version(), runtime.GOARCH,
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
