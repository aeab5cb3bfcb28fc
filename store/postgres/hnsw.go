package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"amalfa/store"
)

// A model of a workspace with many vectors has an index of its own (HNSW: Y. Malkov, D. Yashunin, Efficient and robust approximate
// nearest neighbor search using Hierarchical Navigable Small World graphs, 2016). It holds float16, half the bytes; what it finds is
// ordered by the float32 of the table. Below that number, comparing all takes no longer. Measured in
// docs/decisions/0098-words-and-vectors-on-a-server.md, as are the numbers here.
const (
	leastIndexed  = 10_000  // vectors from which on an index answers sooner than comparing them all: 4 ms
	mostUnindexed = 200_000 // vectors at which an index is built although more are on their way: each then costs 1 ms or two
	leastSearched = 300     // candidates that the index keeps in sight; pgvector calls it ef_search
	mostSearched  = 1000    // the most that pgvector allows
	mostDims      = 4000    // of a halfvec that has an index
)

// indexShape is how many neighbours a vector has and how many are tried for them. With pgvector's own, 16 and 64, the index of a million
// vectors found 0.978 of the ten nearest, however many it kept in sight; with these 1.000.
const indexShape = "m = 24, ef_construction = 100"

func indexName(model int64) string { return fmt.Sprintf("vectors_of_%d", model) }

// indexVectors builds the index of a batch's model where it pays and there is none. It never fails what was written: without the index
// all vectors are compared, which is right and slower. Only the owner of the tables may build it. In the middle of a run
// that brings notes with their vectors it waits: to put a vector into an index that is there takes four times what building one takes for it.
func (s *Store) indexVectors(ctx context.Context, b store.Batch) {
	if len(b.Vectors) == 0 || b.More && len(b.Puts) > 0 {
		return
	}
	s.indexModel(ctx, b.Model.Digest)
}

// indexModel is BuildIndex where it pays, unless this role may not.
func (s *Store) indexModel(ctx context.Context, digest string) {
	s.vectorState.mu.Lock()
	barred := s.barred
	s.vectorState.mu.Unlock()
	if barred {
		return
	}
	_ = s.BuildIndex(ctx, digest, leastIndexed)
}

// BuildIndex builds the index of a model of at least so many vectors, unless there is one, another process is at it, or many more
// vectors are on their way. Nobody who reads or writes waits for it.
func (s *Store) BuildIndex(ctx context.Context, digest string, least int) error {
	m, err := s.modelOf(ctx, digest)
	if err != nil || m.key == 0 || m.indexed || m.Dim > mostDims {
		return err
	}
	due, err := value[bool](s.pool.Query(ctx, `SELECT n >= $3 AND (n >= $4 OR NOT EXISTS (
			SELECT 1 FROM files WHERE workspace = $1 AND chunks > 0 AND vectors IS DISTINCT FROM $2))
		FROM (SELECT count(*) AS n FROM (SELECT 1 FROM vectors WHERE workspace = $1 AND model = $2 LIMIT $4) AS few) AS counted`,
		s.workspace, m.key, least, mostUnindexed))
	if err != nil || !due {
		return err
	}
	err = s.build(ctx, m)
	if codeOf(err) == notOwner {
		s.vectorState.mu.Lock()
		s.barred = true
		s.vectorState.mu.Unlock()
	}
	return s.wrap("build an index in", err)
}

// build makes the index on a connection of its own, under a lock that lasts as long as that connection.
func (s *Store) build(ctx context.Context, m model) error {
	config := s.pool.Config().ConnConfig.Copy()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	free := false
	if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1, $2)", buildLock, int32(m.key)).Scan(&free); err != nil || !free {
		return err
	}
	if err := prepareBuild(ctx, conn, m); err != nil {
		return err
	}
	err = createIndex(ctx, conn, m)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && ofSharedMemory(pg) { // a container has 64 MB
		if _, err := conn.Exec(ctx, "SET max_parallel_maintenance_workers = 0"); err != nil {
			return err
		}
		err = createIndex(ctx, conn, m)
	}
	return err
}

const (
	buildLock   = 0x616d616c // "amal", the first half of an advisory lock; the other is the model's key
	graphOf     = 870        // bytes of memory that the graph takes of a vector besides its float16, with some to spare (570 measured with 16 neighbours; eight more take 256)
	buildMemory = 8 << 30    // bytes at most: room for five million vectors of 384 numbers. Past it the build is much slower
)

// prepareBuild gives a connection the memory that the graph takes while it is built, or what its server gives if that is more, and the
// patience to wait for running writes and to build longer than a statement of its role may take.
func prepareBuild(ctx context.Context, conn *pgx.Conn, m model) error {
	_, err := conn.Exec(ctx, `SELECT set_config('lock_timeout', '0', false), set_config('statement_timeout', '0', false), set_config('maintenance_work_mem',
		greatest(pg_size_bytes(current_setting('maintenance_work_mem')), least($1, n * $2)) / 1024 || 'kB', false)
		FROM (SELECT count(*) AS n FROM vectors WHERE model = $3) AS counted`, int64(buildMemory), int64(2*m.Dim+graphOf), m.key)
	return err
}

// createIndex leaves out what a process that ended halfway has left.
func createIndex(ctx context.Context, conn *pgx.Conn, m model) error {
	name := indexName(m.key)
	if _, err := conn.Exec(ctx, "DROP INDEX CONCURRENTLY IF EXISTS amalfa."+name); err != nil {
		return err
	}
	_, err := conn.Exec(ctx, fmt.Sprintf("CREATE INDEX CONCURRENTLY %s ON amalfa.vectors USING hnsw ((data::halfvec(%d)) halfvec_ip_ops) WITH ("+indexShape+") WHERE model = %d",
		name, m.Dim, m.key))
	return err
}

// dropIndexes removes the indexes of models that are gone. One that stays wastes no more than its file.
func (s *Store) dropIndexes(ctx context.Context, models []int64) {
	for _, key := range models {
		_, _ = s.pool.Exec(ctx, "DROP INDEX CONCURRENTLY IF EXISTS amalfa."+indexName(key))
	}
}
