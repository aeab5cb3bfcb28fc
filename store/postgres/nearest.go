package postgres

import (
	"context"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"amalfa/store"
)

// Nearest implements Store. Cosines are the server's sums of products of float32; they differ from SQLite's by the order in which they
// are added up, less than 1e-6.
func (s *Store) Nearest(ctx context.Context, digest string, query []float32, k int, among *store.Set) ([]store.Match, error) {
	if k <= 0 || among.Empty() {
		return nil, nil
	}
	m, err := s.modelOf(ctx, digest)
	if err != nil || m.key == 0 {
		return nil, s.wrap("read vectors of", err)
	}
	if len(query) != m.Dim {
		return nil, s.unlike(ctx, m, len(query))
	}
	c := comparison{store: s, model: m, query: vectorText(query), k: k, among: among}
	found, err := c.nearest(ctx)
	return found, s.wrap("compare vectors of", err)
}

// unlike is the error of a query of another dimension than that of the vectors there are; nil where there are none.
func (s *Store) unlike(ctx context.Context, m model, dim int) error {
	any, err := value[bool](s.pool.Query(ctx, "SELECT EXISTS (SELECT 1 FROM vectors WHERE model = $1 AND workspace = $2)", m.key, s.workspace))
	if err == nil && any {
		err = fmt.Errorf("a vector of %d dimensions beside those of %d", dim, m.Dim)
	}
	return s.wrap("compare vectors of", err)
}

// comparison is one query on its way through the vectors.
type comparison struct {
	store *Store
	model model
	query string // as pgvector reads it
	k     int
	among *store.Set
}

// listedRows is up to how many chunks of a set are compared one by one although there is an index: 20,000 take about 20 ms.
const listedRows = 20_000

// nearest chooses a way. The index answers for all chunks, and for a set that many of its answers belong to; where it brings too few,
// all are compared.
func (c comparison) nearest(ctx context.Context) ([]store.Match, error) {
	ids, listed := c.among.Listed()
	if c.model.indexed && !(listed && len(ids) <= listedRows) {
		found, err := c.byIndex(ctx)
		if err != nil || len(found) == c.k {
			return found, err
		}
	}
	if listed {
		return c.each(ctx, ids)
	}
	return c.scan(ctx)
}

// each compares the chunks of a list.
func (c comparison) each(ctx context.Context, ids []int64) ([]store.Match, error) {
	return matches(c.store.pool.Query(ctx, `SELECT c.id, -(v.data <#> $3::vector) FROM chunks c JOIN vectors v ON v.model = $2 AND v.passage = c.passage
		WHERE c.workspace = $1 AND c.id = ANY($4) ORDER BY 2 DESC, 1 LIMIT $5`, c.store.workspace, c.model.key, c.query, ids, c.k))
}

// scan compares all vectors. Of passages without a chunk, which wait to be used again or swept, nothing is heard; of several equally
// near at the end all are looked at, since their chunks are ordered by id.
func (c comparison) scan(ctx context.Context) ([]store.Match, error) {
	limit := int64(c.k) + int64(c.among.Len()) // of a set that lacks some chunks, those may be the nearest
	rows, err := c.store.pool.Query(ctx, `WITH near AS (
			SELECT v.passage, v.data <#> $3::vector AS distance FROM vectors v
			WHERE v.workspace = $1 AND v.model = $2 AND NOT EXISTS (SELECT 1 FROM orphans o WHERE o.passage = v.passage)
			ORDER BY distance FETCH FIRST ($4::bigint) ROWS WITH TIES)
		SELECT c.id, -n.distance FROM near n JOIN chunks c ON c.passage = n.passage ORDER BY n.distance, c.id LIMIT $4::bigint`,
		c.store.workspace, c.model.key, c.query, limit)
	found, err := matches(rows, err)
	return c.ofSet(found), err
}

// byIndex asks the index for more than it needs, orders what it brings by the vectors themselves, and keeps what is in the set.
func (c comparison) byIndex(ctx context.Context) ([]store.Match, error) {
	limit, keep := max(leastSearched, 2*c.k), c.k
	if c.among != nil {
		limit, keep = mostSearched, mostSearched
	}
	if limit > mostSearched {
		return nil, nil
	}
	b := &pgx.Batch{} // one message, and one answer
	b.Queue("BEGIN READ ONLY")
	b.Queue(fmt.Sprintf("SET LOCAL hnsw.ef_search = %d", limit))
	b.Queue("SET LOCAL enable_seqscan = off") // of few vectors a server would rather compare all, and some of them in float16
	b.Queue("SET LOCAL enable_sort = off")
	// The model and the limit are part of the text, so that the server sees which index serves and what it saves.
	b.Queue(fmt.Sprintf(`WITH near AS MATERIALIZED (SELECT passage, data FROM vectors WHERE model = %[1]d
			ORDER BY data::halfvec(%[2]d) <#> $2::halfvec(%[2]d) LIMIT %[3]d)
		SELECT c.id, -(n.data <#> $2::vector) FROM near n JOIN chunks c ON c.passage = n.passage WHERE c.workspace = $1
		ORDER BY 2 DESC, 1 LIMIT %[4]d`, c.model.key, c.model.Dim, limit, keep), c.store.workspace, c.query)
	b.Queue("COMMIT")
	answers := c.store.pool.SendBatch(ctx, b)
	for range 4 {
		if _, err := answers.Exec(); err != nil {
			_ = answers.Close() // says the same
			return nil, err
		}
	}
	found, err := matches(answers.Query())
	if closeErr := answers.Close(); err == nil {
		err = closeErr
	}
	return c.ofSet(found), err
}

// ofSet keeps the best k that are in the set.
func (c comparison) ofSet(found []store.Match) []store.Match {
	kept := found[:0]
	for _, m := range found {
		if len(kept) < c.k && c.among.Has(m.Chunk) {
			kept = append(kept, m)
		}
	}
	return kept
}

// matches reads rows of chunks and scores.
func matches(rows pgx.Rows, err error) ([]store.Match, error) {
	return collect(rows, err, func(rows pgx.Rows, m *store.Match) error {
		err := rows.Scan(&m.Chunk, &m.Score)
		if math.IsNaN(m.Score) {
			err = fmt.Errorf("%w: the vector of chunk %d has no direction", store.ErrCorrupt, m.Chunk)
		}
		return err
	})
}
